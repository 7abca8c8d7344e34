package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

// leaver is an ordinary person of all three systems: one whose links a human has confirmed, or one behind a link that
// nobody has verified.
func (s *stage) leaver(trusted bool) directory.Person {
	s.t.Helper()
	v := s.app.Current().View(access.Principal{})
	page, err := v.People(directory.PeopleQuery{Window: directory.Window{First: 10_000}})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range page.Nodes() {
		fits := slices.ContainsFunc(p.Links(), func(l directory.Link) bool { return l.Evidence().Trust == link.Claimed })
		for _, system := range person.Systems {
			in := p.IdentitiesIn(system)
			fits = fits && len(in) > 0 && (system == person.Pipedream || !slices.ContainsFunc(in, func(i directory.Identity) bool { return !ordinary(i) }))
		}
		switch {
		case fits && !trusted:
			return p
		case fits:
			var ids []string
			for _, i := range p.Identities() {
				ids = append(ids, s.app.IDOf(i.Key()))
			}
			s.actWith(`userErrors { code message }`, "linkIdentities", "identityIds", ids)
			known, ok := s.app.Current().View(access.Principal{}).Person(p.ID())
			if !ok {
				s.t.Fatal("a confirmed person is gone")
			}
			return known
		}
	}
	s.t.Fatal("nobody is in all three systems")
	return directory.Person{}
}

// there tells whether an identity still has access at its vendor.
func (s *stage) there(i directory.Identity) bool {
	k := i.Key()
	switch k.System {
	case person.Pipedrive:
		active, _ := s.simUser(k)
		return active
	case person.Pipefy:
		_, in := s.world.PipefyState.OrganizationRole(numeric(k.Account), numeric(k.ID))
		return in
	}
	u := i.Raw().Pipedream
	_, in := s.world.PipedreamState.User(u.ProjectID, u.Environment, u.ExternalUserID)
	return in
}

func TestOffboardPerson(t *testing.T) {
	s := begin(t, acting())
	p := s.leaver(true)
	id := s.app.IDOfPerson(p.ID())
	if r := s.act("offboardPerson", "personIds", []string{id}); text(r, "userErrors", 0, "field", 1) != "planToken" {
		t.Fatalf("offboarded without a plan: %v", r)
	}
	plan, token := s.preview("offboardPerson", "personIds", []string{id})
	if n := len(items(plan, "steps")); n != len(p.Identities()) || len(items(plan, "crossedLinks")) == 0 || len(items(plan, "costs")) < 3 {
		t.Errorf("%d steps for %d accounts: %v", n, len(p.Identities()), plan)
	}
	a := s.ended("DONE", s.act("offboardPerson", "personIds", []string{id}, "planToken", token, "idempotencyKey", "leaver-1"))
	if text(a, "state") != "SUCCEEDED" || text(a, "reason") != "a test says so" {
		t.Errorf("the report: %v", a)
	}
	for _, i := range p.Identities() {
		if s.there(i) {
			t.Errorf("%v has access still", i.Key().System)
		}
	}
	if again := s.act("offboardPerson", "personIds", []string{id}, "planToken", token, "idempotencyKey", "leaver-1"); text(again, "action", "id") != text(a, "id") {
		t.Errorf("the same key did something else: %v", again)
	}
	r := s.ask(`query($p: ID!) { actions(first: 5, filter: {personIds: [$p]}) { nodes { id state } } }`, "p", id)
	if len(items(r.Data, "actions", "nodes")) != 1 {
		t.Errorf("not listed under the person: %v", r.Data)
	}
}

// A plan is for what it showed: what has changed since is a CONFLICT, and nothing is done.
func TestAChangedPlanIsNotCarriedOut(t *testing.T) {
	s := begin(t, acting())
	i, id := s.someone(person.Pipedream, func(i directory.Identity) bool { return len(i.Raw().Pipedream.Accounts) > 1 })
	_, token := s.preview("deletePipedreamUser", "userId", id)
	s.done("DONE", "deletePipedreamAccount", "userId", id, "accountId", i.Raw().Pipedream.Accounts[0].ID)
	p := s.act("deletePipedreamUser", "userId", id, "planToken", token)
	if text(p, "userErrors", 0, "code") != "CONFLICT" || !s.there(i) {
		t.Errorf("a plan that had changed: %v, still there %v", p, s.there(i))
	}
	if p := s.act("deletePipedreamUser", "userId", id, "planToken", token+"x"); text(p, "userErrors", 0, "code") != "INVALID" {
		t.Errorf("a forged token: %v", p)
	}
}

// What lies behind a link that nobody has verified is left alone, and named.
func TestActsCrossTrustedLinksAlone(t *testing.T) {
	s := begin(t, acting())
	p := s.leaver(false)
	id := s.app.IDOfPerson(p.ID())
	plan, token := s.preview("offboardPerson", "personIds", []string{id})
	if len(items(plan, "untrustedLinks")) == 0 {
		t.Errorf("the plan does not name the link that it does not cross: %v", plan)
	}
	a := s.await(text(s.act("offboardPerson", "personIds", []string{id}, "planToken", token), "action", "id"))
	states := map[string]string{}
	for _, step := range items(a, "steps") {
		states[text(step, "identityId")] = text(step, "state")
		if text(step, "state") == "SKIPPED" && (text(step, "code") != "UNTRUSTED_LINK" || text(step, "message") == "") {
			t.Errorf("left out without a reason: %v", step)
		}
	}
	skipped := 0
	for _, i := range p.Identities() {
		left := states[s.app.IDOf(i.Key())] == "SKIPPED"
		if left {
			skipped++
		}
		if left != s.there(i) {
			t.Errorf("%v: left out %v, has access %v", i.Key().System, left, s.there(i))
		}
	}
	if skipped == 0 {
		t.Error("nothing was left out")
	}
}

func TestGuardsRefuseWhatIsRarelyMeant(t *testing.T) {
	s := begin(t, acting())
	owner, id := s.someone(person.Pipedrive, func(i directory.Identity) bool { return i.Source().State().CredentialOwner == i.Key() })
	p := s.act("setPipedriveUserActive", "userId", id, "active", false)
	if codes := items(p, "userErrors"); !slices.ContainsFunc(codes, func(e any) bool { return text(e, "code") == "CREDENTIAL_OWNER" }) || !s.there(owner) {
		t.Fatalf("the owner of the credential: %v", p)
	}
	// All administrators of a company at once leave nobody.
	v := s.app.Current().View(access.Principal{})
	var admins []string
	page, _ := v.Identities(owner.Source(), directory.Window{First: 10_000})
	for _, i := range page.Nodes() {
		if i.Raw().Pipedrive.IsAdmin() && i.IsActive() {
			if id := s.app.IDOfPerson(i.Person().ID()); !slices.Contains(admins, id) {
				admins = append(admins, id)
			}
		}
	}
	p = s.actWith(planFields+actionFields, "offboardPerson", "personIds", admins, "dryRun", true)
	found := false
	for _, e := range items(p, "userErrors") {
		found = found || text(e, "code") == "LAST_ADMIN"
	}
	if !found || dig(p, "planToken") != nil {
		t.Errorf("every administrator at once: %v", items(p, "userErrors"))
	}
	s.ended("DONE", s.act("setPipedriveUserActive", "userId", id, "active", false, "force", true))
	if s.there(owner) {
		t.Error("forced, and nothing was done")
	}
}

// One vendor that is down holds up its own steps alone; when it is back, the act goes on by itself.
func TestOffboardGoesOnWhileAVendorIsDown(t *testing.T) {
	s := begin(t, acting())
	p := s.leaver(true)
	id := s.app.IDOfPerson(p.ID())
	_, token := s.preview("offboardPerson", "personIds", []string{id})
	if err := s.world.Pipefy.Chaos.Add(chaos.Fault{Name: "down", Kind: chaos.Status503}); err != nil {
		t.Fatal(err)
	}
	r := s.act("offboardPerson", "personIds", []string{id}, "planToken", token)
	for _, i := range p.Identities() {
		if i.Key().System != person.Pipefy {
			s.until("the other vendors are done", func() bool { return !s.there(i) })
		}
	}
	var waiting map[string]any
	s.until("the report says what it waits for", func() bool {
		now := s.ask(`query($id: ID!) { node(id: $id) { ... on Action { state `+stepFields+` } } }`, "id", text(r, "action", "id"))
		for _, step := range items(now.Data, "node", "steps") {
			if text(step, "kind") == "REMOVE_FROM_ORGANIZATION" && text(step, "message") != "" {
				waiting, _ = step.(map[string]any)
			}
		}
		return waiting != nil && text(now.Data, "node", "state") == "RUNNING"
	})
	if text(waiting, "state") != "PENDING" || text(waiting, "code") != "SOURCE_UNAVAILABLE" {
		t.Errorf("what waits: %v", waiting)
	}
	s.world.Pipefy.Chaos.Remove("down")
	s.ended("DONE", map[string]any{"action": dig(r, "action")})
	for _, i := range p.Identities() {
		if s.there(i) {
			t.Errorf("%v has access still", i.Key().System)
		}
	}
}

func TestCancelAction(t *testing.T) {
	s := begin(t, acting())
	p := s.leaver(true)
	id := s.app.IDOfPerson(p.ID())
	at := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	_, token := s.preview("offboardPerson", "personIds", []string{id}, "at", at)
	r := s.act("offboardPerson", "personIds", []string{id}, "at", at, "planToken", token)
	if text(r, "action", "state") != "SCHEDULED" {
		t.Fatalf("planned for later: %v", r)
	}
	c := s.act("cancelAction", "actionId", text(r, "action", "id"))
	if text(c, "action", "state") != "CANCELLED" {
		t.Errorf("cancelled: %v", c)
	}
	for _, i := range p.Identities() {
		if !s.there(i) {
			t.Errorf("%v was done all the same", i.Key().System)
		}
	}
	_, token = s.preview("offboardPerson", "personIds", []string{id})
	a := s.ended("DONE", s.act("offboardPerson", "personIds", []string{id}, "planToken", token))
	if c := s.act("cancelAction", "actionId", text(a, "id")); text(c, "userErrors", 0, "code") != "CONFLICT" {
		t.Errorf("nothing is left to stop: %v", c)
	}
}

func TestFindingsTellWhoCameBack(t *testing.T) {
	s := begin(t, acting())
	p := s.leaver(true)
	_, token := s.preview("offboardPerson", "personIds", []string{s.app.IDOfPerson(p.ID())})
	s.ended("DONE", s.act("offboardPerson", "personIds", []string{s.app.IDOfPerson(p.ID())}, "planToken", token))
	user := s.app.IDOf(p.IdentitiesIn(person.Pipedrive)[0].Key())
	s.ended("DONE", s.act("setPipedriveUserActive", "userId", user, "active", true))
	var found []any
	s.until("it is found", func() bool {
		found = items(s.ask(`{ findings(first: 10) { nodes { kind identityId identity { id } action { id } } } }`).Data, "findings", "nodes")
		return len(found) > 0
	})
	if len(found) != 1 || text(found[0], "kind") != "CAME_BACK" || text(found[0], "identityId") != user {
		t.Errorf("found %v", found)
	}
}
