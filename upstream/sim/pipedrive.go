package sim

import (
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

const (
	acmeID     = 7001
	borealisID = 7002
)

// The permission sets that access entries name; they are alike in both companies.
const (
	setGlobal   = "5b1f0c3e-0000-4000-8000-000000000001"
	setDeals    = "5b1f0c3e-0000-4000-8000-000000000002"
	setDealsAll = "5b1f0c3e-0000-4000-8000-000000000003"
	setOther    = "5b1f0c3e-0000-4000-8000-000000000004"
)

var roles = []pipedrive.Role{
	{ID: 1, Name: "Management", Active: true, Settings: map[string]int{
		"deal_default_visibility": 3, "lead_default_visibility": 3, "org_default_visibility": 3, "person_default_visibility": 3,
		"product_default_visibility": 3, "deal_access_level": 1, "org_access_level": 1, "person_access_level": 1, "product_access_level": 1}},
	{ID: 2, ParentID: 1, Name: "Sales", Active: true, More: []int64{4}, Settings: map[string]int{"deal_default_visibility": 1, "person_default_visibility": 1}},
	{ID: 3, ParentID: 1, Name: "Support", Active: true, Settings: map[string]int{"person_default_visibility": 3}},
	{ID: 4, ParentID: 2, Name: "Key accounts", Active: true, Settings: map[string]int{"deal_default_visibility": 7}},
	{ID: 5, ParentID: 2, Name: "Trainees", Active: false},
}

var permissionSets = []pipedrive.PermissionSet{
	{ID: setGlobal}, {ID: setOther},
	{ID: setDeals, Permissions: permissions(false)},
	{ID: setDealsAll, Permissions: permissions(true)},
}

// permissions are the names that live accounts show; everybody may do some things.
func permissions(all bool) map[string]bool {
	return map[string]bool{
		"can_use_api": true, "can_add_deals": true, "can_follow_other_users": true, "can_share_filters": true, "can_see_other_users": true,
		"can_add_custom_fields": all, "can_delete_deals": all, "can_delete_activities": all, "can_merge_people": all, "can_merge_organizations": all,
		"can_export_data_from_lists": all, "can_edit_other_users_products": all, "can_bulk_edit_items": all, "can_see_company_wide_statistics": all,
		"can_see_security_dashboard": all, "can_use_import": all,
	}
}

// companies writes down whom Pipedrive knows.
func (b *builder) companies() {
	one := &pipedrive.Company{ID: acmeID, Name: "Acme", Domain: "acme", Country: "EE", Industry: "Software", Roles: roles, PermissionSets: permissionSets}
	two := &pipedrive.Company{ID: borealisID, Name: "Borealis", Domain: "borealis", Country: "NO", Roles: roles, PermissionSets: permissionSets}
	for _, h := range b.humans {
		if h.inAcme {
			b.seat(one, h, acme)
		}
		if h.inBorealis {
			b.seat(two, h, borealis)
		}
	}
	for i, c := range []*pipedrive.Company{one, two} {
		b.robots(c, i)
		b.follow(c)
		b.world.Credentials.Pipedrive = append(b.world.Credentials.Pipedrive, tokens(c))
	}
	b.world.Pipedrive = &pipedrive.State{Companies: []*pipedrive.Company{one, two}}
}

// seat makes h a user of c.
func (b *builder) seat(c *pipedrive.Company, h *human, domain string) {
	at := h.driveAddress
	if h.second.text != "" {
		if _, d := h.second.parts(); d == domain {
			at = h.second
		}
	}
	u := b.user(h.driveID, h.display(), at.text)
	u.HasCreatedCompany = h.entity == 0
	u.Access = b.access(h.entity == 0)
	b.stand(u, h)
	proofs := []proof{byPipedrive(strconv.FormatInt(u.ID, 10))}
	if !u.Deleted {
		proofs = append(proofs, byMailbox(at))
	}
	b.record(b.drive(c, u.ID), h.entity, proofs...)
	c.Users = append(c.Users, u)
}

func (b *builder) drive(c *pipedrive.Company, user int64) person.Key {
	return person.Key{System: person.Pipedrive, Account: strconv.FormatInt(c.ID, 10), ID: strconv.FormatInt(user, 10)}
}

// user is a user as most are.
func (b *builder) user(id int64, name, email string) *pipedrive.User {
	zone := pick(b, []string{"Europe/Tallinn", "Europe/Oslo", "America/Sao_Paulo", "Etc/UTC", "Asia/Tokyo"})
	u := &pipedrive.User{
		ID: id, Name: name, Email: email, Active: true, Lang: 1 + b.rng.IntN(20),
		Locale: pick(b, []string{"en_US", "et_EE", "pt_BR", "nb_NO", "ja_JP"}), TimezoneName: zone,
		TimezoneOffset:  pick(b, []string{"+00:00", "+02:00", "+03:00", "-03:00"}), // live records are as unreliable
		DefaultCurrency: pick(b, []string{"EUR", "USD", "NOK"}), RoleID: 2 + b.rng.Int64N(4), Created: b.past(1500),
	}
	if b.chance(50) {
		u.Phone = "+372555" + strconv.Itoa(10_000+b.rng.IntN(90_000))
	}
	if b.chance(30) {
		u.IconURL = "https://cdn.example/icons/" + strconv.FormatInt(id, 10) + ".png"
	}
	if b.chance(90) {
		u.LastLogin = epoch.Add(-time.Duration(b.rng.IntN(90*86_400)) * time.Second)
		u.Modified = u.LastLogin
	}
	return u
}

// stand gives u the standing of h. The same human may be erased in one company alone.
func (b *builder) stand(u *pipedrive.User, h *human) {
	switch h.standing {
	case deactivated:
		u.Active = false
	case erased:
		u.Active, u.Deleted = false, !h.inAcme || !h.inBorealis || b.chance(50)
	case invited:
		u.Invited, u.LastLogin, u.Modified = true, time.Time{}, time.Time{}
	}
}

func (b *builder) access(chief bool) []pipedrive.Access {
	if chief || b.chance(4) {
		a := []pipedrive.Access{{App: "global", Admin: true, PermissionSetID: setGlobal}, {App: "sales", Admin: true, PermissionSetID: setDealsAll}}
		if chief || b.chance(50) {
			a = append(a, pipedrive.Access{App: "account_settings", Admin: true, PermissionSetID: setOther})
		}
		return a
	}
	var a []pipedrive.Access
	if b.chance(94) {
		a = append(a, pipedrive.Access{App: "sales", PermissionSetID: setDeals})
	}
	for _, app := range []string{"projects", "campaigns", "nova"} { // an open set: nova is new
		if b.chance(15) {
			a = append(a, pipedrive.Access{App: app, PermissionSetID: setOther})
		}
	}
	return a
}

// robots gives c the users that are software.
func (b *builder) robots(c *pipedrive.Company, n int) {
	for i, name := range []string{"Zapier sync", "Import bot"} {
		id := int64(20_400_000 + 10*n + i)
		at := "automation" + strconv.Itoa(10*n+i) + "@" + c.Domain + ".example"
		u := b.user(id, name, at)
		u.Access = []pipedrive.Access{{App: "sales", PermissionSetID: setDeals}}
		b.record(b.drive(c, id), b.entity(person.KindBot), byPipedrive(strconv.FormatInt(id, 10)))
		c.Users = append(c.Users, u)
	}
}

// follow lets users follow each other; the first is followed by enough to need pages.
func (b *builder) follow(c *pipedrive.Company) {
	for i, u := range c.Users {
		n := b.rng.IntN(4)
		if i == 0 {
			n = 130
		}
		n = min(n, len(c.Users)-1)
		for k := range n {
			other := c.Users[(i+1+k)%len(c.Users)]
			u.Followers = append(u.Followers, pipedrive.Follower{UserID: other.ID, Added: b.past(400)})
		}
	}
}

// tokens are c's credentials: of its first user, who administers it, and of one without rights.
func tokens(c *pipedrive.Company) PipedriveCredentials {
	cred := PipedriveCredentials{CompanyID: c.ID, Token: "sim-pipedrive-" + c.Domain, OAuthToken: "v1u:sim-" + c.Domain}
	admin := c.Users[0]
	c.Tokens = []pipedrive.Token{{Value: cred.Token, UserID: admin.ID}, {Value: cred.OAuthToken, UserID: admin.ID, OAuth: true, Scopes: []string{"base", "users:read"}}}
	for _, u := range c.Users {
		admin := len(u.Access) > 0 && u.Access[0].App == "global"
		if u.Active && !u.Invited && !admin {
			cred.PlainToken = "sim-pipedrive-plain-" + c.Domain
			c.Tokens = append(c.Tokens, pipedrive.Token{Value: cred.PlainToken, UserID: u.ID})
			break
		}
	}
	return cred
}
