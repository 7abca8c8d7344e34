package nodeid

import (
	"encoding/binary"

	"github.com/manifold-graph/manifold/graph/person"
)

// The last string of a payload runs to its end; every other one has its length
// in front, so that no two values share a payload.

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func cutString(b []byte) (s string, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return "", nil, false
	}
	end := used + int(n)
	return string(b[used:end]), b[end:], true
}

func appendKey(b []byte, k person.Key) []byte {
	b = append(b, byte(k.System))
	b = appendString(b, k.Account)
	return append(b, k.ID...)
}

func parseKey(b []byte) (person.Key, bool) {
	if len(b) == 0 {
		return person.Key{}, false
	}
	account, rest, ok := cutString(b[1:])
	return person.Key{System: person.System(b[0]), Account: account, ID: string(rest)}, ok
}

func parseResourceKey(b []byte) (person.ResourceKey, bool) {
	if len(b) == 0 {
		return person.ResourceKey{}, false
	}
	account, rest, ok := cutString(b[1:])
	if !ok || len(rest) == 0 {
		return person.ResourceKey{}, false
	}
	return person.ResourceKey{
		System: person.System(b[0]), Account: account,
		Kind: person.ResourceKind(rest[0]), ID: string(rest[1:]),
	}, true
}
