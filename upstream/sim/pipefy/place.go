package pipefy

import "github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"

// place is what a membership mutation is about: an organization, a pipe or a table.
type place struct {
	level  level
	org    *org
	people *roster
}

// place reads the three id arguments, of which exactly one must be given, and checks that the
// caller sees what it names.
func (r *request) place(in exec.Args) (place, error) {
	given := 0
	for _, name := range []string{"organization_id", "pipe_id", "table_id"} {
		if in.Has(name) {
			given++
		}
	}
	if given != 1 {
		return place{}, refused("INVALID_INPUT", "Give exactly one of organization_id, pipe_id and table_id")
	}
	if in.Has("organization_id") {
		if o := r.organization(in.String("organization_id")); o != nil {
			return place{atOrganization, o, o.people}, nil
		}
	} else if in.Has("pipe_id") {
		if p := r.pipe(in.String("pipe_id")); p != nil {
			return place{atPipe, p.org, p.people}, nil
		}
	} else if t := r.table(in.String("table_id")); t != nil {
		return place{atTable, t.org, t.people}, nil
	}
	return place{}, denied()
}

// mayManage: an organization's admins, or the admins of the pipe or table.
func (p place) mayManage(user int64) bool {
	return p.org.administers(user) || p.level != atOrganization && p.people.role(user) == "admin"
}

// mayInvite adds the members whom the organization lets invite into itself.
func (p place) mayInvite(user int64) bool {
	return p.mayManage(user) || p.level == atOrganization && p.org.mayInvite(user)
}
