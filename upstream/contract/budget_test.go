package contract_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// charge lets the stage's calls out through a ledger of the given limits.
func (st *stage) charge(limits budget.Limits) *collect.Gate {
	limits.Account, limits.Credential = "company", "token"
	costs := collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())),
		map[person.SourceID]collect.Charge{drive: {System: person.Pipedrive, Limits: limits}}, collect.CostOptions{})
	gate := costs.Gate(budget.Attribution{})
	st.gate.next = gate
	return gate
}

// bounded is a caller's context: without a deadline the ledger would wait for tomorrow's tokens.
func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestStormStaysUnderTheBurstLimit: sixty slots' worth of calls at once, where a window
// of 2 s holds twenty. The waiting is the ledger's; the simulator refuses none.
func TestStormStaysUnderTheBurstLimit(t *testing.T) {
	t.Parallel()
	st := play(t, setting{sim: sim.Options{Burst: 20}})
	gate := st.charge(budget.Limits{Tokens: budget.DefaultTokens, Burst: 20})
	users := st.PipedriveServer.Users(st.company())
	ctx := bounded(t)
	began := time.Now()
	var storm sync.WaitGroup
	for i := range 50 {
		storm.Go(func() {
			var err error
			if i%5 == 0 { // a search takes two slots, for searches have a window of ten
				_, err = st.pipedrive.FindUsers(ctx, "a", false)
			} else {
				_, err = st.pipedrive.User(ctx, users[i].ID)
			}
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	storm.Wait()
	used := st.PipedriveServer.Usage()
	peak := used.Peak[st.World.Credentials.Pipedrive[0].Token]
	if len(used.Refused) != 0 || peak > 20 || peak < 10 {
		t.Errorf("refused %v, peak %d", used.Refused, peak)
	}
	if took := time.Since(began); took < 4*time.Second {
		t.Errorf("three windows passed in %s", took)
	}
	calls, tokens := gate.Spent()
	if calls != 50 || tokens != 10*40+40*2 || tokens != used.Tokens[st.company()] {
		t.Errorf("charged %d calls and %d tokens, the simulator counts %d tokens", calls, tokens, used.Tokens[st.company()])
	}
	t.Logf("50 calls in %s, peak %d", time.Since(began).Round(time.Millisecond), peak)
}

// tokenHeaders are undocumented and may be missing.
var tokenHeaders = []string{"X-Daily-Ratelimit-Token-Limit", "X-Daily-Ratelimit-Token-Remaining"}

// TestDayIsNeverOverspent: many more want tokens than there are. Reads leave the last
// twentieth to acts, acts use it up, and the simulator has nobody to refuse.
func TestDayIsNeverOverspent(t *testing.T) {
	t.Parallel()
	st := play(t, setting{strip: tokenHeaders, sim: sim.Options{Budget: 200, Burst: 10_000}})
	gate := st.charge(budget.Limits{Tokens: 200})
	users, ctx := st.PipedriveServer.Users(st.company()), bounded(t)
	var storm sync.WaitGroup
	for i := range 150 {
		storm.Go(func() {
			if _, err := st.pipedrive.User(ctx, users[i%50].ID); err != nil && fault.KindOf(err) != fault.BudgetExhausted {
				t.Errorf("read %d: %v", i, err)
			}
		})
	}
	storm.Wait()
	spent := func() int { return st.PipedriveServer.Usage().Tokens[st.company()] }
	if spent() != 190 {
		t.Errorf("reads spent %d tokens of 200, want all but the floor of 10", spent())
	}
	actor := st.pipedrive.As(wire.Mutation, st.gate)
	_, err := actor.SetUserActive(ctx, users[1].ID, false)
	must(t, err)
	_, err = actor.AddUser(ctx, pipedrive.NewUser{Email: "late@acme.example"})
	if fault.KindOf(err) != fault.BudgetExhausted || wire.KindOf(err) != wire.Refused {
		t.Errorf("an act beyond the last token: %v", err)
	}
	used := st.PipedriveServer.Usage()
	if _, tokens := gate.Spent(); spent() != 200 || tokens != 200 || len(used.Refused) != 0 {
		t.Errorf("charged %d, metered %d, refused %v", tokens, spent(), used.Refused)
	}
}

// TestDayIsNeverOverspentWithHeaders: what the vendor says of concurrent requests is never
// read as more than there is, and once they are answered nothing stays locked away.
func TestDayIsNeverOverspentWithHeaders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ others, spent int }{
		"alone":             {0, 190},
		"others came first": {100, 90}, // only the headers tell
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := play(t, setting{sim: sim.Options{Budget: 200, Burst: 10_000}})
			st.charge(budget.Limits{Tokens: 200})
			st.PipedriveServer.Spend(st.company(), c.others)
			ctx := bounded(t)
			_, err := st.pipedrive.Me(ctx)
			must(t, err)
			var storm sync.WaitGroup
			for range 150 {
				storm.Go(func() {
					if _, err := st.pipedrive.Me(ctx); err != nil && fault.KindOf(err) != fault.BudgetExhausted {
						t.Error(err)
					}
				})
			}
			storm.Wait()
			used := st.PipedriveServer.Usage()
			if spent := used.Tokens[st.company()]; spent != c.spent || len(used.Refused) != 0 {
				t.Errorf("%d tokens spent of %d, refused %v", spent, c.spent, used.Refused)
			}
		})
	}
}

// TestOthersSpendTheSameBudget: the headers tell, and the ledger stops before the vendor does.
func TestOthersSpendTheSameBudget(t *testing.T) {
	t.Parallel()
	st := play(t, setting{sim: sim.Options{Budget: 200, Burst: 10_000}})
	st.charge(budget.Limits{Tokens: 200})
	st.PipedriveServer.Spend(st.company(), 150)
	served, ctx := 0, bounded(t)
	for range 100 {
		_, err := st.pipedrive.Me(ctx)
		if err == nil {
			served++
		} else if fault.KindOf(err) != fault.BudgetExhausted {
			t.Fatal(err)
		}
	}
	used := st.PipedriveServer.Usage()
	if used.Refused["daily"] != 0 || served*2 != used.Tokens[st.company()] || served == 0 || served > 25 {
		t.Errorf("%d served, %+v", served, used)
	}
}

// TestUnseenSpendingIsFoundOutOnce: without headers the first 429 tells, and nobody
// asks again and again.
func TestUnseenSpendingIsFoundOutOnce(t *testing.T) {
	t.Parallel()
	st := play(t, setting{strip: tokenHeaders, sim: sim.Options{Budget: 200, Burst: 10_000}})
	st.charge(budget.Limits{Tokens: 200})
	st.PipedriveServer.Spend(st.company(), 196)
	ctx := bounded(t)
	for i := range 20 {
		_, err := st.pipedrive.Me(ctx)
		if want := i >= 2; (fault.KindOf(err) == fault.BudgetExhausted) != want || (err == nil) == want {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if n := st.PipedriveServer.Usage().Refused["daily"]; n != 1 {
		t.Errorf("the simulator refused %d requests", n)
	}
}

// TestRetriesAreCharged: an attempt that failed costs what a good one costs.
func TestRetriesAreCharged(t *testing.T) {
	t.Parallel()
	for _, fails := range []int{1, 2, 3} {
		st := play(t, setting{})
		gate := st.charge(budget.Limits{Tokens: 1000})
		must(t, st.Pipedrive.Chaos.Add(chaos.Fault{Name: strconv.Itoa(fails), Kind: chaos.Status500, Count: fails}))
		_, err := st.pipedrive.Users(t.Context())
		calls, tokens := gate.Spent()
		attempts := min(fails+1, 3)
		if (err == nil) != (fails < 3) || calls != attempts || tokens != 20*attempts || st.Pipedrive.Chaos.Fired(strconv.Itoa(fails)) != fails {
			t.Errorf("%d failures: %d calls, %d tokens, %v", fails, calls, tokens, err)
		}
	}
}

// TestConnectionThatFailsCostsNothing: what never left is given back.
func TestConnectionThatFailsCostsNothing(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	gate := st.charge(budget.Limits{Tokens: 1000})
	must(t, st.Close())
	if _, err := st.pipedrive.Users(t.Context()); wire.KindOf(err) != wire.Unreachable {
		t.Error(err)
	}
	if calls, tokens := gate.Spent(); calls != 0 || tokens != 0 || st.gate.admitted() != 3 {
		t.Errorf("%d calls and %d tokens for %d attempts", calls, tokens, st.gate.admitted())
	}
}
