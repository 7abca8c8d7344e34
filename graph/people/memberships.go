package people

import (
	"fmt"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// Memberships answers a page of what one Pipefy user may reach of one kind.
func (s *Service) Memberships(u PipefyUser, kind person.ResourceKind, p Paging) (*Grants, error) {
	var of []directory.Grant
	coverage := u.Source().Coverage()
	complete := coverage.Complete
	if kind != person.ResourceOrganization {
		complete = coverage.GrantsComplete
	}
	for _, g := range u.Grants() {
		if g.Raw().Resource.Key.Kind == kind {
			of = append(of, g)
			complete = complete && g.Resource().MembersComplete()
		}
	}
	page, err := read(list{s.ids, fmt.Sprintf("memberships of %q", u.Key())}, p, func(w directory.Window) (directory.Page[directory.Grant], error) {
		return slice(of, func(g directory.Grant) directory.Position {
			return directory.Position(fmt.Sprintf("%d/%s", kind, g.Raw().Resource.Key.ID))
		}, w)
	})
	if err != nil {
		return nil, err
	}
	return &Grants{Page: page, IsComplete: complete}, nil
}
