package directory

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// evidence is what linking found, each kind in a fixed order.
type evidence struct {
	links       []link.Link
	start       []int32 // person p has the links ofPerson[start[p]:start[p+1]]
	ofPerson    []int32
	suggestions []link.Suggestion // strongest first
	conflicts   []placedConflict  // by reason and first member
}

type placedConflict struct {
	link.Conflict
	place Position
}

func newEvidence(x *index, r link.Result) evidence {
	e := evidence{links: r.Links, suggestions: slices.Clone(r.Suggestions)}
	owners := make([]int32, len(r.Links))
	numbers := make([]int32, len(r.Links))
	for n, l := range r.Links {
		owners[n], numbers[n] = x.clusters.personOf[l.A], int32(n)
	}
	e.start, e.ofPerson = group(x.people(), owners, numbers)
	slices.SortFunc(e.suggestions, func(a, b link.Suggestion) int {
		return cmp.Or(cmp.Compare(strengthKey(a.Strength), strengthKey(b.Strength)),
			cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B),
			bytes.Compare(digest(&a.Evidence), digest(&b.Evidence)))
	})
	for _, c := range r.Conflicts {
		e.conflicts = append(e.conflicts, placedConflict{c, x.conflictPosition(&c)})
	}
	slices.SortFunc(e.conflicts, func(a, b placedConflict) int { return bytes.Compare(a.place, b.place) })
	return e
}

// linksOf lists the links of a person.
func (e *evidence) linksOf(p int32) []int32 { return e.ofPerson[e.start[p]:e.start[p+1]] }

// strengthKey compares the stronger as the smaller.
func strengthKey(strength float32) uint32 { return ^math.Float32bits(max(strength, 0)) }

func (x *index) suggestionPosition(n int) Position {
	s := &x.evidence.suggestions[n]
	pos := binary.BigEndian.AppendUint32(nil, strengthKey(s.Strength))
	pos = appendKey(pos, x.identities[s.A].Key)
	pos = appendKey(pos, x.identities[s.B].Key)
	return append(pos, digest(&s.Evidence)...)
}

func (x *index) conflictPosition(c *link.Conflict) Position {
	var all []byte
	for _, m := range c.Members {
		all = appendKey(all, x.identities[m].Key)
	}
	for _, l := range c.Evidence {
		all = appendKey(appendKey(all, x.identities[l.A].Key), x.identities[l.B].Key)
		all = append(all, digest(&l.Evidence)...)
	}
	pos := Position{byte(c.Reason)}
	if len(c.Members) > 0 {
		pos = appendKey(pos, x.identities[c.Members[0]].Key)
	}
	sum := sha256.Sum256(all)
	return append(pos, sum[:8]...)
}

// digest tells evidence about the same identities apart, at a length that a
// cursor can bear.
func digest(e *link.Evidence) []byte {
	text := append(appendOrdered(nil, e.Rule), byte(e.Basis))
	sum := sha256.Sum256(append(text, e.Matched...))
	return sum[:8]
}

// appendOrdered appends s so that what follows does not change how two texts
// compare: NUL is escaped, and two bytes smaller than any escape end it.
func appendOrdered(pos Position, s string) Position {
	for i := 0; i < len(s); i++ {
		pos = append(pos, s[i])
		if s[i] == 0 {
			pos = append(pos, 0xff)
		}
	}
	return append(pos, 0, 1)
}

// appendKey appends k so that positions compare as keys do.
func appendKey(pos Position, k person.Key) Position {
	return appendOrdered(appendOrdered(append(pos, byte(k.System)), k.Account), k.ID)
}

func appendResourceKey(pos Position, k person.ResourceKey) Position {
	pos = appendOrdered(append(pos, byte(k.System)), k.Account)
	return appendOrdered(append(pos, byte(k.Kind)), k.ID)
}
