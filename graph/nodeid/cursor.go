package nodeid

import "github.com/manifold-graph/manifold/graph/fault"

// Cursor spells a place in a list. The list's name says which list it is, with
// everything that changes its order or its parent ("people by DISPLAY_NAME ASC",
// "members of <key>"): a cursor means nothing in another list. A filter need not
// be part of it, for a place is one whatever the filter shows.
func (c *Codec) Cursor(list string, position []byte) string {
	b := appendString([]byte{version}, list)
	return c.cursors.seal(append(b, position...))
}

// DecodeCursor opens a cursor of the named list. Anything else is a
// fault.BadUserInput that says whether it was no cursor, or one of another list.
func (c *Codec) DecodeCursor(s, list string) (position []byte, err error) {
	payload, err := c.cursors.open(s)
	if err != nil {
		return nil, badCursor(err)
	}
	if payload[0] != version {
		return nil, badCursor(errForged)
	}
	from, position, ok := cutString(payload[1:])
	if !ok {
		return nil, badCursor(errForged)
	}
	if from != list {
		return nil, fault.New(fault.BadUserInput, "This cursor comes from another list or another order. Start this list again without a cursor.")
	}
	return position, nil
}

func badCursor(cause error) error {
	return fault.Wrap(fault.BadUserInput, cause, "This is not a cursor of this server. Use one as an earlier page gave it, unchanged, or start again without one.")
}
