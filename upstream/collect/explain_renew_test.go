package collect_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// TestAPlanForetellsWhatARenewalSpends: on days of many askers, lone and in crowds, of any age, what the plan says is
// what the renewal after it spends; and to plan starts nothing and changes no later choice.
func TestAPlanForetellsWhatARenewalSpends(t *testing.T) {
	var exact, singles, lists int
	for seed := range uint64(20) {
		renew(t, 60, budget.Limits{Tokens: 1_000_000}, func(t *testing.T, r *renewing) {
			random := rand.New(rand.NewPCG(seed, 1))
			details := collect.NewDetails(r.costs, collect.DetailSources{}, collect.DetailOptions{})
			planner := collect.NewPlanner(details, r.Renewer, r.costs, r.collector)
			for range 60 {
				time.Sleep(time.Duration(random.IntN(300)) * time.Second)
				var ids []string
				for range 1 + random.IntN([]int{2, 12, 60}[random.IntN(3)]) {
					ids = append(ids, strconv.Itoa(1+random.IntN(60)))
				}
				asker := within(time.Duration(1+random.IntN(900)) * time.Second)
				users := r.users(t, ids...)

				before := r.made()
				calls, tokens := foretold(t, planner.Rehearse(asker), asker, users)
				if again, _ := foretold(t, planner.Rehearse(asker), asker, users); again != calls || r.made() != before {
					t.Fatalf("planned twice: %+v and %+v; %d calls were made", calls, again, r.made()-before)
				}

				var spent people.Cost
				for _, renewal := range r.Renew(t.Context(), asker, users) {
					if renewal.Err != nil {
						t.Fatal(renewal.Err)
					}
					spent = renewal.Cost
				}
				if made := r.made() - before; made != spent.Calls || !contains(calls, made) || !contains(tokens, spent.Tokens) {
					t.Fatalf("seed %d: %v calls and %v tokens foretold, %d and %d spent on %v", seed, calls, tokens, made, spent.Tokens, ids)
				}
				if calls.AtLeast == calls.AtMost && spent.Calls > 0 {
					exact++
				}
			}
			lists += r.made("all")
			singles += r.made() - r.made("all")
		})
	}
	if exact < 100 || singles < 100 || lists < 20 {
		t.Errorf("%d exact figures, %d singles, %d lists: too few to show anything", exact, singles, lists)
	}
	t.Logf("%d exact figures, %d singles, %d lists", exact, singles, lists)
}

func foretold(t *testing.T, rehearsal people.Rehearsal, a people.Asker, users []*person.Identity) (calls, tokens people.Span) {
	t.Helper()
	rehearsal.Renew(t.Context(), a, users)
	for _, s := range rehearsal.Plan() {
		calls, tokens = s.Calls, s.Tokens
	}
	return calls, tokens
}

func contains(s people.Span, n int) bool { return s.AtLeast <= n && n <= s.AtMost }
