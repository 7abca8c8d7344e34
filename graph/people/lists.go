package people

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// ResourceFilter says which resources, as clients ask.
type ResourceFilter struct {
	Kinds   []person.ResourceKind
	Systems []person.System
	Sources []string
	Search  *string
}

// Resources answers a page of resources, by name.
func (s *Service) Resources(v directory.View, p Paging, f *ResourceFilter) (*Page[directory.Resource], error) {
	if err := s.nothingRead(v); err != nil {
		return nil, err
	}
	var q directory.ResourceQuery
	if f != nil {
		if err := knownSources(v, f.Sources, 0); err != nil {
			return nil, err
		}
		if err := s.askedOf(v, f.Systems, f.Sources); err != nil {
			return nil, err
		}
		q.Filter = directory.ResourceFilter{Kinds: f.Kinds, Systems: f.Systems, Sources: sourceIDs(f.Sources)}
		if f.Search != nil {
			q.Filter.Search = *f.Search
		}
	}
	return read(list{s.ids, "resources"}, p, func(w directory.Window) (directory.Page[directory.Resource], error) {
		q.Window = w
		return v.Resources(q)
	})
}

// Suggestions answers a page of pairs for a human to decide.
func (s *Service) Suggestions(v directory.View, p Paging) (*Page[directory.Suggestion], error) {
	if err := s.nothingRead(v); err != nil {
		return nil, err
	}
	return read(list{s.ids, "link suggestions"}, p, v.Suggestions)
}

// Conflicts answers a page of contradictions.
func (s *Service) Conflicts(v directory.View, p Paging) (*Page[directory.Conflict], error) {
	if err := s.nothingRead(v); err != nil {
		return nil, err
	}
	return read(list{s.ids, "link conflicts"}, p, v.Conflicts)
}

// Identities answers a page of everybody in a source.
func (s *Service) Identities(v directory.View, src directory.Source, p Paging) (*Page[Account], error) {
	if src.Freshness() == nil {
		return nil, s.neverRead(src.State())
	}
	page, err := read(list{s.ids, "identities of " + string(src.ID())}, p, func(w directory.Window) (directory.Page[directory.Identity], error) {
		return v.Identities(src, w)
	})
	return reword(page, err, AccountOf)
}

// Grants is a page of grants that says whether the list is all of them.
type Grants struct {
	*Page[directory.Grant]
	IsComplete bool
}

// Grants answers a page of what a person may reach.
func (s *Service) Grants(v directory.View, of directory.Person, p Paging, f *directory.GrantFilter) (*Grants, error) {
	if f == nil {
		f = &directory.GrantFilter{}
	}
	id := of.ID()
	page, err := read(list{s.ids, "grants of " + string(id[:])}, p, func(w directory.Window) (directory.Page[directory.Grant], error) {
		return v.Grants(of, *f, w)
	})
	if err != nil {
		return nil, err
	}
	return &Grants{Page: page, IsComplete: of.GrantsComplete()}, nil
}

// Members answers a page of who may reach a resource.
func (s *Service) Members(v directory.View, of directory.Resource, p Paging) (*Members, error) {
	page, err := read(list{s.ids, fmt.Sprintf("members of %q", of.Key())}, p, func(w directory.Window) (directory.Page[directory.Grant], error) {
		return v.Members(of, w)
	})
	if err != nil {
		return nil, err
	}
	return &Members{page: page}, nil
}

// Members is a page of a resource's members, with their roles on the edges.
type Members struct{ page *Page[directory.Grant] }

// Member is a member with its cursor and role.
type Member struct {
	Cursor string
	Grant  directory.Grant
}

func (m Member) Node() Account       { return AccountOf(m.Grant.Identity()) }
func (m Member) Level() person.Level { return m.Grant.Level() }
func (m Member) Role() *string       { return m.Grant.Role() }

// Edges are the members with their roles.
func (m Members) Edges() []Member {
	edges := make([]Member, len(m.page.part.Entries))
	for i, e := range m.page.part.Entries {
		edges[i] = Member{Cursor: m.page.cursor(e.Position), Grant: e.Node}
	}
	return edges
}

// Nodes are the members alone.
func (m Members) Nodes() []Account {
	nodes := make([]Account, len(m.page.part.Entries))
	for i, e := range m.page.part.Entries {
		nodes[i] = AccountOf(e.Node.Identity())
	}
	return nodes
}

func (m Members) PageInfo() PageInfo { return m.page.PageInfo() }
func (m Members) TotalCount() int    { return m.page.TotalCount() }

// ConnectedAccounts answers a page of an external user's accounts.
func (s *Service) ConnectedAccounts(u PipedreamUser, app *string, p Paging) (*Page[ConnectedAccount], error) {
	return read(list{s.ids, fmt.Sprintf("accounts of %q", u.Key())}, p, func(w directory.Window) (directory.Page[ConnectedAccount], error) {
		return slice(u.Connected(app), placeOfAccount, w)
	})
}

// placeOfAccount rises as accounts are listed: by app, newest first, then id.
func placeOfAccount(a ConnectedAccount) directory.Position {
	at := append([]byte(a.raw.AppSlug), 0)
	at = binary.BigEndian.AppendUint64(at, math.MaxUint64-sinceEpoch(a.raw.CreatedAt))
	return append(at, a.raw.ID...)
}

func sinceEpoch(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(max(t.UnixNano(), 0))
}

// Followers is a page of who follows a Pipedrive user.
type Followers struct{ *Page[Follower] }

// Follower is a follower, with the user where the directory holds them.
type Follower struct {
	person.Follower
	User *PipedriveUser
}

// FollowerEdge is a follower with its cursor.
type FollowerEdge struct {
	Cursor  string
	Node    *PipedriveUser
	UserID  string
	AddTime *time.Time
}

// Edges are the followers with their cursors.
func (f Followers) Edges() []FollowerEdge {
	edges := make([]FollowerEdge, len(f.part.Entries))
	for i, e := range f.part.Entries {
		edges[i] = FollowerEdge{
			Cursor: f.cursor(e.Position), Node: e.Node.User,
			UserID: fmt.Sprint(e.Node.UserID), AddTime: optional.Instant(e.Node.AddedAt),
		}
	}
	return edges
}

// Followers pages through the followers of u that a live read brought. Where rows are hidden, so is a follower whom the
// directory does not hold: nothing says that they may be seen.
func (s *Service) Followers(v directory.View, u PipedriveUser, all []person.Follower, p Paging) (*Followers, error) {
	key := func(f person.Follower) person.Key {
		return person.Key{System: person.Pipedrive, Account: u.Key().Account, ID: fmt.Sprint(f.UserID)}
	}
	if !v.ShowsAll() {
		all = slices.DeleteFunc(slices.Clone(all), func(f person.Follower) bool {
			_, shown := v.Identity(key(f))
			return !shown
		})
	}
	page, err := read(list{s.ids, fmt.Sprintf("followers of %q", u.Key())}, p, func(w directory.Window) (directory.Page[person.Follower], error) {
		return slice(all, func(f person.Follower) directory.Position {
			return binary.BigEndian.AppendUint64(nil, uint64(f.UserID))
		}, w)
	})
	named, err := reword(page, err, func(f person.Follower) Follower {
		out := Follower{Follower: f}
		if id, ok := v.Identity(key(f)); ok {
			if user, ok := AccountOf(id).(PipedriveUser); ok {
				out.User = &user
			}
		}
		return out
	})
	if err != nil {
		return nil, err
	}
	return &Followers{Page: named}, nil
}
