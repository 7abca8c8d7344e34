package contract_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/sim"
	simdream "github.com/manifold-graph/manifold/upstream/sim/pipedream"
	simdrive "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	simfy "github.com/manifold-graph/manifold/upstream/sim/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rateHeaders are all of Pipedrive's; no document promises that they are on every answer.
var rateHeaders = []string{
	"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", "Retry-After",
	"X-Daily-Ratelimit-Token-Limit", "X-Daily-Ratelimit-Token-Remaining",
}

// TestPipedriveBurstAndDailyAreToldApart: by the documented headers alone as well.
func TestPipedriveBurstAndDailyAreToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		budget, burst int
		kind          wire.Kind
		public        fault.Kind
	}{
		"burst": {0, 2, wire.BurstLimited, fault.RateLimited},
		"daily": {5, 0, wire.DailyLimited, fault.BudgetExhausted}, // two reads of 2, and 1 is left
	} {
		for _, hidden := range []bool{false, true} {
			at := newClock()
			st := play(t, setting{sim: sim.Options{Budget: c.budget, Burst: c.burst, Now: at.Now, Pipedrive: simdrive.Options{HideUndocumented: hidden}}})
			for range 2 {
				_, err := st.pipedrive.Me(t.Context())
				must(t, err)
			}
			_, err := st.pipedrive.Me(t.Context())
			f := failure(t, err)
			if f.Kind != c.kind || fault.KindOf(err) != c.public || st.gate.admitted() != 3 {
				t.Errorf("%s, undocumented hidden %v: %v after %d attempts", name, hidden, err, st.gate.admitted())
			}
			if want := map[wire.Kind]time.Duration{wire.BurstLimited: 2 * time.Second}[c.kind]; f.RetryAfter != want || fault.From(err).RetryAfter != want {
				t.Errorf("%s: retry after %s, want %s", name, f.RetryAfter, want)
			}
			if f.CorrelationID == "" {
				t.Errorf("%s: no trace id", name)
			}
			// Both end: the window in two seconds, the budget at midnight.
			at.Advance(map[string]time.Duration{"burst": 2 * time.Second, "daily": 12 * time.Hour}[name])
			if _, err := st.pipedrive.Me(t.Context()); err != nil {
				t.Errorf("%s: afterwards %v", name, err)
			}
		}
	}
}

// TestPipedrive429WithoutAnyHeader: a burst has passed when the call is repeated; what
// outlives three attempts must be the day's budget.
func TestPipedrive429WithoutAnyHeader(t *testing.T) {
	t.Parallel()
	patient := wire.Limits{MaxWait: 5 * time.Second}
	t.Run("burst", func(t *testing.T) {
		t.Parallel()
		st := play(t, setting{limits: patient, strip: rateHeaders, sim: sim.Options{Burst: 1}})
		for range 2 {
			_, err := st.pipedrive.Me(t.Context())
			must(t, err)
		}
		u := st.PipedriveServer.Usage()
		if u.Refused["burst"] != 1 || st.gate.admitted() != 3 || u.Tokens[st.company()] != 4 {
			t.Errorf("%d attempts, usage %+v", st.gate.admitted(), u)
		}
	})
	t.Run("daily", func(t *testing.T) {
		t.Parallel()
		st := play(t, setting{limits: patient, strip: rateHeaders, sim: sim.Options{Budget: 1}})
		_, err := st.pipedrive.Me(t.Context())
		if wire.KindOf(err) != wire.DailyLimited || st.gate.admitted() != 3 || st.PipedriveServer.Usage().Refused["daily"] != 3 {
			t.Errorf("%v after %d attempts", err, st.gate.admitted())
		}
	})
}

// TestPipedriveEdgeBlocks whoever goes on after 429s: a hard stop, not a missing right.
func TestPipedriveEdgeBlocks(t *testing.T) {
	t.Parallel()
	at := newClock()
	st := play(t, setting{sim: sim.Options{Burst: 1, Now: at.Now, Pipedrive: simdrive.Options{BlockAfter: 3}}})
	kinds := map[wire.Kind]int{}
	for range 6 {
		_, err := st.pipedrive.Me(t.Context())
		kinds[wire.KindOf(err)]++
	}
	if kinds[wire.OK] != 1 || kinds[wire.BurstLimited] != 3 || kinds[wire.Blocked] != 2 {
		t.Errorf("%v", kinds)
	}
}

// TestPipefyThrottles with the undocumented Retry-After and without it.
func TestPipefyThrottles(t *testing.T) {
	t.Parallel()
	for _, told := range []bool{false, true} {
		at := newClock()
		st := play(t, setting{sim: sim.Options{Now: at.Now, Pipefy: simfy.Options{RequestLimit: 1, RetryAfter: told}}})
		_, err := st.pipefy.Me(t.Context())
		must(t, err)
		_, err = st.pipefy.Me(t.Context())
		want := map[bool]time.Duration{true: time.Minute}[told]
		if f := failure(t, err); f.Kind != wire.BurstLimited || f.RetryAfter != want || fault.KindOf(err) != fault.RateLimited {
			t.Errorf("told %v: %+v", told, f)
		}
		at.Advance(time.Minute)
		if _, err := st.pipefy.Me(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestPipedreamThrottles: accounts are limited per project, reads and deletes alike; a
// delete's 429 has no body.
func TestPipedreamThrottles(t *testing.T) {
	t.Parallel()
	at := newClock()
	for name, header := range map[string][]string{"retry-after": nil, "reset alone": {"Retry-After"}} {
		st := play(t, setting{now: at.Now, strip: header, sim: sim.Options{Now: at.Now, Pipedream: simdream.Options{AccountRequests: 1}}})
		_, err := st.pipedream.UserAccounts(t.Context(), "default_user", "")
		must(t, err)
		_, read := st.pipedream.UserAccounts(t.Context(), "default_user", "")
		_, write := st.pipedream.DeleteAccount(t.Context(), "apn_1")
		for _, err := range []error{read, write} {
			f := failure(t, err)
			if f.Kind != wire.BurstLimited || f.RetryAfter != 5*time.Minute || f.Ambiguous {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if n := st.gate.admitted(); n != 3 {
			t.Errorf("%d attempts", n)
		}
	}
}

// TestExpiredTokensAreRenewed: one that the vendor no longer takes is renewed by the next
// attempt; a client that sees the expiry coming sends no attempt in vain.
func TestExpiredTokensAreRenewed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		life    time.Duration
		call    func(context.Context, *stage) error
		fetched func(*stage) int
	}{
		"pipefy": {30 * 24 * time.Hour,
			func(ctx context.Context, st *stage) error { _, err := st.pipefy.Me(ctx); return err },
			func(st *stage) int { return st.PipefyServer.Usage().Tokens }},
		"pipedream": {time.Hour,
			func(ctx context.Context, st *stage) error { _, err := st.pipedream.ProjectInfo(ctx); return err },
			func(st *stage) int { return st.PipedreamServer.Usage().ByRoute["POST /v1/oauth/token"] }},
	} {
		for _, foreseen := range []bool{false, true} {
			there := newClock()
			here := newClock()
			attempts := 3 // the second in vain
			if foreseen {
				here, attempts = there, 2
			}
			st := play(t, setting{sim: sim.Options{Now: there.Now}, now: here.Now})
			must(t, c.call(t.Context(), st))
			there.Advance(c.life)
			must(t, c.call(t.Context(), st))
			if st.gate.admitted() != attempts || c.fetched(st) != 2 {
				t.Errorf("%s, foreseen %v: %d attempts and %d tokens", name, foreseen, st.gate.admitted(), c.fetched(st))
			}
		}
	}
}

// TestWriteWithRevokedTokenIsNotRepeated: it was refused, so there is no doubt, and the
// next one goes out with a fresh token.
func TestWriteWithRevokedTokenIsNotRepeated(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	_, err := g.pipefy.Me(t.Context())
	must(t, err)
	g.PipefyServer.RevokeTokens()
	g.gate.reset()
	err = g.remove(t)
	if f := failure(t, err); f.Kind != wire.Unauthorized || f.Ambiguous || g.gate.admitted() != 1 {
		t.Errorf("%+v after %d attempts", f, g.gate.admitted())
	}
	must(t, g.remove(t))
	g.discreet(t, err.Error())
}
