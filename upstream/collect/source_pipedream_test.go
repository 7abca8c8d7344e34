package collect_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// project serves external users, each with two accounts, a hundred records a page.
type project struct {
	users int
	// spoil may answer the nth call, from 1; nil: it does not.
	spoil func(n int) *http.Response

	mu   sync.Mutex
	seen []string
}

func (p *project) RoundTrip(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := strings.TrimPrefix(req.URL.Path, "/v1/connect/proj_abc")
	p.seen = append(p.seen, path+" "+req.URL.Query().Get("after"))
	if p.spoil != nil {
		if r := p.spoil(len(p.seen)); r != nil {
			return r, nil
		}
	}
	total, record := p.users, func(i int) string { return fmt.Sprintf(`{"id":"exu_%d","external_id":"user-%d"}`, i, i) }
	account := func(i int) string { return fmt.Sprintf(`{"id":"apn_%d","external_id":"user-%d"}`, i, i/2) }
	switch {
	case path == "/accounts" && req.URL.Query().Has("external_user_id"):
		return respond(200, `{"data":[`+account(2)+`,`+account(3)+`],"page_info":{"total_count":2}}`, nil), nil
	case path == "/accounts":
		total, record = 2*p.users, account
	case path == "/users/user-1/accounts":
		return respond(200, `[`+account(2)+`,`+account(3)+`]`, nil), nil
	case path == "/users/crowded/accounts":
		return respond(413, `{"error":"account_limit_reached"}`, nil), nil
	case path == "/users/nobody/accounts":
		return respond(200, `[]`, nil), nil
	case path == "/users/gone/accounts":
		return respond(404, `{}`, nil), nil
	}
	from, _ := strconv.Atoi(req.URL.Query().Get("after"))
	to := min(from+100, total)
	var items []string
	for i := from; i < to; i++ {
		items = append(items, record(i))
	}
	next := "null"
	if to < total {
		next = fmt.Sprintf(`"%d"`, to)
	}
	return respond(200, fmt.Sprintf(`{"data":[%s],"page_info":{"total_count":%d,"end_cursor":%s}}`, strings.Join(items, ","), total, next), nil), nil
}

func (p *project) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.seen)
}

// dreamer reads p, at most so many calls every five minutes.
func dreamer(t *testing.T, p *project, refresh int) (*collect.Pipedream, *collect.Gate) {
	t.Helper()
	costs := collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), map[person.SourceID]collect.Charge{
		"apps": {System: person.Pipedream, Limits: budget.Limits{Account: "proj", Credential: "proj", Tokens: 2000, Window: 5 * time.Minute, RefreshTokens: refresh}},
	}, collect.CostOptions{})
	client, err := pipedream.New("apps", "https://pd.example", pipedream.Project{ID: "proj_abc", Environment: "production"}, wire.BearerToken("t"),
		pipedream.Options{Transport: p, Rand: func() float64 { return 0 }, Limits: wire.Limits{MaxRetries: -1}})
	if err != nil {
		t.Fatal(err)
	}
	gate := costs.Gate(budget.Attribution{})
	return collect.NewPipedream("apps", client.As(wire.Refresh, gate)), gate
}

// until reads again and again, a minute apart, and tells how often that took.
func until(t *testing.T, r collect.Reader, timeout time.Duration) (reading collect.Reading, reads int) {
	t.Helper()
	for reads = 1; reads < 200; reads++ {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		got, err := r.Read(ctx)
		cancel()
		if err == nil {
			return got, reads
		}
		time.Sleep(max(time.Minute, fault.From(err).RetryAfter))
	}
	t.Fatal("it is never read whole")
	return reading, reads
}

// TestASweepGoesOnWhereTheBudgetStoppedIt: a project of eleven pages, where five minutes allow four.
func TestASweepGoesOnWhereTheBudgetStoppedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &project{users: 350}
		r, gate := dreamer(t, p, 4)
		got, reads := until(t, r, time.Minute)
		calls, _ := gate.Spent()
		if len(got.Batch.Identities) != 350 || !got.Batch.Coverage.Complete || reads < 3 || calls != 11 || p.calls() != 11 {
			t.Errorf("%d users after %d reads and %d calls: %+v", len(got.Batch.Identities), reads, p.calls(), got.Batch.Coverage)
		}
		if got.Older < 10*time.Minute {
			t.Errorf("it took two pauses of five minutes, and its first facts are said to be %s older than its end", got.Older)
		}
		if prices := r.Prices(); prices.One != 1 || prices.All != 11 {
			t.Errorf("%+v", prices)
		}
		if _, again := until(t, r, time.Minute); again < 3 || p.calls() != 22 {
			t.Errorf("the next sweep took %d reads, %d calls in all", again, p.calls())
		}
	})
}

func TestASweepGoesOnAfterFailuresThatPass(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func() *http.Response
		calls int
	}{
		"a failing server":    {func() *http.Response { return respond(500, `{}`, nil) }, 4},
		"a limit":             {func() *http.Response { return respond(429, `{}`, map[string]string{"Retry-After": "60"}) }, 4},
		"a cursor refused":    {func() *http.Response { return respond(400, `{}`, nil) }, 5},
		"an answer in pieces": {func() *http.Response { return respond(200, `{"da`, nil) }, 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &project{users: 80, spoil: func(n int) *http.Response {
				if n == 2 {
					return c.spoil()
				}
				return nil
			}}
			r, _ := dreamer(t, p, 1000)
			got, reads := until(t, r, time.Minute)
			if reads != 2 || p.calls() != c.calls || len(got.Batch.Identities) != 80 {
				t.Errorf("%s: %d reads and calls %v", name, reads, p.seen)
			}
		})
	}
}

// TestAHalfReadSweepIsDroppedWhenItIsAnHourOld, for then its first facts are too old to go on from.
func TestAHalfReadSweepIsDroppedWhenItIsAnHourOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &project{users: 80, spoil: func(n int) *http.Response {
			if n == 2 {
				return respond(503, `{}`, nil)
			}
			return nil
		}}
		r, _ := dreamer(t, p, 1000)
		if _, err := r.Read(t.Context()); err == nil {
			t.Fatal("it was not stopped")
		}
		time.Sleep(time.Hour)
		got, err := r.Read(t.Context())
		if err != nil || p.calls() != 5 || got.Older != 0 || p.seen[2] != "/users " {
			t.Errorf("%v after calls %q", err, p.seen)
		}
	})
}

// TestASweepBesideTheRhythmIsNewThroughout, and leaves the half-read one alone.
func TestASweepBesideTheRhythmIsNewThroughout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &project{users: 150, spoil: func(n int) *http.Response {
			if n == 3 {
				return respond(503, `{}`, nil)
			}
			return nil
		}}
		r, gate := dreamer(t, p, 1000)
		if _, err := r.Read(t.Context()); err == nil {
			t.Fatal("it was not stopped")
		}
		got, err := r.All(t.Context(), collect.Work{Class: wire.Interactive, Gate: gate})
		if err != nil || len(got.Batch.Identities) != 150 || p.calls() != 3+5 || got.Older != 0 {
			t.Errorf("%v after calls %q", err, p.seen)
		}
		if _, err := r.Read(t.Context()); err != nil || p.calls() != 3+5+3 {
			t.Errorf("%v after calls %q", err, p.seen)
		}
	})
}

func TestOneExternalUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &project{users: 3}
		r, gate := dreamer(t, p, 1000)
		known := &person.Identity{CreatedAt: time.Unix(1_700_000_000, 0), Pipedream: &person.PipedreamUser{UserID: "exu_1"}}
		for id, c := range map[string]struct {
			known    *person.Identity
			accounts int
			calls    int
		}{
			"user-1":  {known, 2, 1},
			"crowded": {known, 2, 2}, // too many for one answer
			"nobody":  {nil, -1, 1},
			"gone":    {known, -1, 1},
		} {
			before := p.calls()
			key := person.Key{System: person.Pipedream, Account: "proj_abc/production", ID: id}
			got, err := r.One(t.Context(), collect.Work{Class: wire.Interactive, Gate: gate}, key, c.known)
			if err != nil || p.calls()-before != c.calls || (got == nil) != (c.accounts < 0) {
				t.Errorf("%s: %+v, %v, %d calls", id, got, err, p.calls()-before)
				continue
			}
			if got != nil && (got.Key != key || len(got.Pipedream.Accounts) != c.accounts || got.Pipedream.UserID != "exu_1" || !got.CreatedAt.Equal(known.CreatedAt)) {
				t.Errorf("%s: %+v", id, got)
			}
		}
	})
}
