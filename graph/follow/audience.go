package follow

import (
	"encoding/json"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// audience are followers who see the same people and asked for the same: what they are told is found out once.
type audience struct {
	key string
	// who is one of them. All have the same rows.
	who     access.Principal
	filter  directory.PeopleFilter
	members map[*People]bool

	// fits tells who fits the filter in the picture of; err is why that is not known.
	of   *directory.Snapshot
	fits func(directory.Person) bool
	err  error
}

func audienceKey(who access.Principal, f directory.PeopleFilter) string {
	asked, err := json.Marshal(f)
	if err != nil {
		panic(err) // a filter is plain values
	}
	return who.Rows().Key() + "\x00" + string(asked)
}

// in answers for a picture whether somebody called so is there and fits. An error says that nobody can tell.
func (a *audience) in(service *people.Service, s *directory.Snapshot) (func(person.ID) bool, error) {
	view := s.View(a.who)
	if a.of != s {
		a.of = s
		a.fits, a.err = view.Fitting(a.filter, service.Now())
	}
	fits := a.fits
	return func(id person.ID) bool {
		p, ok := view.Called(id)
		return ok && fits(p)
	}, a.err
}

// tell notes for every member whose changes they have to be told. While nobody can tell who fits, nothing is told; once
// that is known again, they are to ask anew.
func (a *audience) tell(service *people.Service, old, now *directory.Snapshot, ids []person.ID) {
	was, unknown := a.in(service, old)
	var before []bool
	if unknown == nil {
		before = make([]bool, len(ids))
		for n, id := range ids {
			before[n] = was(id)
		}
	}
	is, err := a.in(service, now)
	switch {
	case err != nil:
	case unknown != nil:
		for f := range a.members {
			f.resync()
		}
	default:
		for n, id := range ids {
			if before[n] || is(id) {
				for f := range a.members {
					f.note(id, before[n])
				}
			}
		}
	}
}
