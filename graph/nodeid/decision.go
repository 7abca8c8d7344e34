package nodeid

import "encoding/binary"

// LinkDecision is the number of a decision in its journal, and false when id names something else.
func (id ID) LinkDecision() (int64, bool) { return id.decision, id.kind == KindLinkDecision }

// LinkDecision spells the id of a decision on links.
func (c *Codec) LinkDecision(seq int64) string {
	b := []byte{version, byte(KindLinkDecision)}
	return c.ids.seal(binary.BigEndian.AppendUint64(b, uint64(seq)))
}

func parseSeq(b []byte) (int64, bool) {
	if len(b) != 8 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(b)), true
}
