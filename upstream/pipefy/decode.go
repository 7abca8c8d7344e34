package pipefy

import (
	"time"

	"github.com/manifold-graph/manifold/upstream/pipefy/generated"
	"github.com/manifold-graph/manifold/upstream/pipefy/scalar"
)

func userOf(u generated.UserFields) User {
	return User{
		ID: string(u.Id), UUID: string(u.Uuid), Name: string(u.Name), Email: string(u.Email),
		Username: string(u.Username), AvatarURL: string(u.AvatarUrl), Locale: string(u.Locale), Timezone: string(u.Timezone),
		CreatedAt: timeOf(u.CreatedAt), LastSignInAt: timeOf(u.LastSignInAt),
		Invited: u.Invited.Pointer(), Confirmed: u.Confirmed.Pointer(),
	}
}

func memberOf(m generated.MemberFields) Member {
	return Member{Role: string(m.RoleName), Billable: m.Billable.Pointer(), User: userOf(m.User)}
}

// membersOf drops what has no user id: null members, and members whose user is
// null. whole tells whether there was none of these.
func membersOf(raw []generated.MemberFields) (list []Member, whole bool) {
	list = make([]Member, 0, len(raw))
	for _, m := range raw {
		if m.User.Id != "" {
			list = append(list, memberOf(m))
		}
	}
	return list, len(list) == len(raw)
}

func organizationOf(o generated.OrganizationFields) Organization {
	return Organization{
		ID: string(o.Id), UUID: string(o.Uuid), Name: string(o.Name), Role: string(o.Role),
		Members: o.MembersCount.Or(-1), Pipes: o.PipesCount.Or(-1),
	}
}

// layouts are the forms of time that the vendor has been seen to use. A time
// without a zone is UTC.
var layouts = [...]string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05",
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05", time.DateOnly,
}

// timeOf is the zero time for what is no time.
func timeOf(t scalar.Text) time.Time {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, string(t)); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
