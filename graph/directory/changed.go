package directory

import (
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// Changed lists the people of whom a query could be answered otherwise from new than from old, each once, by the id that
// they bear there: who appeared, who left, and those of whose accounts, links or grants something else is known. When it
// was read, and how well a source is known, are no facts of a person.
//
// Pictures of one Build cost as much as what was changed since; others as much as everybody in them.
func Changed(old, new View) []person.ID {
	if old.s == new.s {
		return nil
	}
	c := comparison{old: old, new: new, seen: make(map[person.ID]bool)}
	before, after := old.s.layers, new.s.layers
	if before[0].index != after[0].index {
		c.all(old, before)
		c.all(new, after)
	} else {
		base := &before[0]
		for p := range int32(base.people()) {
			if base.showsPerson(p) != after[0].showsPerson(p) {
				c.judge(base.id(p))
			}
		}
		if len(before) != len(after) || before[len(before)-1].index != after[len(after)-1].index {
			c.all(old, before[1:])
			c.all(new, after[1:])
		}
	}
	c.owners()
	return c.found
}

type comparison struct {
	old, new View
	seen     map[person.ID]bool
	found    []person.ID
}

// all judges everybody whom layers of a picture show.
func (c *comparison) all(v View, layers []layer) {
	for i := range layers {
		l := &layers[i]
		for p := range int32(l.people()) {
			if l.showsPerson(p) {
				c.judge(l.id(p))
			}
		}
	}
}

func (c *comparison) judge(id person.ID) {
	if c.seen[id] {
		return
	}
	c.seen[id] = true
	a, was := c.old.Called(id)
	b, is := c.new.Called(id)
	if was != is || is && !a.same(b) {
		c.found = append(c.found, id)
	}
}

// owners notes whose credential has begun or ceased to read a source: that is shown of them, and kept with the source.
func (c *comparison) owners() {
	note := func(v View, k person.Key) {
		if i, ok := v.Identity(k); ok && !slices.Contains(c.found, i.Person().ID()) {
			c.found = append(c.found, i.Person().ID())
		}
	}
	for _, s := range c.new.Sources() {
		before, known := c.old.Source(s.ID())
		a, b := before.State(), s.State()
		if known && a.CredentialOwner == b.CredentialOwner && a.OwnerPhone == b.OwnerPhone {
			continue
		}
		note(c.old, a.CredentialOwner)
		note(c.new, b.CredentialOwner)
	}
}

// Called finds the person who bears an id, and nobody to whom it only leads.
func (v View) Called(id person.ID) (Person, bool) {
	n, ok := v.s.personCalled(id)
	p := Person{v, n}
	return p, ok && p.ID() == id
}

// Everyone lists the ids that people bear, in no particular order.
func (v View) Everyone() []person.ID {
	var ids []person.ID
	for i := range v.s.layers {
		l := &v.s.layers[i]
		for p := range int32(l.people()) {
			if l.showsPerson(p) {
				ids = append(ids, l.id(p))
			}
		}
	}
	return ids
}

// same tells whether the same is known of two pictures' persons.
func (p Person) same(o Person) bool {
	pl, pn := p.in()
	ol, on := o.in()
	if pl.index == ol.index && pn == on {
		return true
	}
	mine, theirs := pl.clusters.of(pn), ol.clusters.of(on)
	if len(mine) != len(theirs) {
		return false
	}
	for k := range mine {
		if pl.kinds[mine[k]] != ol.kinds[theirs[k]] || !pl.identities[mine[k]].Same(ol.identities[theirs[k]]) {
			return false
		}
	}
	return sameLinks(pl.linksOf(pn), ol.linksOf(on))
}

// placed is a link between two of a person's accounts, whatever their numbers in a picture.
type placed struct {
	a, b person.Key
	*link.Evidence
}

func (l *layer) linksOf(p int32) []placed {
	numbers := l.evidence.linksOf(p)
	out := make([]placed, len(numbers))
	for k, n := range numbers {
		raw := &l.evidence.links[n]
		out[k] = placed{l.identities[raw.A].Key, l.identities[raw.B].Key, &raw.Evidence}
	}
	return out
}

// sameLinks compares without regard to the order, which follows from everybody's links.
func sameLinks(mine, theirs []placed) bool {
	if len(mine) != len(theirs) {
		return false
	}
	for _, m := range mine {
		k := slices.IndexFunc(theirs, func(t placed) bool {
			return m.a == t.a && m.b == t.b && m.Basis == t.Basis && m.Rule == t.Rule && m.Trust == t.Trust && m.Strength == t.Strength &&
				m.Matched == t.Matched && m.DecidedAt.Equal(t.DecidedAt) && m.DecidedBy == t.DecidedBy && m.Evidence.Reason == t.Evidence.Reason
		})
		if k < 0 {
			return false
		}
		theirs = slices.Delete(theirs, k, k+1)
	}
	return true
}

// Fitting tells of people of one view whether they fit a filter. Errors are those of View.People.
func (v View) Fitting(f PeopleFilter, now time.Time) (func(Person) bool, error) {
	conditions, err := v.s.conditions(&f, now)
	if err != nil {
		return nil, err
	}
	sets := make([]bitset, len(v.s.layers))
	for i := range sets {
		sets[i] = v.s.layers[i].matching(conditions)
	}
	return func(p Person) bool {
		last := len(sets) - 1
		if p.n >= v.s.layers[last].first.person {
			return sets[last].has(p.n - v.s.layers[last].first.person)
		}
		return sets[0].has(p.n)
	}, nil
}
