package app_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/redistest"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

// The time limit of an operation, and a client that hangs up, reach the upstream call: what waits for a slot is never
// sent and costs nothing; what was sent is one call, and its answer is kept.
func TestATimeLimitReachesTheUpstreamCall(t *testing.T) {
	for name, edit := range map[string]func(*testing.T, *config.Config){
		"in memory":     func(*testing.T, *config.Config) {},
		"through Redis": func(t *testing.T, c *config.Config) { c.Redis.Addresses = []string{redistest.Start(t).Addr()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, setup{sim: sim.Options{Burst: 1000}, edit: func(c *config.Config) {
				edit(t, c)
				c.Limits.OperationTimeout = time.Second
				eachPipedrive(c, func(s *config.Source) { s.Budget.Burst = 2 })
			}})
			company, _ := working(s)
			users := slices.DeleteFunc(slices.Clone(company.Users), func(u *pipedrive.User) bool { return !u.Active || u.Deleted || u.Invited })
			const query = `query($id: ID!) { node(id: $id) { ... on PipedriveUser { displayName permissions { name } } } }`
			// spent is what the ledger has charged for permissions; what replicas hold in escrow is not in it.
			spent := func() (tokens float64) {
				for _, source := range items(s.try(`{ sources { name budget { spentBy(by: [FIELD]) { field tokens } } } }`).Data, "sources") {
					for _, row := range items(source, "budget", "spentBy") {
						if n, _ := dig(row, "tokens").(float64); text(source, "name") == companySource(company) && text(row, "field") == "PipedriveUser.permissions" {
							tokens += n
						}
					}
				}
				return tokens
			}
			calls := func() (n int) {
				for operation, k := range s.world.PipedriveServer.Usage().Requests {
					if strings.Contains(strings.ToLower(operation), "permission") {
						n += k
					}
				}
				return n
			}
			for _, name := range []string{"first", "second"} {
				if err := s.world.Pipedrive.Chaos.Add(chaos.Fault{Name: name, Kind: chaos.Slow, Match: chaos.Match{Pattern: "/permissions$"}, Count: 1, Delay: chaos.Duration(8 * time.Second)}); err != nil {
					t.Fatal(err)
				}
			}
			partial := func(u *pipedrive.User) {
				t.Helper()
				r := s.try(query, "id", s.userNode(company, u))
				if text(r.Data, "node", "displayName") != u.Name || dig(r.Data, "node", "permissions") != nil {
					t.Errorf("%s", r.raw)
				}
				code := ""
				if len(r.Errors) == 1 {
					code = r.Errors[0].Extensions.Code
				}
				if code != "SOURCE_UNAVAILABLE" && code != "RATE_LIMITED" || r.Errors[0].at() != "node.permissions" || r.Errors[0].Extensions.RetryAfter < 1 {
					t.Errorf("%s", r.raw)
				}
			}
			// Two are sent, take the burst, and are not answered in time.
			sent := make(chan struct{})
			for _, u := range users[:2] {
				go func() {
					for len(s.world.Pipedrive.Chaos.Unfired()) > 0 { // the first readings have the slots until they come free
						partial(u)
					}
					sent <- struct{}{}
				}()
			}
			<-sent
			<-sent
			// One waits for a slot until its time is over, another until its client hangs up.
			partial(users[2])
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			body := `{"query":"query($id: ID!) { node(id: $id) { ... on PipedriveUser { permissions { name } } } }","variables":{"id":"` + s.userNode(company, users[3]) + `"}}`
			r, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/graphql", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			if answer, err := http.DefaultClient.Do(r); err == nil {
				_ = answer.Body.Close()
				t.Error("answered before its client hung up")
			}
			// Slots are given in the order of asking: once this one is answered, the two before it are not in the queue.
			s.until("the queue is through", func() bool { return len(s.try(query, "id", s.userNode(company, users[4])).Errors) == 0 })
			for _, u := range users[:2] {
				if r := s.ask(query, "id", s.userNode(company, u)); r.Extensions.Manifold.Cost[companySource(company)].Calls != 0 {
					t.Errorf("what was paid for was not kept: %s", r.raw)
				}
			}
			if n, cost := calls(), spent(); n != 3 || cost != 30 {
				t.Errorf("%d calls, %v tokens; three of 10 were sent", n, cost)
			}
		})
	}
}
