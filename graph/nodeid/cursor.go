package nodeid

import (
	"bytes"
	"crypto/sha256"

	"github.com/manifold-graph/manifold/graph/fault"
)

// Cursor spells a place in a list. The list's name says which list it is, with
// everything that changes its order or its parent ("people by DISPLAY_NAME ASC",
// "members of <key>"): a cursor means nothing in another list. A filter need not
// be part of it, for a place is one whatever the filter shows.
func (c *Codec) Cursor(list string, position []byte) string {
	b := append([]byte{version}, listTag(list)...)
	return c.cursors.seal(append(b, position...))
}

// DecodeCursor opens a cursor of the named list; the position is never nil. Anything
// else is a fault.BadUserInput that says whether it was no cursor, or one of another
// list.
func (c *Codec) DecodeCursor(s, list string) (position []byte, err error) {
	payload, err := c.cursors.open(s)
	if err != nil {
		return nil, badCursor(err)
	}
	if len(payload) < 1+tagSize || payload[0] != version {
		return nil, badCursor(errForged)
	}
	if !bytes.Equal(payload[1:1+tagSize], listTag(list)) {
		return nil, fault.New(fault.BadUserInput, "This cursor comes from another list or another order. Start this list again without a cursor.")
	}
	return payload[1+tagSize:], nil
}

// tagSize makes two lists of one Manifold share a tag practically never, and
// cursors no longer than they need to be.
const tagSize = 6

// listTag stands for a list's name.
func listTag(list string) []byte {
	sum := sha256.Sum256([]byte(list))
	return sum[:tagSize]
}

func badCursor(cause error) error {
	return fault.Wrap(fault.BadUserInput, cause, "This is not a cursor of this server. Use one as an earlier page gave it, unchanged, or start again without one.")
}
