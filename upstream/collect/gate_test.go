package collect_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// admit passes one call through a fresh gate.
func admit(t *testing.T, s *stage, c wire.Call, o wire.Outcome) (calls, tokens int) {
	t.Helper()
	g := s.costs.Gate(budget.Attribution{})
	ticket, err := g.Admit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ticket.Done(o)
	return g.Spent()
}

var list = wire.Call{Source: "acme", Operation: "users.list"}

func TestGateMetersWhatLeft(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		if calls, tokens := admit(t, s, list, wire.Outcome{Sent: true, Status: 200}); calls != 1 || tokens != 20 {
			t.Errorf("%d calls, %d tokens", calls, tokens)
		}
		if calls, tokens := admit(t, s, list, wire.Outcome{Kind: wire.Unreachable}); calls != 0 || tokens != 0 {
			t.Errorf("nothing was sent, and it cost %d calls and %d tokens", calls, tokens)
		}
		if calls, tokens := admit(t, s, list, wire.Outcome{Sent: true, Kind: wire.Timeout}); calls != 1 || tokens != 20 {
			t.Errorf("a timeout cost %d calls and %d tokens", calls, tokens)
		}
		if b, _ := s.costs.Budget(acme); b.Spent != 40 {
			t.Errorf("%+v", b)
		}
	})
}

func TestGateRefusesWhatHasNoPrice(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		for _, c := range []wire.Call{{Source: "acme", Operation: "deals.list"}, {Source: "nowhere", Operation: "users.list"}} {
			if _, err := s.costs.Gate(budget.Attribution{}).Admit(t.Context(), c); fault.KindOf(err) != fault.Internal {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}

// TestEveryOperationHasAPrice: a client that grows an operation without one would be refused.
func TestEveryOperationHasAPrice(t *testing.T) {
	for system, operations := range map[person.System][]string{
		person.Pipedrive: {pipedrive.OpUsers, pipedrive.OpUser, pipedrive.OpMe, pipedrive.OpFind, pipedrive.OpPermissions,
			pipedrive.OpRoleAssignments, pipedrive.OpRoleSettings, pipedrive.OpFollowers, pipedrive.OpAdd, pipedrive.OpUpdate},
		person.Pipedream: {pipedream.OpUsers, pipedream.OpDeleteUser, pipedream.OpUserAccounts, pipedream.OpAccounts, pipedream.OpAccount,
			pipedream.OpDeleteAccount, pipedream.OpDeployedTriggers, pipedream.OpProjectInfo},
		person.Pipefy: {pipefy.OpMe, pipefy.OpInviteMembers},
	} {
		for _, op := range operations {
			if c, ok := budget.CostOf(system, op); !ok || c.Tokens < 1 {
				t.Errorf("%s of %s costs %+v, %t", op, system, c, ok)
			}
		}
	}
}

func TestGateReadsHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		header    map[string]string
		remaining int
		next      time.Duration // when another call may leave
	}{
		"none":                {nil, 980, 0},
		"tokens left":         {map[string]string{"X-Daily-Ratelimit-Token-Remaining": "500"}, 500, 0},
		"garbage":             {map[string]string{"X-Daily-Ratelimit-Token-Remaining": "plenty", "X-Ratelimit-Remaining": "-1"}, 980, 0},
		"others use it":       {map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "1"}, 980, time.Second},
		"a lower burst limit": {map[string]string{"X-Ratelimit-Limit": "1"}, 980, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			perform(t, budget.Limits{Tokens: 1000, Burst: 4}, func(t *testing.T, s *stage) {
				h := http.Header{}
				for k, v := range c.header {
					h.Set(k, v)
				}
				admit(t, s, list, wire.Outcome{Sent: true, Status: 200, Header: h})
				if b, _ := s.costs.Budget(acme); *b.Remaining != c.remaining {
					t.Errorf("%+v, want %d remaining", b, c.remaining)
				}
				began := time.Now()
				admit(t, s, list, wire.Outcome{Sent: true, Status: 200})
				if took := time.Since(began); took != c.next {
					t.Errorf("the next call left after %s, want %s", took, c.next)
				}
			})
		})
	}
}

// TestSearchHeadersAreItsOwn: find has a window of ten of its own, whose figures say nothing of the credential's.
func TestSearchHeadersAreItsOwn(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		h := http.Header{}
		h.Set("X-Ratelimit-Remaining", "0")
		h.Set("X-Ratelimit-Limit", "1")
		find := wire.Call{Source: "acme", Operation: "users.find", Class: wire.Interactive}
		admit(t, s, find, wire.Outcome{Sent: true, Status: 200, Header: h})
		began := time.Now()
		admit(t, s, list, wire.Outcome{Sent: true, Status: 200})
		if took := time.Since(began); took != 0 {
			t.Errorf("the list waited %s for a search", took)
		}
	})
}

func TestGatePausesAsTheVendorAsks(t *testing.T) {
	for name, c := range map[string]struct {
		header func() (key, value string)
		want   time.Duration
	}{
		"nothing said":       {func() (string, string) { return "X-Nothing", "" }, 2 * time.Second},
		"retry-after":        {func() (string, string) { return "Retry-After", "7" }, 7 * time.Second},
		"reset as a span":    {func() (string, string) { return "X-Ratelimit-Reset", "3" }, 3 * time.Second},
		"reset as Unix time": {func() (string, string) { return "X-Ratelimit-Reset", strconv.FormatInt(time.Now().Unix()+40, 10) }, 40 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			perform(t, lite, func(t *testing.T, s *stage) {
				h := http.Header{}
				h.Set(c.header())
				admit(t, s, list, wire.Outcome{Sent: true, Status: 429, Kind: wire.BurstLimited, Header: h})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began := time.Now()
				_, err := s.costs.Gate(budget.Attribution{}).Admit(ctx, list)
				f := fault.From(err)
				if f == nil || f.Kind != fault.RateLimited || f.Source != "acme" || f.RetryAfter != c.want || time.Since(began) != 0 {
					t.Errorf("%+v after %s, want a refusal at once that says %s", f, time.Since(began), c.want)
				}
			})
		})
	}
}

// TestGateDoubtsForAMoment: 40 are left, and another list under way may be in that or not.
func TestGateDoubtsForAMoment(t *testing.T) {
	perform(t, budget.Limits{Tokens: 100, Burst: 20}, func(t *testing.T, s *stage) {
		read := wire.Call{Source: "acme", Operation: "users.list", Class: wire.Interactive}
		flying, err := s.costs.Gate(budget.Attribution{}).Admit(t.Context(), read)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set("X-Daily-Ratelimit-Token-Remaining", "40")
		admit(t, s, read, wire.Outcome{Sent: true, Status: 200, Header: h})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err = s.costs.Gate(budget.Attribution{}).Admit(ctx, read)
		if f := fault.From(err); f.Kind != fault.RateLimited || f.Source != "acme" || f.RetryAfter != time.Second {
			t.Errorf("%+v, want to be asked again in a moment", f)
		}
		flying.Done(wire.Outcome{Sent: true, Status: 200, Header: http.Header{"X-Daily-Ratelimit-Token-Remaining": {"60"}}})
		admit(t, s, read, wire.Outcome{Sent: true, Status: 200})
	})
}

func TestGateSpeaksForTheLedger(t *testing.T) {
	perform(t, budget.Limits{Tokens: 100, Burst: 20}, func(t *testing.T, s *stage) {
		read := wire.Call{Source: "acme", Operation: "users.list", Class: wire.Interactive}
		for range 4 {
			admit(t, s, read, wire.Outcome{Sent: true, Status: 200})
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		for _, c := range []wire.Call{{Source: "acme", Operation: "users.permissions"}, read} {
			if _, err := s.costs.Gate(budget.Attribution{}).Admit(ctx, c); fault.KindOf(err) != fault.BudgetExhausted {
				t.Errorf("%+v: %v", c, err)
			}
		}
		write := wire.Call{Source: "acme", Operation: "users.update", Class: wire.Mutation, Write: true}
		admit(t, s, write, wire.Outcome{Sent: true, Status: 200})
		if b, _ := s.costs.Budget(acme); b.State != people.BudgetLow || *b.Remaining != 10 || *b.Limit != 100 {
			t.Errorf("%+v", b)
		}
		if b, ok := s.costs.Budget("counted"); !ok || b.Limit != nil || b.Remaining != nil || b.BurstLimit != nil {
			t.Errorf("use that is only counted has limits: %+v", b)
		}
		if _, ok := s.costs.Budget("nowhere"); ok {
			t.Error("an unknown source has a budget")
		}
	})
}
