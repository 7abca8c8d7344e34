package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

const (
	firstOrganization = 301_001
	serviceDomain     = "acme.pipefy-service.com"
)

// organizations writes down whom Pipefy knows.
func (b *builder) organizations(second bool) {
	d := &b.world.Pipefy
	for _, h := range b.humans {
		if h.fyID == 0 {
			continue
		}
		u := b.fyUser(h.fyID, h.display(), h.fyAddress.text)
		u.Invited, u.Confirmed = h.guest || b.chance(60), !h.unconfirmed
		if h.unconfirmed {
			u.Invited, u.Name, u.Username = true, h.fyAddress.text, ""
			u.LastSignInAt = time.Time{}
		}
		d.Users = append(d.Users, u)
	}
	b.organize(0, "Acme Operations")
	if second {
		b.organize(1, "Acme Labs")
	}
}

func (b *builder) fyUser(id int64, name, email string) pipefy.User {
	u := pipefy.User{
		ID: id, UUID: b.uuid(), Name: name, DisplayName: name, Email: email, Username: "user" + strconv.FormatInt(id, 36),
		AvatarURL: "https://cdn.example/avatars/" + strconv.FormatInt(id, 10) + ".png", Locale: pick(b, []string{"en", "pt-BR", "es"}),
		Timezone: pick(b, []string{"Brasilia", "UTC", "Tallinn"}), CreatedAt: b.past(1500), LastSignInAt: b.past(60), Confirmed: true,
	}
	if b.chance(20) {
		u.AvatarURL, u.DepartmentKey = "", "operations"
	}
	return u
}

// organize makes the n-th organization: its members, and the service accounts that read it.
func (b *builder) organize(n int, title string) {
	d := &b.world.Pipefy
	o := pipefy.Organization{ID: firstOrganization + int64(n), UUID: b.uuid(), Name: title, PlanName: "Business",
		CreatedAt: b.past(2000), CreatedBy: b.humans[0].fyID, CustomRoles: []string{"auditor"}}
	account := strconv.FormatInt(o.ID, 10)
	var inside []int64 // those who may be in pipes
	for i, h := range b.humans {
		if h.fyID == 0 || n > 0 && i > 0 && !b.chance(10) {
			continue
		}
		m := pipefy.Member{UserID: h.fyID, Role: b.orgRole(h, i == 0)}
		if m.Role == "auditor" {
			m.CustomRole = new(true)
		}
		m.Billable = new(!h.guest)
		if !h.guest {
			inside = append(inside, h.fyID)
		}
		o.Members = append(o.Members, m)
		id := strconv.FormatInt(h.fyID, 10)
		b.record(person.Key{System: person.Pipefy, Account: account, ID: id}, h.entity, byPipefy(id), byMailbox(h.fyAddress))
	}
	if n == 0 {
		b.signUpTwice(&o, account)
	}
	var reader int64
	for i, title := range []string{"Manifold reader", "Nightly export"} {
		id := int64(300_900_000 + 10*n + i)
		u := b.fyUser(id, title, fmt.Sprintf("sa-%d@%s", id, serviceDomain))
		u.ServiceAccount = true
		d.Users = append(d.Users, u)
		o.Members = append(o.Members, pipefy.Member{UserID: id, Role: "admin", Billable: new(false)})
		b.record(person.Key{System: person.Pipefy, Account: account, ID: strconv.FormatInt(id, 10)}, b.entity(person.KindBot), byPipefy(strconv.FormatInt(id, 10)))
		if i == 0 {
			reader = id
		}
	}
	d.Organizations = append(d.Organizations, o)
	b.pipes(o, inside, reader)
	cred := PipefyCredentials{OrganizationID: o.ID, ClientID: fmt.Sprintf("sim-pipefy-%d", n), ClientSecret: fmt.Sprintf("sim-pipefy-secret-%d", n), PersonalToken: fmt.Sprintf("sim-pipefy-personal-%d", n)}
	d.Clients = append(d.Clients, pipefy.Client{ID: cred.ClientID, Secret: cred.ClientSecret, UserID: reader})
	d.PersonalTokens = append(d.PersonalTokens, pipefy.PersonalToken{Token: cred.PersonalToken, UserID: b.humans[0].fyID})
	b.world.Credentials.Pipefy = append(b.world.Credentials.Pipefy, cred)
}

// signUpTwice gives some members another account with an address that nothing else knows: the
// same human, and no evidence of it.
func (b *builder) signUpTwice(o *pipefy.Organization, account string) {
	for i, h := range b.humans {
		if i%47 != 5 || h.fyID == 0 {
			continue
		}
		n := int64(309_000_000 + i)
		at := b.newAddress(h.first, h.last, "mail.example")
		b.world.Pipefy.Users = append(b.world.Pipefy.Users, b.fyUser(n, h.display(), at.text))
		o.Members = append(o.Members, pipefy.Member{UserID: n, Role: "normal", Billable: new(true)})
		id := strconv.FormatInt(n, 10)
		b.record(person.Key{System: person.Pipefy, Account: account, ID: id}, h.entity, byPipefy(id), byMailbox(at))
	}
}

func (b *builder) orgRole(h *human, chief bool) string {
	switch roll := b.rng.IntN(100); {
	case chief:
		return "super_admin"
	case h.guest && roll < 50:
		return "company_guest"
	case h.guest:
		return "external_guest"
	case roll < 5:
		return "admin"
	case roll < 8:
		return "auditor"
	}
	return "normal"
}

// pipes makes the pipes and tables of o. The reader is no member of every fifth pipe, so
// that its credential cannot see them.
func (b *builder) pipes(o pipefy.Organization, inside []int64, reader int64) {
	d := &b.world.Pipefy
	base := 10_000 * (o.ID - firstOrganization + 1)
	for i := range int64(min(max(len(inside)/6, 8), 600)) {
		p := pipefy.Pipe{ID: 302_000_000 + base + i, UUID: b.uuid(), SUID: "p" + strconv.FormatInt(base+i, 36), Name: fmt.Sprintf("%s %d", pick(b, pipeNames), i+1),
			Public: i%17 == 16, OrganizationID: o.ID, Members: b.members(inside, []string{"member", "member", "admin", "creator", "my_cards_only", "read_and_comment"})}
		if i%5 != 4 {
			p.Members = append(p.Members, pipefy.Member{UserID: reader, Role: "admin"})
		}
		d.Pipes = append(d.Pipes, p)
	}
	for i := range int64(min(max(len(inside)/15, 4), 200)) {
		t := pipefy.Table{ID: "Zd" + strconv.FormatInt(base+1_000_000+i, 36), InternalID: 303_000_000 + base + i, UUID: b.uuid(), Name: fmt.Sprintf("%s records %d", pick(b, pipeNames), i+1),
			Authorization: pick(b, []string{"read", "write"}), OrganizationID: o.ID, Members: b.members(inside, []string{"member", "admin"})}
		if i%4 != 3 {
			t.Members = append(t.Members, pipefy.Member{UserID: reader, Role: "admin"})
		}
		d.Tables = append(d.Tables, t)
	}
}

var pipeNames = []string{"Onboarding", "Purchasing", "Vacation", "Support", "Hiring", "Travel", "Reimbursement", "Contracts", "Facturação"}

func (b *builder) members(inside []int64, roles []string) []pipefy.Member {
	var out []pipefy.Member
	for range min(3+b.rng.IntN(20), len(inside)) {
		id := pick(b, inside)
		if !slices.ContainsFunc(out, func(m pipefy.Member) bool { return m.UserID == id }) {
			out = append(out, pipefy.Member{UserID: id, Role: pick(b, roles)})
		}
	}
	return out
}
