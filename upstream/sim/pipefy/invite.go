package pipefy

import (
	"fmt"
	"strings"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

// payload is what every mutation answers; each type reads the parts that it has.
type payload struct {
	clientMutationID any
	success          bool
	users, members   []any
	errors           []any
	removedUsers     []any
}

// rowError is a failure of one row of an invitation. index is nil in the failure seen in the field.
type rowError struct {
	index   any
	message string
}

// inviteMembers adds people by address. An unknown address becomes a user of its own; a person
// invited into a pipe or table becomes a member of the organization, a guest a full one.
func inviteMembers(r *request, in exec.Args) (payload, error) {
	p, err := r.place(in)
	if err != nil {
		return payload{}, err
	}
	if !p.mayInvite(r.caller) {
		return payload{}, denied()
	}
	rows := in.Objects("emails")
	if p.level == atOrganization {
		for _, row := range rows {
			if role := row.String("role_name"); !p.org.knowsRole(atOrganization, role) {
				failed := payload{users: []any{}, errors: []any{rowError{message: fmt.Sprintf("Role %q is not valid", role)}}}
				return failed, &exec.Error{Message: "Something went wrong", Code: 30000, Type: "ExecutionError"}
			}
		}
	}
	out := payload{users: []any{}, errors: []any{}}
	for i, row := range rows {
		email, role := strings.TrimSpace(row.String("email")), row.String("role_name")
		switch {
		case !strings.Contains(email, "@"):
			out.errors = append(out.errors, rowError{i, "Email is invalid"})
			continue
		case !p.org.knowsRole(p.level, role):
			out.errors = append(out.errors, rowError{i, fmt.Sprintf("Role %q is not valid", role)})
			continue
		}
		if u := r.invite(p, email, role); u != nil {
			out.users = append(out.users, userView{User: u, org: p.org})
		}
	}
	return out, nil
}

// invite returns the user who is new in the place, nil when they were in it already.
func (r *request) invite(p place, email, role string) *User {
	u := r.state.byEmail[fold(email)]
	if u == nil {
		u = r.state.mint(email, r)
	}
	if p.people.has(u.ID) {
		return nil
	}
	if p.level != atOrganization && (!p.org.people.has(u.ID) || isGuest(p.org.people.role(u.ID))) {
		p.org.people.put(newMember(u.ID, "normal"))
	}
	p.people.put(newMember(u.ID, role))
	r.tell(p, invitationSent, u.ID, role)
	return u
}

// newMember is billable unless a guest.
func newMember(user int64, role string) Member {
	billable := !isGuest(role)
	return Member{UserID: user, Role: role, Billable: &billable}
}

// mint makes a user of an address that nobody has: invited, not confirmed.
func (s *State) mint(email string, r *request) *User {
	id := s.lastID + 1
	local, _, _ := strings.Cut(email, "@")
	u := &User{
		ID: id, UUID: fmt.Sprintf("%08x-0000-4000-8000-%012x", id>>16, id),
		Name: local, Email: email, Invited: true, CreatedAt: r.now,
	}
	s.addUser(u)
	return u
}
