package pipefy

import "github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"

// rights are the caller's own in a table.
type rights struct{ record, table bool }

func repoFields() exec.Resolvers[*request] {
	return exec.Resolvers[*request]{
		"Pipe": {
			"id":             from(func(p *pipe) any { return p.ID }),
			"uuid":           from(func(p *pipe) any { return filled(p.UUID) }),
			"suid":           from(func(p *pipe) any { return filled(p.SUID) }),
			"name":           from(func(p *pipe) any { return p.Name }),
			"public":         from(func(p *pipe) any { return p.Public }),
			"role":           read(func(r *request, p *pipe, _ exec.Args) any { return filled(p.people.role(r.caller)) }),
			"organization":   from(func(p *pipe) any { return p.org }),
			"organizationId": from(func(p *pipe) any { return p.OrganizationID }),
			"members":        read(func(r *request, p *pipe, a exec.Args) any { return r.members(p.people, p.org, a) }),
			"users":          read(pipeUsers),
			"users_count":    from(func(p *pipe) any { return p.people.len() }),
			"webhooks":       from(func(p *pipe) any { return webhooks(p.Webhooks) }),
		},
		"Table": {
			"id":            from(func(t *table) any { return t.ID }),
			"internal_id":   from(func(t *table) any { return t.InternalID }),
			"uuid":          from(func(t *table) any { return filled(t.UUID) }),
			"name":          from(func(t *table) any { return t.Name }),
			"public":        from(func(t *table) any { return t.Public }),
			"authorization": from(func(t *table) any { return filled(t.Authorization) }),
			"organization":  from(func(t *table) any { return t.org }),
			"members":       read(func(r *request, t *table, a exec.Args) any { return r.members(t.people, t.org, a) }),
			"users_count":   from(func(t *table) any { return t.people.len() }),
			"my_permissions": read(func(r *request, t *table, _ exec.Args) any {
				manages := t.people.role(r.caller) == "admin" || t.org.administers(r.caller)
				return rights{record: manages || t.people.has(r.caller), table: manages}
			}),
			"webhooks": from(func(t *table) any { return webhooks(t.Webhooks) }),
		},
		"TablePermission": {
			"can_manage_record": from(func(v rights) any { return v.record }),
			"can_manage_table":  from(func(v rights) any { return v.table }),
		},
		"Webhook": {
			"id":      from(func(h *Webhook) any { return h.ID }),
			"name":    from(func(h *Webhook) any { return filled(h.Name) }),
			"url":     from(func(h *Webhook) any { return h.URL }),
			"actions": from(func(h *Webhook) any { return list(h.Actions, func(s string) string { return s }) }),
			"headers": from(func(h *Webhook) any {
				if h.Headers == nil {
					return nil
				}
				return h.Headers
			}),
			"email": from(func(h *Webhook) any { return filled(h.Email) }),
		},
	}
}

// pipeUsers lists the people of a pipe; filterUnacceptedInvitation leaves out those who were
// invited and have not confirmed.
func pipeUsers(r *request, p *pipe, a exec.Args) any {
	out := make([]any, 0, p.people.len())
	for _, id := range p.people.order {
		u := r.state.byID[id]
		if a.Bool("filterUnacceptedInvitation") && u.Invited && !u.Confirmed {
			continue
		}
		out = append(out, userView{User: u, org: p.org})
	}
	return out
}

func webhooks(hooks []Webhook) []any {
	out := make([]any, len(hooks))
	for i := range hooks {
		out[i] = &hooks[i]
	}
	return out
}
