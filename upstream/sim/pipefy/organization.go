package pipefy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

// roleView is one entry of membersCountByRole.
type roleView struct {
	name    string
	custom  bool
	members int
}

// metadata is the caller's own rights in an organization.
type metadata struct{ createPipe, invite bool }

func organizationFields() exec.Resolvers[*request] {
	created := from(func(o *org) any { return instant(o.CreatedAt) })
	count := from(func(o *org) any { return o.people.len() })
	return exec.Resolvers[*request]{
		"Organization": {
			"id":         from(func(o *org) any { return o.ID }),
			"uuid":       from(func(o *org) any { return filled(o.UUID) }),
			"name":       from(func(o *org) any { return o.Name }),
			"planName":   from(func(o *org) any { return filled(o.PlanName) }),
			"role":       read(func(r *request, o *org, _ exec.Args) any { return filled(o.people.role(r.caller)) }),
			"createdAt":  created,
			"created_at": created,
			"createdBy": read(func(r *request, o *org, _ exec.Args) any {
				if u := r.state.byID[o.CreatedBy]; u != nil {
					return userView{User: u, org: o}
				}
				return nil
			}),
			"membersCount":       count,
			"users_count":        count,
			"membersCountByRole": from(func(o *org) any { return o.countByRole() }),
			"members":            read(func(r *request, o *org, a exec.Args) any { return r.members(o.people, o, a) }),
			"users": read(func(r *request, o *org, a exec.Args) any {
				return list(cut(o.people.order, a), func(id int64) userView { return userView{User: r.state.byID[id], org: o} })
			}),
			"orgMembers": func(r *request, parent any, a exec.Args) (any, error) {
				o := parent.(*org)
				return paginate(o.people.order, a, func(id int64) any { return r.state.byID[id] })
			},
			"pipesCount":              from(func(o *org) any { return len(o.pipes) }),
			"pipes":                   read(organizationPipes),
			"tables":                  organizationTables,
			"webhooks":                from(func(o *org) any { return webhooks(o.Webhooks) }),
			"onlyAdminCanCreatePipes": from(func(o *org) any { return o.OnlyAdminCanCreatePipes }),
			"onlyAdminCanInviteUsers": from(func(o *org) any { return o.OnlyAdminCanInviteUsers }),
			"userMetadata": read(func(r *request, o *org, _ exec.Args) any {
				return metadata{createPipe: o.mayCreatePipe(r.caller), invite: o.mayInvite(r.caller)}
			}),
		},
		"OrganizationUserMetadata": {
			"canCreatePipe": from(func(m metadata) any { return m.createPipe }),
			"canInviteUser": from(func(m metadata) any { return m.invite }),
		},
		"Role": {
			"id":          null,
			"uuid":        null,
			"name":        from(func(v roleView) any { return v.name }),
			"title":       from(func(v roleView) any { return cmp.Or(roleTitles[v.name], v.name) }),
			"description": null,
			"isCustom":    from(func(v roleView) any { return v.custom }),
			"memberCount": from(func(v roleView) any { return v.members }),
		},
	}
}

// countByRole lists the five standard roles, empty or not, then the others by name.
func (o *org) countByRole() []any {
	count := map[string]int{}
	for _, m := range o.people.byID {
		count[m.Role]++
	}
	names := slices.Clone(standardRoles[atOrganization])
	custom := slices.Clone(o.CustomRoles)
	for name := range count {
		if !slices.Contains(names, name) && !slices.Contains(custom, name) {
			custom = append(custom, name)
		}
	}
	slices.Sort(custom)
	standard := len(names)
	names = append(names, custom...)
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = roleView{name: name, custom: i >= standard, members: count[name]}
	}
	return out
}

// organizationPipes lists the caller's own pipes whatever the caller's role; include_publics adds
// the public ones. with_permission is accepted and changes nothing: no document says what it does.
func organizationPipes(r *request, o *org, a exec.Args) any {
	ids, search := a.Strings("ids"), strings.ToLower(a.String("name_search"))
	out := []any{}
	for _, p := range o.pipes {
		mine := p.people.has(r.caller)
		switch {
		case !mine && (!p.Public || !a.Bool("include_publics") || a.Bool("onlyFullyVisible")),
			a.Has("ids") && !slices.Contains(ids, digits(p.ID)),
			a.Bool("anyone_can_create_card") && !p.AnyoneCanCreateCard,
			!strings.Contains(strings.ToLower(p.Name), search):
			continue
		}
		out = append(out, p)
	}
	return out
}

// organizationTables pages through the tables that the caller sees.
func organizationTables(r *request, parent any, a exec.Args) (any, error) {
	search := strings.ToLower(a.String("name_search"))
	var seen []*table
	for _, t := range parent.(*org).tables {
		if t.visible(r.caller) && strings.Contains(strings.ToLower(t.Name), search) {
			seen = append(seen, t)
		}
	}
	return paginate(seen, a, func(t *table) any { return t })
}
