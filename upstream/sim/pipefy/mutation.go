package pipefy

import "github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"

// mutation does one act. A payload together with an error gives both to the client, as long as the
// payload has something in it.
type mutation func(r *request, in exec.Args) (payload, error)

func mutationFields() fields {
	fromPipe := act(removeFrom("pipe_id"))
	return fields{
		"inviteMembers":         act(inviteMembers),
		"setRole":               act(setRole),
		"setRoles":              act(setRoles),
		"removeUserFromOrg":     act(removeFrom("organization_id")),
		"removeUserFromPipe":    fromPipe,
		"removeUserFromRepo":    fromPipe,
		"removeUserFromTable":   act(removeFrom("table_id")),
		"removeMembersFromPipe": act(removeMembersFromPipe),
	}
}

func act(do mutation) exec.Resolver[*request] {
	return func(r *request, _ any, a exec.Args) (any, error) {
		in := a.Object("input")
		out, err := do(r, in)
		if err != nil && out.errors == nil {
			return nil, err
		}
		out.clientMutationID = in["clientMutationId"]
		return out, err
	}
}

func payloadFields() exec.Resolvers[*request] {
	echo := from(func(p payload) any { return p.clientMutationID })
	removal := fields{"clientMutationId": echo, "success": from(func(p payload) any { return p.success })}
	errs := from(func(p payload) any { return orNull(p.errors) })
	return exec.Resolvers[*request]{
		"InviteMembersPayload": {
			"clientMutationId": echo,
			"users":            from(func(p payload) any { return orNull(p.users) }),
			"errors":           errs,
		},
		"Errors": {
			"index":   from(func(e rowError) any { return e.index }),
			"message": from(func(e rowError) any { return e.message }),
		},
		"SetRolePayload": {
			"clientMutationId": echo,
			"member":           from(func(p payload) any { return p.members[0] }),
		},
		"SetRolesPayload": {
			"clientMutationId": echo,
			"members":          from(func(p payload) any { return orNull(p.members) }),
			"errors":           errs,
		},
		"RemoveUserFromOrgPayload":   removal,
		"RemoveUserFromPipePayload":  removal,
		"RemoveUserFromTablePayload": removal,
		"RemoveMembersFromPipePayload": {
			"clientMutationId":   echo,
			"success":            from(func(p payload) any { return p.success }),
			"removedUsersUuids":  from(func(p payload) any { return orNull(p.removedUsers) }),
			"removedGroupsUuids": from(func(payload) any { return []any{} }),
			"errors":             errs,
		},
	}
}

func orNull(items []any) any {
	if items == nil {
		return nil
	}
	return items
}
