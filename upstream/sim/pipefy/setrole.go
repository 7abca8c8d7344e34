package pipefy

import (
	"fmt"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

// setRole changes the role of one member. The organization role of a guest takes the person out of
// every pipe and table.
func setRole(r *request, in exec.Args) (payload, error) {
	p, err := r.manage(in)
	if err != nil {
		return payload{}, err
	}
	m, err := r.change(p, in.Object("member"))
	if err != nil {
		return payload{}, err
	}
	return payload{members: []any{m}}, nil
}

// setRoles does the same for a list, and tells what failed in words.
func setRoles(r *request, in exec.Args) (payload, error) {
	p, err := r.manage(in)
	if err != nil {
		return payload{}, err
	}
	out := payload{members: []any{}, errors: []any{}}
	for _, member := range in.Objects("members") {
		m, err := r.change(p, member)
		if err != nil {
			out.errors = append(out.errors, err.Error())
			continue
		}
		out.members = append(out.members, m)
	}
	return out, nil
}

// manage is place for callers who may change its members.
func (r *request) manage(in exec.Args) (place, error) {
	p, err := r.place(in)
	if err == nil && !p.mayManage(r.caller) {
		err = denied()
	}
	return p, err
}

func (r *request) change(p place, member exec.Args) (memberView, error) {
	u, role := r.state.userByID(member.String("user_id")), member.String("role_name")
	if u == nil || !p.people.has(u.ID) {
		return memberView{}, refused("RECORD_NOT_FOUND", fmt.Sprintf("User %s is not a member", member.String("user_id")))
	}
	if !p.org.knowsRole(p.level, role) {
		return memberView{}, refused("INVALID_ROLE", fmt.Sprintf("Role %q is not valid", role))
	}
	p.people.put(newMember(u.ID, role))
	if p.level == atOrganization && isGuest(role) {
		p.org.forget(u.ID)
	}
	r.tell(p, roleSet, u.ID, role)
	return r.member(p.people, p.org, u.ID), nil
}
