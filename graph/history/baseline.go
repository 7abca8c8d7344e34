package history

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Reading is a source as a picture has it after it was read.
type Reading struct {
	Source   person.SourceID
	Observed time.Time
	// Complete tells that who is not in it is not there.
	Complete bool
	// Known tells of a resource whether a grant on it that is not in the reading is not there.
	Known func(person.ResourceKey) bool
	// Apart tells that whoever is shown apart is: every source has been read, and none is left that could join them.
	Apart bool
	// Identities are all, in any order, with whose they are.
	Identities iter.Seq2[*person.Identity, person.ID]
	// Whose is the id that the person bears now who once bore another; zero when nobody does.
	Whose func(person.ID) person.ID
}

// Baseline is what was last known of a source, ready for comparison.
type Baseline struct {
	Source   person.SourceID
	Observed time.Time
	Whole    bool
	facts    map[person.Key]Fact
}

// NewBaseline makes a Baseline of what a Store knows.
func NewBaseline(k Known) *Baseline {
	b := &Baseline{Source: k.Source, Observed: k.Observed, Whole: k.Whole, facts: make(map[person.Key]Fact, len(k.Facts))}
	for _, f := range k.Facts {
		b.facts[f.Key] = f
	}
	return b
}

// Compare tells what happened since the baseline; false when the reading is no newer. Changes are in the order of keys,
// of one identity in the order of kinds. Until there was a complete reading, whoever is new was merely unseen, and is
// noted without a change. What a reading did not see stays as it was.
func (b *Baseline) Compare(r Reading) (Record, bool) {
	if !r.Observed.After(b.Observed) {
		return Record{}, false
	}
	rec := Record{Source: b.Source, Since: b.Observed, Observed: r.Observed, Whole: b.Whole || r.Complete}
	c := comparison{b: b, r: &r, rec: &rec}
	seen := make(map[person.Key]bool, len(b.facts))
	for i, whose := range r.Identities {
		seen[i.Key] = true
		c.identity(i, whose)
	}
	if r.Complete {
		for _, f := range b.facts {
			if !f.Left && !seen[f.Key] {
				c.left(f)
			}
		}
	}
	slices.SortStableFunc(rec.Changes, func(x, y Change) int { return x.Identity.Compare(y.Identity) })
	slices.SortFunc(rec.Facts, func(x, y Fact) int { return x.Key.Compare(y.Key) })
	return rec, true
}

// Accept takes a record that was stored into the baseline.
func (b *Baseline) Accept(rec Record) {
	b.Observed, b.Whole = rec.Observed, rec.Whole
	for _, f := range rec.Facts {
		b.facts[f.Key] = f
	}
}

// Facts lists what is known, in any order.
func (b *Baseline) Facts() []Fact { return slices.Collect(maps.Values(b.facts)) }

type comparison struct {
	b   *Baseline
	r   *Reading
	rec *Record
}

func (c *comparison) tell(k person.Key, ch Change) {
	ch.Identity, ch.Source, ch.Observed, ch.After = k, c.b.Source, c.r.Observed, c.b.Observed
	c.rec.Changes = append(c.rec.Changes, ch)
}

func (c *comparison) identity(i *person.Identity, whose person.ID) {
	old, known := c.b.facts[i.Key]
	now := Fact{Key: i.Key, Person: whose, State: i.State, Grants: make([]Held, 0, len(i.Grants))}
	for g := range i.Grants {
		now.Grants = append(now.Grants, Held{i.Grants[g].Resource.Key, Reach{i.Grants[g].Level, i.Grants[g].Role}})
	}
	slices.SortFunc(now.Grants, byResource)
	if !c.r.Apart {
		now.Person = old.Person // whose it is shows once all sources are read; until it did, that is no change
	}
	switch {
	case !known && !c.b.Whole: // the first who are seen are the baseline
		c.rec.Facts = append(c.rec.Facts, now)
		return
	case !known:
		c.tell(i.Key, Change{Kind: Appeared, Person: whose, State: i.State})
	case old.Left:
		c.tell(i.Key, Change{Kind: Returned, Person: whose, State: i.State})
	case old.State != i.State:
		c.tell(i.Key, Change{Kind: StateChanged, Person: whose, OldState: old.State, State: i.State})
	}
	now.Grants = c.grants(i.Key, whose, old.Grants, now.Grants)
	if known && c.r.Apart && old.Person != whose && old.Person != (person.ID{}) {
		kind := Unlinked
		if c.r.Whose(old.Person) == whose {
			kind = Linked
		}
		c.tell(i.Key, Change{Kind: kind, Person: whose, OldPerson: old.Person})
	}
	if !known || !old.equal(now) {
		c.rec.Facts = append(c.rec.Facts, now)
	}
}

// grants tells of the differences between two lists in the order of resources, and gives what is held now as far as it
// is known.
func (c *comparison) grants(k person.Key, whose person.ID, old, now []Held) []Held {
	held := make([]Held, 0, len(now))
	for len(old) > 0 || len(now) > 0 {
		order := 0
		switch {
		case len(now) == 0:
			order = -1
		case len(old) == 0:
			order = 1
		default:
			order = byResource(old[0], now[0])
		}
		switch {
		case order < 0:
			if c.r.Known(old[0].Resource) {
				c.tell(k, Change{Kind: GrantLost, Person: whose, Resource: old[0].Resource, OldGrant: old[0].Reach})
			} else {
				held = append(held, old[0])
			}
			old = old[1:]
			continue
		case order > 0:
			c.tell(k, Change{Kind: GrantGained, Person: whose, Resource: now[0].Resource, Grant: now[0].Reach})
		default:
			if old[0].Reach != now[0].Reach {
				c.tell(k, Change{Kind: GrantChanged, Person: whose, Resource: now[0].Resource, OldGrant: old[0].Reach, Grant: now[0].Reach})
			}
			old = old[1:]
		}
		held, now = append(held, now[0]), now[1:]
	}
	return held
}

// left tells of who is gone, and with them all that they could reach.
func (c *comparison) left(f Fact) {
	c.tell(f.Key, Change{Kind: Left, Person: f.Person})
	for _, g := range f.Grants {
		c.tell(f.Key, Change{Kind: GrantLost, Person: f.Person, Resource: g.Resource, OldGrant: g.Reach})
	}
	f.Left, f.Grants = true, nil
	c.rec.Facts = append(c.rec.Facts, f)
}

func byResource(a, b Held) int { return a.Resource.Compare(b.Resource) }

func (f Fact) equal(o Fact) bool {
	return cmp.Compare(f.State, o.State) == 0 && f.Person == o.Person && f.Left == o.Left && slices.Equal(f.Grants, o.Grants)
}
