package directory

import (
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
)

// The facts of a person are chosen from its identities by one rule: the better
// standing first (active, unconfirmed, inactive, erased), then the order of
// systems, then the smaller key. A verified address goes before an unverified one
// of the same standing.

// standing ranks states; smaller is better.
var standing = [...]int{
	person.StateActive: 0, person.StateUnconfirmed: 1, person.StateInactive: 2, person.StateErased: 3,
}

// best is the member with the smallest rank, the first of equals; nil when has
// refuses all.
func (x *index) best(p int32, rank func(*person.Identity) (rank int, has bool)) *person.Identity {
	var chosen *person.Identity
	lowest := 0
	for _, i := range x.clusters.of(p) {
		identity := x.identities[i]
		if r, has := rank(identity); has && (chosen == nil || r < lowest) {
			chosen, lowest = identity, r
		}
	}
	return chosen
}

func rankName(i *person.Identity) (int, bool) {
	return standing[i.State], nameOf(i) != ""
}

func rankEmail(i *person.Identity) (int, bool) {
	rank := 2 * standing[i.State]
	if !i.EmailVerified {
		rank++
	}
	return rank, i.Email != ""
}

func rankAvatar(i *person.Identity) (int, bool) { return standing[i.State], i.AvatarURL != "" }

func rankAny(i *person.Identity) (int, bool) { return standing[i.State], true }

// name is what a system calls the person; "" when none knows a name.
func (x *index) name(p int32) string {
	if named := x.best(p, rankName); named != nil {
		return nameOf(named)
	}
	return ""
}

func (x *index) primaryEmail(p int32) string {
	if i := x.best(p, rankEmail); i != nil {
		return i.Email
	}
	return ""
}

func (x *index) avatarURL(p int32) string {
	if i := x.best(p, rankAvatar); i != nil {
		return i.AvatarURL
	}
	return ""
}

func (x *index) status(p int32) person.State { return x.best(p, rankAny).State }

// decisive ranks kinds: what one identity is known to be counts for the person.
var decisive = [...]int{
	person.KindUnknown: 0, person.KindOrganization: 1, person.KindBot: 2, person.KindHuman: 3,
}

func (x *index) kind(p int32) person.Kind {
	kind := person.KindUnknown
	for _, i := range x.clusters.of(p) {
		if k := x.kinds[i]; decisive[k] > decisive[kind] {
			kind = k
		}
	}
	return kind
}

// createdAt is the earliest known creation; zero when none is known.
func (x *index) createdAt(p int32) time.Time {
	var first time.Time
	for _, i := range x.clusters.of(p) {
		if t := x.identities[i].CreatedAt; !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// lastSeenAt is the latest known sign of life; zero when none is known.
func (x *index) lastSeenAt(p int32) time.Time {
	var last time.Time
	for _, i := range x.clusters.of(p) {
		if t := x.identities[i].LastSeenAt; t.After(last) {
			last = t
		}
	}
	return last
}

// nameOf is what a source calls an identity; "" when it has no name. Until an
// invitation is accepted vendors put the address there: that is no name, for more
// people may see names than addresses.
func nameOf(i *person.Identity) string {
	if strings.Contains(i.Name, "@") {
		return ""
	}
	return strings.TrimSpace(i.Name)
}

// unnamed is shown where only an address could name somebody, to those who may
// not see addresses.
const unnamed = "(no name)"

// ShowsID tells whether a vendor's id of somebody is shown: one that may be an address is, to those who may see addresses.
func (v View) ShowsID(id string) bool {
	return !strings.Contains(id, "@") || v.by.principal.Has(access.ScopeEmailsRead)
}

// shown is what to call somebody: a name, else an address, else the vendor's id,
// which may be an address as well.
func (v View) shown(name, email, id string) string {
	switch {
	case name != "":
		return name
	case email != "" && v.by.principal.Has(access.ScopeEmailsRead):
		return email
	case v.ShowsID(id):
		return id
	}
	return unnamed
}
