package app_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

// A cold start reads each company's list and asks once whose token it has, however many users there are.
func TestColdStartCostsTwentyTokensPerCompany(t *testing.T) {
	for _, people := range []int{100, 10_000} {
		t.Run(strconv.Itoa(people), func(t *testing.T) {
			t.Parallel()
			s := begin(t, setup{sim: sim.Options{World: crowded(people)}})
			usage := s.world.PipedriveServer.Usage()
			companies := s.world.World.Pipedrive.Companies
			for _, c := range companies {
				if got := usage.Tokens[c.ID]; got != 20+2 {
					t.Errorf("%s, %d users: %d tokens, want 20 for the list and 2 for me", c.Name, len(c.Users), got)
				}
			}
			if usage.Requests["listUsers"] != len(companies) || usage.Requests["me"] != len(companies) || len(usage.Refused) > 0 {
				t.Errorf("requests %v, refused %v", usage.Requests, usage.Refused)
			}
			r := s.ask(`{ sources { name budget { spent remaining limit } } people(first: 1) { totalCount } }`)
			if n, _ := dig(r.Data, "people", "totalCount").(float64); int(n) < people {
				t.Errorf("%v people are known of a world of %d", n, people)
			}
			for _, source := range items(r.Data, "sources") {
				for _, c := range companies {
					if text(source, "name") == companySource(c) && dig(source, "budget", "spent") != float64(22) {
						t.Errorf("the ledger says %v, the vendor's meter 22", source)
					}
				}
			}
		})
	}
}

// crowded is the small world with so many users in its first company.
func crowded(users int) *sim.World {
	world := *smallWorld()
	first := *world.Pipedrive.Companies[0]
	template := *first.Users[0]
	first.Users = slices.Clone(first.Users)[:min(users, len(first.Users))]
	for i := len(first.Users); i < users; i++ {
		u := template
		u.ID, u.Name, u.Email = int64(90_000_000+i), fmt.Sprint("Number ", i), fmt.Sprintf("number%d@crowd.example", i)
		first.Users = append(first.Users, &u)
	}
	world.Pipedrive = &pipedrive.State{Companies: append([]*pipedrive.Company{&first}, world.Pipedrive.Companies[1:]...)}
	return &world
}

const pageOfPeople = `query($first: Int, $after: String) { people(first: $first, after: $after, filter: {kinds: [HUMAN, BOT, ORGANIZATION, UNKNOWN]}) {
	totalCount pageInfo { hasNextPage endCursor }
	nodes { id displayName status emails primaryEmail createdAt lastSeenAt links { rule trust }
		pipedriveUsers { companyId isAdmin apps access { app } companies { name } }
		pipefyUsers { organizationRole pipeMemberships(first: 2) { totalCount } }
		pipedreamUsers { accounts(first: 2) { nodes { app health } } }
		grants(first: 3) { totalCount isComplete nodes { level resource { name } } } } } }`

func TestWarmPageMakesNoUpstreamCall(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	before := s.callCount()
	everybody := s.whole(pageOfPeople, []any{"first", 40}, "people")
	if len(everybody) < 150 {
		t.Fatalf("only %d people were shown", len(everybody))
	}
	r := s.ask(pageOfPeople, "first", 50)
	if n := s.callCount() - before; n != 0 {
		t.Errorf("pages of people made %d upstream calls", n)
	}
	for source, cost := range r.Extensions.Manifold.Cost {
		if cost.Calls != 0 || cost.Spent != 0 {
			t.Errorf("%s was charged %+v", source, cost)
		}
	}
}

func TestThousandEqualColdQueriesMakeOneCall(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{sim: sim.Options{Latency: 50 * time.Millisecond}})
	company, user := working(s)
	id := s.userNode(company, user)
	before := s.callCount()
	const askers = 1000
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		answers = map[string]int{}
		spent   int
	)
	gate, open := make(chan struct{}), make(chan struct{}, 200) // no more connections at once than a small machine has
	for range askers {
		wg.Go(func() {
			<-gate
			open <- struct{}{}
			defer func() { <-open }()
			r := s.try(`query($id: ID!) { node(id: $id) { ... on PipedriveUser { permissions { name granted } } } }`, "id", id)
			mu.Lock()
			defer mu.Unlock()
			answers[fmt.Sprint(r.Data, r.Errors)]++
			spent += r.Extensions.Manifold.Cost[companySource(company)].Spent
		})
	}
	close(gate)
	wg.Wait()
	if n := s.callCount() - before; n != 1 {
		t.Errorf("%d equal queries made %d upstream calls", askers, n)
	}
	if len(answers) != 1 {
		t.Errorf("equal queries had %d different answers", len(answers))
	}
	if spent != 10 {
		t.Errorf("the answers together say that %d tokens were spent, want 10", spent)
	}
}

const pageOfPermissions = `{ people(first: 100, filter: {systems: [PIPEDRIVE]}) { nodes { displayName pipedriveUsers { id companyId sourceId permissions { name granted } } } } }`

// usersOn lists the Pipedrive users of a page, and how many of them have their permissions.
func usersOn(r reply) (all, answered int) {
	for _, p := range items(r.Data, "people", "nodes") {
		for _, u := range items(p, "pipedriveUsers") {
			all++
			if dig(u, "permissions") != nil {
				answered++
			}
		}
	}
	return all, answered
}

func TestPageOfPermissionsCallsOncePerUser(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{
		sim:  sim.Options{Burst: 1000},
		edit: func(c *config.Config) { eachPipedrive(c, func(s *config.Source) { s.Budget.Burst = 1000 }) },
	})
	before := s.callCount()
	first := s.ask(pageOfPermissions)
	users, answered := usersOn(first)
	if calls := s.callCount() - before; users < 50 || answered != users || calls != users {
		t.Errorf("%d users, %d answered, %d calls", users, answered, calls)
	}
	before = s.callCount()
	again := s.ask(pageOfPermissions)
	if calls := s.callCount() - before; calls != 0 || fmt.Sprint(again.Data) != fmt.Sprint(first.Data) {
		t.Errorf("the repetition made %d calls", calls)
	}
}

func eachPipedrive(c *config.Config, edit func(*config.Source)) {
	for i := range c.Sources {
		if c.Sources[i].System == config.Pipedrive {
			edit(&c.Sources[i])
		}
	}
}

// At 20 requests per 2 s a page of permissions takes longer than its deadline: it is answered in part, what was
// not sent by then is withdrawn, and nothing that was sent is sent twice.
func TestPageBeyondTheBurstIsAnsweredInPart(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{
		sim:  sim.Options{Burst: 20},
		edit: func(c *config.Config) { c.Limits.OperationTimeout = 3 * time.Second },
	})
	s.world.PipedriveServer.ResetUsage()
	began := time.Now()
	r := s.try(pageOfPermissions)
	took := time.Since(began)
	users, answered := usersOn(r)
	if answered == 0 || answered == users || len(r.Errors) != users-answered {
		t.Errorf("%d of %d users were answered with %d errors", answered, users, len(r.Errors))
	}
	if took > 10*time.Second { // a busy machine adds to the 3 s
		t.Errorf("an answer with a deadline of 3 s took %s", took)
	}
	for _, e := range r.Errors {
		if e.Extensions.Code != "RATE_LIMITED" && e.Extensions.Code != "SOURCE_UNAVAILABLE" || e.Extensions.RetryAfter < 1 ||
			e.Extensions.Source == "" || dig(r.Data, number(e.Path)...) != nil {
			t.Errorf("%s: %+v", e.at(), e)
		}
		parent := e.Path[:len(e.Path)-1]
		if text(dig(r.Data, number(parent)...), "companyId") == "" {
			t.Errorf("%s took its siblings along", e.at())
		}
	}
	// Each answer goes on where the last had to stop.
	s.until("the page is complete", func() bool {
		_, answered := usersOn(s.try(pageOfPermissions))
		return answered == users
	})
	usage := s.world.PipedriveServer.Usage()
	if got := usage.Requests["permissions"]; got != users {
		t.Errorf("%d users took %d calls", users, got)
	}
	if len(usage.Refused) > 0 {
		t.Errorf("the vendor refused %v", usage.Refused)
	}
	for token, peak := range usage.Peak {
		if peak > 20 {
			t.Errorf("%s... made %d requests in 2 s", token[:4], peak)
		}
	}
}

// number makes the numbers of a decoded path fit for dig.
func number(path []any) []any {
	out := make([]any, len(path))
	for i, step := range path {
		out[i] = step
		if n, ok := step.(float64); ok {
			out[i] = int(n)
		}
	}
	return out
}
