package pipefy

import (
	"strconv"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

// removeFrom makes the removal by address from one kind of place.
func removeFrom(idArgument string) mutation {
	return func(r *request, in exec.Args) (payload, error) {
		p, err := r.manage(exec.Args{idArgument: in[idArgument]})
		if err != nil {
			return payload{}, err
		}
		u := r.state.byEmail[fold(in.String("email"))]
		if u == nil || !p.people.has(u.ID) {
			if r.opts.SoftRemoval {
				return payload{success: false}, nil
			}
			return payload{}, refused("RECORD_NOT_FOUND", "User is not a member")
		}
		r.remove(p, u.ID)
		return payload{success: true}, nil
	}
}

// remove takes the user out; out of an organization means out of its pipes and tables too. With
// StickyRemoval a pipe keeps those whom the organization gives rights over everything.
func (r *request) remove(p place, user int64) {
	if p.level == atPipe && r.opts.StickyRemoval && p.org.administers(user) {
		return
	}
	p.people.remove(user)
	if p.level == atOrganization {
		p.org.forget(user)
	}
	r.tell(p, removalFromOrg, user, "")
}

// removeMembersFromPipe goes by uuids. This world has no groups.
func removeMembersFromPipe(r *request, in exec.Args) (payload, error) {
	found := r.state.pipeByUUID[in.String("pipeUuid")]
	if found == nil || !found.visible(r.caller) {
		return payload{}, denied()
	}
	p := place{atPipe, found.org, found.people}
	if !p.mayManage(r.caller) {
		return payload{}, denied()
	}
	out := payload{removedUsers: []any{}, errors: []any{}}
	for _, uuid := range in.Strings("usersUuids") {
		u := r.state.byUUID[uuid]
		if u == nil || !p.people.has(u.ID) {
			out.errors = append(out.errors, "User "+uuid+" is not a member")
			continue
		}
		r.remove(p, u.ID)
		out.removedUsers = append(out.removedUsers, uuid)
	}
	for _, uuid := range in.Strings("groupsUuids") {
		out.errors = append(out.errors, "Group "+uuid+" is not a member")
	}
	out.success = len(out.errors) == 0
	return out, nil
}

func (s *State) userByID(id string) *User {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil
	}
	return s.byID[n]
}
