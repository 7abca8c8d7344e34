package pipefy

import "github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"

// userView is a user as seen from an organization, which may be nil. self is the root field me.
type userView struct {
	*User
	org  *org
	self bool
}

func (u userView) role() any {
	if u.org == nil {
		return nil
	}
	return filled(u.org.people.role(u.ID))
}

// memberView is a membership with its organization.
type memberView struct {
	Member
	user *User
	org  *org
}

func userFields() exec.Resolvers[*request] {
	avatar := from(func(u userView) any { return filled(u.AvatarURL) })
	created := from(func(u userView) any { return instant(u.CreatedAt) })
	zone := from(func(u userView) any { return filled(u.Timezone) })
	return exec.Resolvers[*request]{
		"User": {
			"id":                          from(func(u userView) any { return u.ID }),
			"uuid":                        from(func(u userView) any { return filled(u.UUID) }),
			"name":                        from(func(u userView) any { return u.Name }),
			"displayName":                 from(func(u userView) any { return filled(u.DisplayName) }),
			"email":                       from(func(u userView) any { return u.Email }),
			"username":                    from(func(u userView) any { return filled(u.Username) }),
			"avatarUrl":                   avatar,
			"avatar_url":                  avatar,
			"createdAt":                   created,
			"created_at":                  created,
			"locale":                      from(func(u userView) any { return filled(u.Locale) }),
			"timezone":                    zone,
			"time_zone":                   zone,
			"timeZone":                    zone,
			"phone":                       from(func(u userView) any { return filled(u.Phone) }),
			"departmentKey":               from(func(u userView) any { return filled(u.DepartmentKey) }),
			"signupData":                  from(func(u userView) any { return filled(u.SignupData) }),
			"invited":                     from(func(u userView) any { return u.Invited }),
			"confirmed":                   from(func(u userView) any { return u.Confirmed }),
			"confirmationTokenHasExpired": from(func(userView) any { return false }),
			"hasUnreadNotifications":      null,
			"intercomId":                  null,
			"intercomHash":                null,
			"preferences":                 from(func(u userView) any { return u }),
			"lastSignInAt":                from(func(u userView) any { return instant(u.LastSignInAt) }),
			"currentOrganizationRole":     from(userView.role),
			"roleName": from(func(u userView) any {
				if !u.self {
					return nil
				}
				return u.role()
			}),
		},
		"UserPreference": {
			"favoritePipeIds": from(func(u userView) any {
				return list(u.FavoritePipeIDs, func(id int64) int64 { return id })
			}),
		},
		"Member": {
			"role_name":  from(func(m memberView) any { return m.Role }),
			"user":       from(func(m memberView) any { return userView{User: m.user, org: m.org} }),
			"billable":   from(func(m memberView) any { return flag(m.Billable) }),
			"customRole": from(func(m memberView) any { return flag(m.CustomRole) }),
		},
	}
}

// members views a roster, cut to the field's limit.
func (r *request) members(people *roster, o *org, a exec.Args) []any {
	return list(cut(people.order, a), func(id int64) memberView { return r.member(people, o, id) })
}

func (r *request) member(people *roster, o *org, id int64) memberView {
	return memberView{Member: people.byID[id], user: r.state.byID[id], org: o}
}
