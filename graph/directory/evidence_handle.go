package directory

import (
	"github.com/manifold-graph/manifold/graph/link"
)

// Link is why two identities of a person belong together.
type Link struct {
	v   View
	l   *layer
	raw *link.Link
}

// Evidence is what speaks for it, shared and read-only.
func (l Link) Evidence() *link.Evidence { return &l.raw.Evidence }

// Identities are the two that it joins.
func (l Link) Identities() []Identity { return identitiesOf(l.v, l.l, l.raw.A, l.raw.B) }

// Suggestion is a pair that may be one person.
type Suggestion struct {
	v   View
	l   *layer
	raw *link.Suggestion
}

// Evidence is what speaks for it, shared and read-only.
func (s Suggestion) Evidence() *link.Evidence { return &s.raw.Evidence }

// Identities are the two concerned.
func (s Suggestion) Identities() []Identity { return identitiesOf(s.v, s.l, s.raw.A, s.raw.B) }

// Conflict is a contradiction in the evidence.
type Conflict struct {
	v   View
	l   *layer
	raw *link.Conflict
}

// Reason is why the evidence could not be followed.
func (c Conflict) Reason() link.ConflictReason { return c.raw.Reason }

// Identities are all concerned, in the order of their keys.
func (c Conflict) Identities() []Identity { return identitiesOf(c.v, c.l, c.raw.Members...) }

// Links are what pulled them together.
func (c Conflict) Links() []Link {
	links := make([]Link, len(c.raw.Evidence))
	for i := range links {
		links[i] = Link{c.v, c.l, &c.raw.Evidence[i]}
	}
	return links
}

func identitiesOf(v View, l *layer, numbers ...int32) []Identity {
	all := make([]Identity, len(numbers))
	for k, n := range numbers {
		all[k] = Identity{v, l.first.identity + n}
	}
	return all
}
