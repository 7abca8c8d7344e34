package people

import (
	"slices"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// maxSearch bounds a search text, in bytes: longer than any name.
const maxSearch = 200

// Filter says which people, as clients ask; see directory.PeopleFilter.
type Filter struct {
	Search          *string
	SearchIn        []SearchField
	Systems         []person.System
	Sources         []string
	Status          []person.State
	Kinds           []person.Kind
	Roles           []string
	Levels          []person.Level
	Resources       []string
	Apps            []string
	EmailDomains    []string
	IsLinked        *bool
	PresentIn       []person.System
	AbsentIn        []person.System
	AbsentInSources []string
}

// SearchField is a place to search.
type SearchField uint8

// The places to search.
const (
	SearchName SearchField = iota
	SearchEmail
)

// Order is how people are ordered.
type Order struct {
	Field     directory.PeopleField
	Direction Direction
}

// Direction is which way a list runs.
type Direction uint8

// The directions.
const (
	Ascending Direction = iota
	Descending
)

// orderNames name the list of each order, for its cursors.
var orderNames = [...]string{
	directory.ByDisplayName: "people by name", directory.ByCreatedAt: "people by creation",
	directory.ByLastSeenAt: "people by last seen", directory.ByPrimaryEmail: "people by address",
}

// People answers a page of people.
func (s *Service) People(v directory.View, who access.Principal, p Paging, f *Filter, o *Order) (*Page[directory.Person], error) {
	if err := s.nothingRead(v); err != nil {
		return nil, err
	}
	q := directory.PeopleQuery{Now: s.now()}
	filter, err := s.PeopleFilter(v, who, f)
	if err != nil {
		return nil, err
	}
	q.Filter = filter
	if o != nil {
		if o.Field == directory.ByPrimaryEmail {
			if missing, ok := who.Allowed("PeopleOrderField", "PRIMARY_EMAIL"); !ok {
				return nil, needsScope("Ordering by PRIMARY_EMAIL", missing)
			}
		}
		q.Order = directory.PeopleOrder{Field: o.Field, Descending: o.Direction == Descending}
	}
	name := orderNames[q.Order.Field]
	if q.Order.Descending {
		name += ", descending"
	}
	return read(list{s.ids, name}, p, func(w directory.Window) (directory.Page[directory.Person], error) {
		q.Window = w
		return v.People(q)
	})
}

// PeopleFilter is what f asks of a view for who; nil asks for what lists show without one. Errors say what may not be
// asked, or not now.
func (s *Service) PeopleFilter(v directory.View, who access.Principal, f *Filter) (directory.PeopleFilter, error) {
	if f == nil {
		return directory.PeopleFilter{}, nil
	}
	return s.filter(v, who, f)
}

func (s *Service) filter(v directory.View, who access.Principal, f *Filter) (directory.PeopleFilter, error) {
	out := directory.PeopleFilter{
		Systems: f.Systems, Status: f.Status, Kinds: f.Kinds, Roles: f.Roles, Levels: f.Levels, Apps: f.Apps,
		EmailDomains: f.EmailDomains, Linked: f.IsLinked, PresentIn: f.PresentIn, AbsentIn: f.AbsentIn,
	}
	for _, guarded := range []struct {
		field string
		used  bool
	}{
		{"roles", len(f.Roles) > 0}, {"levels", len(f.Levels) > 0}, {"resources", len(f.Resources) > 0},
		{"apps", len(f.Apps) > 0}, {"emailDomains", len(f.EmailDomains) > 0},
	} {
		if missing, ok := who.Allowed("PeopleFilter", guarded.field); guarded.used && !ok {
			return out, needsScope("Filtering by "+guarded.field, missing)
		}
	}
	if err := knownSources(v, f.Sources, 0); err != nil {
		return out, err
	}
	if err := knownSources(v, f.AbsentInSources, 0); err != nil {
		return out, err
	}
	if err := s.askedOf(v, slices.Concat(f.Systems, f.PresentIn), f.Sources); err != nil {
		return out, err
	}
	// Who seems to be in one system alone may be in one that was never read as well.
	if f.IsLinked != nil && !*f.IsLinked {
		if err := s.unread(v, 0, nil); err != nil {
			return out, err
		}
	}
	out.Sources, out.AbsentInSources = sourceIDs(f.Sources), sourceIDs(f.AbsentInSources)
	for _, id := range f.Resources {
		decoded, err := s.ids.Decode(id)
		if err != nil {
			return out, err
		}
		key, ok := decoded.Resource()
		if !ok {
			return out, fault.New(fault.BadUserInput, "filter.resources takes ids of resources; one of these is the id of a %s.", decoded.Kind())
		}
		out.Resources = append(out.Resources, key)
	}
	return out, search(who, f, &out)
}

// search sets where to look: everywhere that who may see, when the client does not say.
func search(who access.Principal, f *Filter, out *directory.PeopleFilter) error {
	missing, mayEmail := who.Allowed("SearchField", "EMAIL")
	if f.Search != nil {
		if len(*f.Search) > maxSearch {
			return fault.New(fault.BadUserInput, "filter.search takes at most %d bytes.", maxSearch)
		}
		out.Search = *f.Search
	}
	for _, field := range f.SearchIn {
		switch {
		case field == SearchName:
			out.SearchIn |= directory.SearchNames
		case mayEmail:
			out.SearchIn |= directory.SearchEmails
		default:
			return needsScope("Searching in EMAIL", missing)
		}
	}
	if out.SearchIn == 0 && !mayEmail {
		out.SearchIn = directory.SearchNames
	}
	return nil
}

func sourceIDs(names []string) []person.SourceID {
	ids := make([]person.SourceID, len(names))
	for i, n := range names {
		ids[i] = person.SourceID(n)
	}
	return ids
}
