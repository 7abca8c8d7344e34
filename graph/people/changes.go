package people

import (
	"context"
	"encoding/binary"
	"math"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// ChangeFilter says which changes, as clients ask.
type ChangeFilter struct {
	Person, Source *string
	Kind           []history.Kind
	From, To       *time.Time
}

// Change is one thing that happened to an account, as clients read it.
type Change struct {
	Kind            history.Kind
	ObservedAt      time.Time
	AfterAt         *time.Time
	Source          string
	IdentityID      string
	Identity        Account
	PersonID        string
	OldPersonID     *string
	Person          *directory.Person
	State, OldState *person.State
	ResourceID      *string
	Resource        *directory.Resource
	Level, OldLevel *person.Level
	Role, OldRole   *string

	view directory.View
	key  person.Key
}

// SourceID is the account's id at its vendor. It is Forbidden where it may be an address, to who may not see those.
func (c Change) SourceID() (string, error) { return vendorID(c.view, c.key.ID) }

// ChangePage is a page of changes, which are not counted.
type ChangePage struct{ *Page[Change] }

// ChangeEdge is a change with its cursor.
type ChangeEdge = Edge[Change]

// TotalCount is always nil.
func (ChangePage) TotalCount() *int { return nil }

// Changes answers a page of what changed, the newest first.
func (s *Service) Changes(ctx context.Context, v directory.View, from history.Store, p Paging, f *ChangeFilter) (*ChangePage, error) {
	if !v.ShowsAll() { // the policy does not let them come here
		return nil, fault.New(fault.Forbidden, "changes is shown to those who may see all accounts. Leave the field out.")
	}
	q := history.Page{}
	if f != nil {
		var err error
		if q.Filter, err = s.changesOf(v, f); err != nil {
			return nil, err
		}
	}
	page, err := read(list{s.ids, "changes"}, p, func(w directory.Window) (directory.Page[history.Change], error) {
		q.Limit = w.First
		if len(w.After) == 8 {
			q.Before = int64(math.MaxUint64 - binary.BigEndian.Uint64(w.After))
		}
		found, more, err := from.Changes(ctx, q)
		part := directory.Page[history.Change]{HasNext: more, HasPrevious: w.After != nil}
		for _, c := range found {
			at := binary.BigEndian.AppendUint64(nil, math.MaxUint64-uint64(c.Seq))
			part.Entries = append(part.Entries, directory.Entry[history.Change]{Node: c, Position: at})
		}
		return part, err
	})
	worded, err := reword(page, err, func(c history.Change) Change { return s.change(v, c) })
	if err != nil {
		return nil, err
	}
	return &ChangePage{worded}, nil
}

// changesOf finds what a filter asks for. A person's changes are those of their accounts, and those that bear their id or
// one that an account of theirs had alone.
func (s *Service) changesOf(v directory.View, f *ChangeFilter) (history.Filter, error) {
	out := history.Filter{Kinds: f.Kind}
	if f.From != nil {
		out.From = *f.From
	}
	if f.To != nil {
		out.To = *f.To
	}
	if f.Source != nil {
		if err := knownSources(v, []string{*f.Source}, 0); err != nil {
			return out, err
		}
		out.Source = person.SourceID(*f.Source)
	}
	if f.Person == nil {
		return out, nil
	}
	decoded, err := s.ids.Decode(*f.Person)
	if err != nil {
		return out, err
	}
	id, ok := decoded.Person()
	if !ok {
		return out, fault.New(fault.BadUserInput, "This is the id of a %s, not of a person.", decoded.Kind())
	}
	out.People = []person.ID{id}
	if p, there := v.Person(id); there {
		if p.ID() != id {
			out.People = append(out.People, p.ID())
		}
		for _, i := range p.Identities() {
			out.Identities = append(out.Identities, i.Key())
		}
	}
	return out, nil
}

func (s *Service) change(v directory.View, c history.Change) Change {
	if c.Person == (person.ID{}) { // it left before a picture of every source said whose it was
		c.Person = s.ids.PersonID(c.Identity)
	}
	out := Change{
		Kind: c.Kind, ObservedAt: c.Observed, AfterAt: optional.Instant(c.After), Source: string(c.Source),
		IdentityID: s.ids.Identity(c.Identity), PersonID: s.ids.Person(c.Person), view: v, key: c.Identity,
	}
	if i, there := v.Identity(c.Identity); there {
		out.Identity = AccountOf(i)
	}
	if p, there := v.Person(c.Person); there {
		out.Person = &p
	}
	switch c.Kind {
	case history.Linked, history.Unlinked:
		out.OldPersonID = new(s.ids.Person(c.OldPerson))
	case history.StateChanged:
		out.OldState, out.State = &c.OldState, &c.State
	case history.Appeared, history.Returned:
		out.State = &c.State
	case history.GrantGained, history.GrantLost, history.GrantChanged:
		out.ResourceID = new(s.ids.Resource(c.Resource))
		if r, there := v.Resource(c.Resource); there {
			out.Resource = &r
		}
		if c.Kind != history.GrantLost {
			out.Level, out.Role = &c.Grant.Level, optional.Text(c.Grant.Role)
		}
		if c.Kind != history.GrantGained {
			out.OldLevel, out.OldRole = &c.OldGrant.Level, optional.Text(c.OldGrant.Role)
		}
	}
	return out
}
