package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	sim "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

// TestAWebhookToOneReplicaIsSeenAtAll: the vendor tells one of three replicas that a user was deactivated; all show it,
// for no call.
func TestAWebhookToOneReplicaIsSeenAtAll(t *testing.T) {
	const secret = "a-pretend-secret-of-webhooks"
	f := begin(t, 3, setup{edit: func(s string) string {
		return strings.ReplaceAll(s, "    system: pipedrive\n", "    system: pipedrive\n    webhook: {user: pd, password: "+secret+"}\n")
	}})
	company := f.world.World.Pipedrive.Companies[0]
	i := slices.IndexFunc(company.Users, func(u *sim.User) bool {
		return u.Active && !u.Deleted && !u.Invited && !slices.ContainsFunc(company.Tokens, func(t sim.Token) bool { return t.UserID == u.ID })
	})
	if i < 0 {
		t.Fatal("nobody in this company can be deactivated")
	}
	source := fmt.Sprintf("pipedrive-%d", company.ID)
	query := fmt.Sprintf(`{ person(by: {pipedriveUser: {source: %q, userId: "%d"}}) { pipedriveUsers { sourceId activeFlag } } }`, source, company.Users[i].ID)
	active := func(r *replica) bool {
		users, _ := dig(r.must(query).Data, "person", "pipedriveUsers").([]any)
		for _, u := range users {
			if dig(u, "sourceId") == fmt.Sprint(company.Users[i].ID) {
				return dig(u, "activeFlag") == true
			}
		}
		t.Fatal("the user is not known")
		return false
	}
	for _, r := range f.replicas {
		if !active(r) {
			t.Fatal("the user is inactive already")
		}
	}
	f.world.PipedriveServer.Subscribe(company.ID, sim.Subscription{ID: 9001, URL: f.replicas[1].url + "/webhooks/pipedrive/" + source, User: "pd", Password: secret})
	before := f.calls()
	f.world.PipedriveServer.Edit(company.ID, company.Users[i].ID, func(u *sim.User) { u.Active = false })
	for n, r := range f.replicas {
		f.until(fmt.Sprintf("replica %d shows the user inactive", n), func() bool { return !active(r) })
	}
	if n := f.calls() - before; n != 0 {
		t.Errorf("what the vendor told for nothing cost %d calls", n)
	}
}
