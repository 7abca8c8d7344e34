package pipedream

import (
	"slices"

	"github.com/manifold-graph/manifold/graph/person"
)

// Without is what is known of an external user, but for one account and what only that reached. It does not write to known.
func Without(known *person.Identity, account string) *person.Identity {
	next, user := *known, *known.Pipedream
	next.Pipedream = &user
	user.Accounts = slices.DeleteFunc(slices.Clone(user.Accounts), func(a person.PipedreamAccount) bool { return a.ID == account })
	complete := slices.ContainsFunc(known.Grants, func(g person.Grant) bool { return g.Resource.MembersComplete })
	p := newProject(known.Source, Project{ID: user.ProjectID, Environment: user.Environment}, complete)
	for _, g := range known.Grants { // the resources stay those of the reading
		switch g.Resource.Key.Kind {
		case person.ResourceProject:
			p.resource = g.Resource
		case person.ResourceConnectedApp:
			p.apps[g.Resource.Key.ID] = g.Resource
		}
	}
	next.Grants = p.grants(user.Accounts)
	return &next
}
