package app_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
	sim "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

// plenty is a budget that nothing has to be spread over.
const plenty = 100_000_000

const hookSecret = "a-pretend-secret-of-webhooks"

// listening lets every source receive webhooks, read anew as often as every says, if it says.
func listening(every time.Duration) setup {
	return setup{edit: func(cfg *config.Config) {
		for i := range cfg.Sources {
			s := &cfg.Sources[i]
			s.Webhook = config.Webhook{Secret: hookSecret}
			if s.System == config.Pipedrive {
				s.Webhook = config.Webhook{User: "pd", Password: hookSecret}
			}
			if every > 0 {
				s.RefreshEvery, s.Budget.Tokens = every, plenty
			}
		}
	}}
}

// subscribe has a company tell of its users, and gives one of them with their node: one whose token reads nothing.
func (s *stage) subscribe() (c *sim.Company, u *sim.User, node string) {
	s.t.Helper()
	c = s.world.World.Pipedrive.Companies[0]
	i := slices.IndexFunc(c.Users, func(u *sim.User) bool {
		return u.Active && !u.Deleted && !u.Invited && !slices.ContainsFunc(c.Tokens, func(t sim.Token) bool { return t.UserID == u.ID })
	})
	if i < 0 {
		s.t.Fatal("nobody in this company can be deactivated")
	}
	u = c.Users[i]
	s.world.PipedriveServer.Subscribe(c.ID, sim.Subscription{ID: 9001, URL: s.url + "/webhooks/pipedrive/" + companySource(c), User: "pd", Password: hookSecret})
	return c, u, s.userNode(c, u)
}

func (s *stage) isActive(node string) bool {
	return dig(s.ask(`query($id: ID!) { node(id: $id) { ... on PipedriveUser { isActive activeFlag } } }`, "id", node).Data, "node", "isActive") == true
}

func TestAWebhookShowsADeactivatedUserForNothing(t *testing.T) {
	t.Parallel()
	s := begin(t, listening(0))
	c, u, node := s.subscribe()
	if !s.isActive(node) {
		t.Fatal("the user is inactive already")
	}
	if err := s.world.Pipedrive.Chaos.Add(chaos.Fault{Name: "twice", Kind: chaos.Twice, Count: 1}); err != nil {
		t.Fatal(err)
	}
	s.world.Pipedrive.Chaos.MustFire(t)
	before := s.callCount()
	tokens := s.world.PipedriveServer.Usage().Tokens[c.ID]
	s.world.PipedriveServer.Edit(c.ID, u.ID, func(u *sim.User) { u.Active = false })
	s.until("the user is shown inactive", func() bool { return !s.isActive(node) })
	s.until("the same was told twice", func() bool { return len(s.world.Deliveries.List()) == 2 })
	for _, receipt := range s.world.Deliveries.List() {
		if receipt.Status != http.StatusNoContent || receipt.Attempt != 1 {
			t.Errorf("a delivery was answered %+v", receipt)
		}
	}
	if n := s.callCount() - before; n != 0 {
		t.Errorf("two deliveries cost %d calls", n)
	}

	// What no payload tells is read: one user, and by now nothing else can be on its way.
	s.world.PipedriveServer.Edit(c.ID, u.ID, func(u *sim.User) { u.RoleID++ })
	role := fmt.Sprint(u.RoleID + 1)
	s.until("the new role is shown", func() bool {
		return text(s.ask(`query($id: ID!) { node(id: $id) { ... on PipedriveUser { roleId } } }`, "id", node).Data, "node", "roleId") == role
	})
	if spent := s.world.PipedriveServer.Usage().Tokens[c.ID] - tokens; spent != 2 {
		t.Errorf("three deliveries, of which one told nothing, cost %d tokens; one user is 2", spent)
	}
	if s.isActive(node) {
		t.Error("the reading has undone what was told")
	}
}

func TestALostWebhookCostsAgeAlone(t *testing.T) {
	t.Parallel()
	o := listening(200 * time.Millisecond)
	o.sim.Budget = plenty // or pacing stretches the rhythm
	s := begin(t, o)
	c, u, node := s.subscribe()
	if err := s.world.Pipedrive.Chaos.Add(chaos.Fault{Name: "lost", Kind: chaos.Lost}); err != nil {
		t.Fatal(err)
	}
	s.world.Pipedrive.Chaos.MustFire(t)
	s.world.PipedriveServer.Edit(c.ID, u.ID, func(u *sim.User) { u.Active = false })
	s.until("the next reading shows the user inactive", func() bool { return !s.isActive(node) })
	if n := len(s.world.Deliveries.List()); n != 0 {
		t.Errorf("%d deliveries came, and all were to be lost", n)
	}
}

func TestWebhooksOutOfOrderEndInTheTruth(t *testing.T) {
	t.Parallel()
	ahead := time.Now().Add(time.Hour) // a clock that runs ahead, and stands
	o := listening(0)
	o.sim.Now = func() time.Time { return ahead }
	s := begin(t, o)
	c, u, node := s.subscribe()
	if err := s.world.Pipedrive.Chaos.Add(chaos.Fault{Name: "late", Kind: chaos.Late, Count: 1}); err != nil {
		t.Fatal(err)
	}
	s.world.Pipedrive.Chaos.MustFire(t)
	tokens := s.world.PipedriveServer.Usage().Tokens[c.ID]
	// Both happen within one second of the vendor's clock, and the first comes last: only a reading can tell.
	for _, active := range []bool{false, true} {
		s.world.PipedriveServer.Edit(c.ID, u.ID, func(u *sim.User) { u.Active = active })
	}
	s.until("both came", func() bool { return len(s.world.Deliveries.List()) == 2 })
	s.until("the user was read, and is shown active", func() bool {
		return s.world.PipedriveServer.Usage().Tokens[c.ID] == tokens+2 && s.isActive(node)
	})
}

func TestAWebhookRemovesAPipefyMemberForNothing(t *testing.T) {
	t.Parallel()
	s := begin(t, listening(0))
	credential := s.world.World.Credentials.Pipefy[0]
	source := fmt.Sprint("pipefy-", credential.OrganizationID)
	var member pipefy.User
	err := s.world.PipefyState.Update(func(d *pipefy.Data) {
		for i := range d.Organizations {
			o := &d.Organizations[i]
			if fmt.Sprint(o.ID) != fmt.Sprint(credential.OrganizationID) {
				continue
			}
			o.Webhooks = append(o.Webhooks, pipefy.Webhook{ID: 77, URL: s.url + "/webhooks/pipefy/" + source,
				Actions: []string{"user.removal_from_org"}, Headers: map[string]any{"X-Webhook-Secret": hookSecret}})
			last := slices.IndexFunc(o.Members, func(m pipefy.Member) bool { return m.Role == "normal" })
			member = d.Users[slices.IndexFunc(d.Users, func(u pipefy.User) bool { return u.ID == o.Members[last].UserID })]
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	id := strconv.FormatInt(member.ID, 10)
	if s.identities(source)[id] == nil {
		t.Fatal("the member is not there")
	}
	before := s.callCount()
	body := fmt.Sprintf(`{"query":"mutation { removeUserFromOrg(input: {organization_id: %d, email: %q}) { success } }"}`, credential.OrganizationID, member.Email)
	body = strings.ReplaceAll(strings.ReplaceAll(body, `"`+member.Email+`"`, `\"`+member.Email+`\"`), "\n", "")
	r, err := http.NewRequest("POST", s.world.Pipefy.URL+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+credential.PersonalToken)
	r.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(answer), `"success":true`) {
		t.Fatalf("not removed: %s", answer)
	}
	s.until("the member is gone", func() bool { return s.identities(source)[id] == nil })
	if n := s.callCount() - before - 1; n != 0 {
		t.Errorf("it cost %d calls", n)
	}
}

func TestAWebhookHasAPipedreamUserReadAgain(t *testing.T) {
	t.Parallel()
	s := begin(t, listening(0))
	project := s.world.World.Pipedream.Projects[0]
	user := project.Production.Users[0]
	account := pipedream.Account{ID: "apn_brandNew", ExternalID: user.ExternalID, Healthy: true, App: project.Production.Accounts[0].App,
		CreatedAt: time.Now(), UpdatedAt: time.Now()}
	path := "/webhooks/pipedream/pipedream-production/"
	before := s.callCount()
	if err := s.world.PipedreamServer.Connect(project.ID, "production", account, s.url+path+hookSecret, nil); err != nil {
		t.Fatal(err)
	}
	s.until("the new account is shown", func() bool {
		r := s.ask(`query($id: String!) { person(by: {pipedreamUser: {externalUserId: $id}}) { pipedreamUsers { accounts(first: 100) { nodes { accountId } } } } }`, "id", user.ExternalID)
		return strings.Contains(fmt.Sprint(r.Data), account.ID)
	})
	if n := s.callCount() - before; n < 1 || n > 2 {
		t.Errorf("one external user took %d calls", n)
	}
	if logged, replied := s.log.all(); strings.Contains(logged, hookSecret) || strings.Contains(replied, hookSecret) || strings.Contains(logged, path) {
		t.Error("the secret, or the path before it, is in the log")
	}
}
