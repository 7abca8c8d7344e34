package collect_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

var lite = budget.Limits{Tokens: 30_000, Burst: 20}

// TestAPageOfAHundred: a page asks for the permissions of 100 users. At 20 requests per 2 s that takes longer than the request
// has; it answers in part, what had not been sent by then is withdrawn, and nothing is sent twice.
func TestAPageOfAHundred(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		began := time.Now()
		page := users(100)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		got, missing := 0, 0
		for _, d := range s.Permissions(ctx, people.Asker{}, page) {
			if d.Err == nil {
				got++
				if !d.Held || len(d.Value) != 2 || d.Cost.Calls != 1 || d.Cost.Tokens != 10 || d.Freshness.IsStale {
					t.Errorf("%+v", d)
				}
				continue
			}
			missing++
			f := fault.From(d.Err)
			if d.Held || f.Kind != fault.RateLimited || f.Source != "acme" || f.RetryAfter < time.Second || f.RetryAfter > 10*time.Second {
				t.Errorf("%+v: %+v", d, f)
			}
		}
		if got != 60 || missing != 40 || time.Since(began) != 5*time.Second {
			t.Errorf("%d known and %d missing after %s; five seconds hold three waves of twenty", got, missing, time.Since(began))
		}
		calls := 0
		for i, d := range s.Permissions(t.Context(), people.Asker{}, page) {
			if d.Err != nil || len(d.Value) != 2 {
				t.Errorf("user %d: %+v", i, d)
			}
			calls += d.Cost.Calls
		}
		if took := time.Since(began); calls != 40 || s.vendor.total() != 100 || took < 8*time.Second || took > 10*time.Second {
			t.Errorf("all known after %s and %d calls, %d of them the second request's", took, s.vendor.total(), calls)
		}
		began = time.Now()
		for _, d := range s.Permissions(t.Context(), people.Asker{}, page) {
			if d.Err != nil || d.Cost.Calls != 0 || d.Cost.Saved != 10 {
				t.Errorf("repeated: %+v", d)
			}
		}
		if s.vendor.total() != 100 || time.Since(began) != 0 {
			t.Errorf("the repetition made calls, or waited %s", time.Since(began))
		}
		if most := s.vendor.most(); most > 20 {
			t.Errorf("%d requests within 2 seconds", most)
		}
		if b, ok := s.costs.Budget(acme); !ok || b.Spent != 1000 || *b.Remaining != 29_000 || *b.BurstLimit != 20 {
			t.Errorf("the budget says %+v", b)
		}
	})
}

func TestOneFlightForAllCallers(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		var mu sync.Mutex
		calls, saved := 0, 0
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				d := s.Permissions(t.Context(), people.Asker{}, users(1))[0]
				mu.Lock()
				defer mu.Unlock()
				calls += d.Cost.Calls
				saved += d.Cost.Saved
				if d.Err != nil || d.Value[0].Name != "can_add_products" {
					t.Errorf("%+v", d)
				}
			})
		}
		wg.Wait()
		if calls != 1 || saved != 490 || s.vendor.total() != 1 {
			t.Errorf("%d calls, of which the callers report %d, and %d saved", s.vendor.total(), calls, saved)
		}
	})
}

func TestRoleSettingsOncePerRole(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		page := append(users(100), user(900, nil), user(901, nil))
		tokens, saved := 0, 0
		for i, d := range s.RoleSettings(t.Context(), people.Asker{}, page) {
			if d.Err != nil || len(d.Value) != 2 || d.Value[0] != (person.RoleSetting{Name: "deal_default_visibility", Value: 1}) {
				t.Errorf("user %d: %+v", i, d)
			}
			tokens += d.Cost.Tokens
			saved += d.Cost.Saved
		}
		if s.vendor.total() != 7 || tokens != 70 || saved != 950 {
			t.Errorf("%d calls and %d tokens for five roles and two users of unknown role, %d saved", s.vendor.total(), tokens, saved)
		}
	})
}

func TestTheOtherDetails(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		two := []*person.Identity{user(7, nil), user(8, nil)}
		f := s.Followers(t.Context(), people.Asker{}, two)
		if len(f[0].Value) != 1200 || f[0].Cost.Calls != 3 || f[0].Cost.Tokens != 30 || len(f[1].Value) != 2 || f[1].Cost.Tokens != 10 {
			t.Errorf("followers: %d for %+v, %d for %+v", len(f[0].Value), f[0].Cost, len(f[1].Value), f[1].Cost)
		}
		if !slices.IsSortedFunc(f[0].Value, func(a, b person.Follower) int { return int(a.UserID - b.UserID) }) {
			t.Error("followers are not sorted")
		}
		if d := s.RoleAssignments(t.Context(), people.Asker{}, two)[1]; d.Err != nil || len(d.Value) != 2 || d.Value[0].RoleID != 2 {
			t.Errorf("role assignments: %+v", d)
		}
		ext := func(id string) *person.Identity {
			return &person.Identity{Key: person.Key{System: person.Pipedream, Account: "proj/production", ID: id}, Source: "apps",
				Pipedream: &person.PipedreamUser{ExternalUserID: id}}
		}
		d := s.DeployedTriggers(t.Context(), people.Asker{}, []*person.Identity{ext("ann"), ext("nobody")})
		if d[0].Err != nil || len(d[0].Value) != 2 || d[0].Value[0].ID != "dc_1" || d[0].Cost.Calls != 4 || d[0].Cost.Tokens != 4 {
			t.Errorf("triggers: %+v", d[0])
		}
		if d[1].Err != nil || !d[1].Held || d[1].Value == nil || len(d[1].Value) != 0 {
			t.Errorf("no triggers are an answer: %+v", d[1])
		}
	})
}

// TestRefusedByTheFloor: the first reading leaves 9 % of the budget, so that the next two find too little.
func TestRefusedByTheFloor(t *testing.T) {
	perform(t, budget.Limits{Tokens: 12, Burst: 20}, func(t *testing.T, s *stage) {
		if d := s.Permissions(t.Context(), people.Asker{}, users(1))[0]; d.Err != nil {
			t.Fatal(d.Err)
		}
		observed := time.Now()
		time.Sleep(11 * time.Minute)
		s.Permissions(t.Context(), people.Asker{}, users(1)) // finds out behind
		time.Sleep(time.Second)
		both := s.Permissions(t.Context(), people.Asker{}, users(2))
		old := both[0]
		if f := fault.From(old.Err); !old.Held || len(old.Value) != 2 || !old.Freshness.IsStale || time.Since(old.Freshness.ObservedAt) < 11*time.Minute ||
			old.Freshness.ObservedAt.After(observed) || f.Kind != fault.BudgetExhausted || old.Freshness.Reason != f.Message || old.Cost.Calls != 0 {
			t.Errorf("held: %+v, %+v", old, f)
		}
		if f := fault.From(both[1].Err); both[1].Held || f == nil || f.Kind != fault.BudgetExhausted || f.RetryAfter < 23*time.Hour || f.RetryAfter > 24*time.Hour {
			t.Errorf("not held: %+v, %+v", both[1], f)
		}
		if s.vendor.total() != 1 {
			t.Errorf("%d calls", s.vendor.total())
		}
	})
}

func TestVendorFailuresAreFaults(t *testing.T) {
	html := map[string]string{"Content-Type": "text/html"}
	for name, c := range map[string]struct {
		answer func() *http.Response
		kind   fault.Kind
		retry  time.Duration
		calls  int // how often two users, asked one after the other, reach the vendor
	}{
		"not found": {func() *http.Response { return respond(404, `{"success":false}`, nil) }, fault.NotFound, 0, 2},
		"day's budget": {func() *http.Response {
			return respond(429, `{}`, map[string]string{"X-Daily-Ratelimit-Token-Remaining": "0"})
		}, fault.BudgetExhausted, 30 * time.Minute, 1},
		"edge":         {func() *http.Response { return respond(403, "<html>", html) }, fault.SourceUnavailable, 0, 1},
		"unauthorized": {func() *http.Response { return respond(401, `{}`, nil) }, fault.SourceUnavailable, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			perform(t, lite, func(t *testing.T, s *stage) {
				s.vendor.spoil = func(string) *http.Response { return c.answer() }
				two := users(2)
				for range 3 { // a failure is remembered
					d := s.Permissions(t.Context(), people.Asker{}, two[:1])[0]
					if f := fault.From(d.Err); d.Held || f == nil || f.Kind != c.kind || f.Source != "acme" || f.RetryAfter != c.retry {
						t.Errorf("%+v: %+v", d, f)
					}
				}
				if d := s.Permissions(t.Context(), people.Asker{}, two[1:])[0]; d.Err == nil {
					t.Errorf("the other user: %+v", d)
				}
				if s.vendor.total() != c.calls {
					t.Errorf("%d calls, want %d", s.vendor.total(), c.calls)
				}
			})
		})
	}
}

func TestABlockRaisesTheAlarm(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		s.vendor.spoil = func(string) *http.Response {
			return respond(403, "<html>", map[string]string{"Content-Type": "text/html"})
		}
		s.Permissions(t.Context(), people.Asker{}, users(1))
		if r, ok := s.costs.Readout(acme); !ok || !r.Alarm || r.State != budget.Stopped {
			t.Errorf("%+v", r)
		}
	})
}

func TestAnUnknownSourceSaysSo(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		gone := user(1, nil)
		gone.Source = "umbrella"
		d := s.Permissions(t.Context(), people.Asker{}, []*person.Identity{gone})[0]
		if f := fault.From(d.Err); f == nil || f.Kind != fault.SourceUnavailable || f.Source != "umbrella" {
			t.Errorf("%+v", d)
		}
		if len(s.Permissions(t.Context(), people.Asker{}, nil)) != 0 {
			t.Error("nobody was asked for, and somebody was answered")
		}
	})
}

// TestTheVendorIsSlow: it is not the request limit that keeps the caller waiting, and the error does not say so.
func TestTheVendorIsSlow(t *testing.T) {
	perform(t, lite, func(t *testing.T, s *stage) {
		s.vendor.takes = 8 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		d := s.Permissions(ctx, people.Asker{}, users(1))[0]
		if f := fault.From(d.Err); f == nil || f.Kind != fault.SourceUnavailable || f.RetryAfter == 0 || d.Cost.Tokens != 10 {
			t.Errorf("%+v", d)
		}
		if d := s.Permissions(t.Context(), people.Asker{}, users(1))[0]; d.Err != nil || d.Cost.Calls != 0 {
			t.Errorf("%+v", d)
		}
	})
}

// BenchmarkWarmPage is a page of 100 users whose permissions are held.
func BenchmarkWarmPage(b *testing.B) {
	s := newStage(b, budget.Limits{Tokens: 30_000}, 0)
	page := users(100)
	s.Permissions(b.Context(), people.Asker{}, page)
	for b.Loop() {
		s.Permissions(b.Context(), people.Asker{}, page)
	}
	b.ReportMetric(float64(s.vendor.total()-100)/float64(b.N), "calls/op")
}
