package pipedrive_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

// TestManyAtOnce sends readers and writers together; the limits hold all the same.
func TestManyAtOnce(t *testing.T) {
	h := start(t, pipedrive.Options{})
	var served, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			var r reply
			switch i % 3 {
			case 0:
				r = h.get("/v1/users", adminToken)
			case 1:
				r = h.do(http.MethodPut, "/v1/users/2", adminToken, fmt.Sprintf(`{"active_flag":%d}`, i%2))
			case 2:
				r = h.do(http.MethodPost, "/v1/users", adminToken, fmt.Sprintf(`{"email":"n%d@acme.example"}`, i))
			}
			switch r.status {
			case 200:
				served.Add(1)
			case 429:
				refused.Add(1)
			default:
				t.Errorf("%d %s", r.status, r.raw)
			}
		})
	}
	wg.Wait()
	u := h.Usage()
	if served.Load() != 20 || refused.Load() != 40 || u.Refused["burst"] != 40 || u.Peak[adminToken] != 60 {
		t.Errorf("%d served, %d refused, usage %+v", served.Load(), refused.Load(), u)
	}
	h.clock.Advance(3 * time.Second)
	if n := len(h.get("/v1/users", adminToken).list(t)); n != 4+u.Requests["addUser"] {
		t.Errorf("%d users after %d were added", n, u.Requests["addUser"])
	}
}

// TestBudgetIsNeverOverspent makes random calls on random days and adds up what was let in.
func TestBudgetIsNeverOverspent(t *testing.T) {
	paths := []string{"/v1/users", "/v1/users/1", "/v1/users/find?term=a", "/v1/users/2/permissions", "/v1/users/999"}
	rapid.Check(t, func(t *rapid.T) {
		s := state()
		s.Companies[0].Budget = rapid.IntRange(1, 300).Draw(t, "budget")
		c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		sim := pipedrive.New(s, pipedrive.Options{Now: c.Now, BlockAfter: 1 << 30})
		spent, day := 0, c.Now().YearDay()
		for range rapid.IntRange(1, 80).Draw(t, "calls") {
			c.Advance(time.Duration(rapid.IntRange(0, 5*3600).Draw(t, "seconds")) * time.Second)
			if d := c.Now().YearDay(); d != day {
				day, spent = d, 0
			}
			path := rapid.SampledFrom(paths).Draw(t, "path")
			r := httptest.NewRequest(http.MethodGet, path, strings.NewReader(""))
			r.Header.Set("x-api-token", adminToken)
			w := httptest.NewRecorder()
			sim.ServeHTTP(w, r)
			if w.Code != 429 {
				spent += pipedrive.Cost(pipedrive.OperationOf(r))
			}
			if left := s.Companies[0].Budget - spent; left < 0 || w.Header().Get("x-daily-ratelimit-token-remaining") != fmt.Sprint(left) {
				t.Fatalf("%d tokens left, told %s", left, w.Header().Get("x-daily-ratelimit-token-remaining"))
			}
		}
	})
}
