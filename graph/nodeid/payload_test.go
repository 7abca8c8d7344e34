package nodeid

import (
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
)

// FuzzParse reaches the payloads that only a holder of the secret could seal.
func FuzzParse(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{version, byte(KindIdentity), 1, 0x80})
	f.Add([]byte{version, byte(KindResource), 1, 1, 'a', 4})
	f.Add(appendKey([]byte{version, byte(KindIdentity)}, person.Key{System: person.Pipefy, Account: "1", ID: "2"}))
	f.Add([]byte{version, byte(KindIdentity), 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, payload []byte) {
		id, ok := parseID(payload)
		if ok && (payload[0] != version || id.Kind() != Kind(payload[1])) {
			t.Errorf("%x parsed as %v", payload, id)
		}
	})
}
