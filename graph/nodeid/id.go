package nodeid

import (
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// Kind is what an ID names.
type Kind uint8

// The kinds. Their numbers are part of every id: never reuse one.
const (
	KindPerson Kind = iota + 1
	KindIdentity
	KindResource
	KindSource
	KindAction
)

// KindLinkDecision is a decision on links: see decision.go.
const KindLinkDecision Kind = 16

// String is the kind as a sentence calls it.
func (k Kind) String() string {
	switch k {
	case KindPerson:
		return "person"
	case KindIdentity:
		return "identity"
	case KindResource:
		return "resource"
	case KindSource:
		return "source"
	case KindLinkDecision:
		return "decision"
	case KindAction:
		return "action"
	}
	return "unknown"
}

// ID is a decoded id: its kind and the one value that goes with it.
type ID struct {
	kind     Kind
	person   person.ID
	identity person.Key
	resource person.ResourceKey
	source   person.SourceID
	decision int64
	action   [16]byte
}

// Kind says which of the accessors answers.
func (id ID) Kind() Kind { return id.kind }

// Person is the person's id, and false when id names something else.
func (id ID) Person() (person.ID, bool) { return id.person, id.kind == KindPerson }

// Identity is the identity's key, and false when id names something else.
func (id ID) Identity() (person.Key, bool) { return id.identity, id.kind == KindIdentity }

// Resource is the resource's key, and false when id names something else.
func (id ID) Resource() (person.ResourceKey, bool) { return id.resource, id.kind == KindResource }

// Source is the source's name, and false when id names something else.
func (id ID) Source() (person.SourceID, bool) { return id.source, id.kind == KindSource }

// Action is the action's id, and false when id names something else.
func (id ID) Action() ([16]byte, bool) { return id.action, id.kind == KindAction }

// version is the first byte of every payload, so that a later form can be told
// from this one.
const version = 1

// Person spells the id of a person.
func (c *Codec) Person(id person.ID) string {
	return c.ids.seal(append([]byte{version, byte(KindPerson)}, id[:]...))
}

// Identity spells the id of an identity.
func (c *Codec) Identity(k person.Key) string {
	return c.ids.seal(appendKey([]byte{version, byte(KindIdentity)}, k))
}

// Resource spells the id of a resource.
func (c *Codec) Resource(k person.ResourceKey) string {
	b := append([]byte{version, byte(KindResource)}, byte(k.System))
	b = appendString(b, k.Account)
	b = append(b, byte(k.Kind))
	return c.ids.seal(append(b, k.ID...))
}

// Source spells the id of a source.
func (c *Codec) Source(id person.SourceID) string {
	return c.ids.seal(append([]byte{version, byte(KindSource)}, id...))
}

// Action spells the id of an action.
func (c *Codec) Action(id [16]byte) string {
	return c.ids.seal(append([]byte{version, byte(KindAction)}, id[:]...))
}

// Decode opens an id that this Codec, or one with the same secret, has spelled.
// Anything else is a fault.BadUserInput.
func (c *Codec) Decode(s string) (ID, error) {
	payload, err := c.ids.open(s)
	if err != nil {
		return ID{}, badID(err)
	}
	id, ok := parseID(payload)
	if !ok {
		return ID{}, badID(errForged)
	}
	return id, nil
}

func badID(cause error) error {
	return fault.Wrap(fault.BadUserInput, cause, "This is not an id of this server. Use an id as an earlier answer gave it, unchanged.")
}

func parseID(payload []byte) (ID, bool) {
	if len(payload) < 2 || payload[0] != version {
		return ID{}, false
	}
	id, rest := ID{kind: Kind(payload[1])}, payload[2:]
	switch id.kind {
	case KindPerson:
		if len(rest) != len(id.person) {
			return ID{}, false
		}
		copy(id.person[:], rest)
		return id, true
	case KindAction:
		if len(rest) != len(id.action) {
			return ID{}, false
		}
		copy(id.action[:], rest)
		return id, true
	case KindIdentity:
		k, ok := parseKey(rest)
		id.identity = k
		return id, ok
	case KindResource:
		k, ok := parseResourceKey(rest)
		id.resource = k
		return id, ok
	case KindSource:
		id.source = person.SourceID(rest)
		return id, true
	case KindLinkDecision:
		seq, ok := parseSeq(rest)
		id.decision = seq
		return id, ok
	}
	return ID{}, false
}
