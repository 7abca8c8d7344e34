package pipedrive_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

// TestCosts holds the documented price of every operation.
func TestCosts(t *testing.T) {
	for _, tc := range []struct {
		method, path, name string
		cost               int
	}{
		{"GET", "/v1/users", "listUsers", 20}, {"GET", "/v1/users/1", "getUser", 2}, {"GET", "/v1/users/me", "me", 2},
		{"GET", "/v1/users/find?term=a", "findUsers", 40}, {"GET", "/v1/users/1/permissions", "permissions", 10},
		{"GET", "/v1/users/1/roleAssignments", "roleAssignments", 10}, {"GET", "/v1/users/1/roleSettings", "roleSettings", 10},
		{"GET", "/api/v2/users/1/followers", "followers", 10}, {"GET", "/v1/users/1/followers", "followersV1", 20},
		{"POST", "/v1/users", "addUser", 10}, {"PUT", "/v1/users/2", "updateUser", 10}, {"GET", "/v1/users/999", "getUser", 2},
	} {
		h := start(t, pipedrive.Options{})
		h.do(tc.method, tc.path, adminToken, `{"email":"n@acme.example","active_flag":true}`)
		m := h.Usage()
		if m.Tokens[7001] != tc.cost || m.Requests[tc.name] != 1 || pipedrive.Cost(tc.name) != tc.cost {
			t.Errorf("%s %s: %d tokens as %v, want %d as %s", tc.method, tc.path, m.Tokens[7001], m.Requests, tc.cost, tc.name)
		}
	}
}

func TestBurstIsARollingWindow(t *testing.T) {
	h := start(t, pipedrive.Options{})
	for i := range 20 {
		r := h.get("/v1/users/me", adminToken)
		if want := fmt.Sprint(19 - i); r.status != 200 || r.header.Get("x-ratelimit-remaining") != want {
			t.Fatalf("request %d: %d, %s left, want %s", i, r.status, r.header.Get("x-ratelimit-remaining"), want)
		}
		h.clock.Advance(50 * time.Millisecond)
	}
	r := h.get("/v1/users/me", adminToken)
	if r.status != 429 || r.header.Get("x-ratelimit-remaining") != "0" || r.header.Get("x-ratelimit-reset") != "1" || r.header.Get("retry-after") == "" {
		t.Fatalf("the 21st within a second: %d %v", r.status, r.header)
	}
	if r.json["error"] != "Request over limit" || r.json["success"] != false {
		t.Errorf("body: %s", r.raw)
	}
	if r := h.get("/v1/users/me", plainToken); r.status != 200 {
		t.Errorf("another token is held up too: %d", r.status)
	}
	h.clock.Advance(time.Second)
	if r := h.get("/v1/users/me", adminToken); r.status != 200 {
		t.Errorf("2 s after the first request one slot is free: %d", r.status)
	}
	if r := h.get("/v1/users/me", adminToken); r.status != 429 {
		t.Errorf("only one slot was free: %d", r.status)
	}
	m := h.Usage()
	if m.Peak[adminToken] != 22 || m.Refused["burst"] != 2 {
		t.Errorf("meter: %+v", m)
	}
}

func TestSearchHasItsOwnLimitAndBearersAWiderOne(t *testing.T) {
	h := start(t, pipedrive.Options{})
	for range 10 {
		if r := h.get("/v1/users/find?term=ann", bearerToken); r.status != 200 {
			t.Fatal(r.status)
		}
	}
	if r := h.get("/v1/users/find?term=ann", bearerToken); r.status != 429 || r.header.Get("x-ratelimit-remaining") != "0" {
		t.Errorf("the 11th search: %d", r.status)
	}
	for range 70 {
		if r := h.get("/v1/users/me", bearerToken); r.status != 200 {
			t.Fatal(r.status)
		}
	}
	if r := h.get("/v1/users/me", bearerToken); r.status != 429 {
		t.Errorf("the 81st request: %d", r.status)
	}
}

func TestDailyBudgetAndReset(t *testing.T) {
	h := start(t, pipedrive.Options{})
	h.Spend(7001, 29_970)
	if r := h.get("/v1/users", adminToken); r.status != 200 || r.header.Get("x-daily-ratelimit-token-remaining") != "10" || r.header.Get("x-daily-ratelimit-token-limit") != "30000" {
		t.Fatalf("%d %v", r.status, r.header)
	}
	if r := h.get("/v1/users", adminToken); r.status != 429 || r.header.Get("x-ratelimit-remaining") == "0" {
		t.Errorf("20 of 10 tokens: %d %v", r.status, r.header)
	}
	h.get("/v1/users/1/permissions", adminToken)
	if r := h.get("/v1/users/me", plainToken); r.status != 429 || r.header.Get("x-daily-ratelimit-token-remaining") != "0" {
		t.Errorf("the budget is the company's: %d %v", r.status, r.header)
	}
	if r := h.get("/v1/users", otherToken); r.status != 200 || r.header.Get("x-daily-ratelimit-token-limit") != "60000" {
		t.Errorf("another company's budget: %d %v", r.status, r.header)
	}
	h.clock.Advance(11*time.Hour + 59*time.Minute)
	if r := h.get("/v1/users/me", adminToken); r.status != 429 {
		t.Errorf("a minute to midnight: %d", r.status)
	}
	h.clock.Advance(time.Minute)
	if r := h.get("/v1/users/me", adminToken); r.status != 200 || r.header.Get("x-daily-ratelimit-token-remaining") != "29998" {
		t.Errorf("after midnight: %d %v", r.status, r.header)
	}
	if got := h.Usage().Tokens[7001]; got != 32 {
		t.Errorf("the meter counts %d tokens, want 32", got)
	}
}

func TestResetZone(t *testing.T) {
	h := start(t, pipedrive.Options{ResetZone: time.FixedZone("", 10*3600)})
	h.Spend(7001, 30_000)
	h.clock.Advance(2*time.Hour - time.Second)
	if r := h.get("/v1/users/me", adminToken); r.status != 429 {
		t.Fatal(r.status)
	}
	h.clock.Advance(time.Second)
	if r := h.get("/v1/users/me", adminToken); r.status != 200 {
		t.Errorf("midnight in the zone has come: %d", r.status)
	}
}

func TestUndocumentedCanBeHidden(t *testing.T) {
	h := start(t, pipedrive.Options{HideUndocumented: true})
	r := h.get("/v1/users/2", adminToken)
	for k := range r.header {
		if strings.HasPrefix(strings.ToLower(k), "x-daily-ratelimit-token") {
			t.Errorf("%s is there", k)
		}
	}
	if r.header.Get("x-ratelimit-limit") != "20" {
		t.Error("the documented header is gone")
	}
	u := r.object(t)
	if _, there := u["is_admin"]; there || u["activated"] != true {
		t.Errorf("not the documented object: %v", u)
	}
	if r := h.do("PUT", "/v1/users/2", adminToken, `{"active_flag":true}`); r.header.Get("x-daily-requests-left") != "9999" {
		t.Errorf("x-daily-requests-left: %v", r.header)
	}
}

func TestIgnored429sBringTheBlock(t *testing.T) {
	h := start(t, pipedrive.Options{BlockAfter: 3, BlockFor: time.Minute})
	for range 23 {
		h.get("/v1/users/me", adminToken)
	}
	h.clock.Advance(3 * time.Second)
	r := h.get("/v1/users/me", adminToken)
	if r.status != 403 || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || r.json != nil {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	if r := h.get("/v1/users/me", plainToken); r.status != 200 {
		t.Errorf("another token is blocked too: %d", r.status)
	}
	h.clock.Advance(time.Minute)
	if r := h.get("/v1/users/me", adminToken); r.status != 200 {
		t.Errorf("after the block: %d", r.status)
	}
	h.ResetUsage()
	if m := h.Usage(); len(m.Peak)+len(m.Refused)+len(m.Requests)+len(m.Tokens) != 0 {
		t.Errorf("after reset: %+v", m)
	}
}

// TestBurstNeverLetsTooManyIn replays random arrivals and counts by brute force.
func TestBurstNeverLetsTooManyIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		sim := pipedrive.New(state(), pipedrive.Options{Now: c.Now, BlockAfter: 1 << 30})
		var in []time.Time
		for _, ms := range rapid.SliceOfN(rapid.IntRange(0, 400), 1, 200).Draw(t, "gaps") {
			c.Advance(time.Duration(ms) * time.Millisecond)
			now := c.Now()
			recent := 0
			for _, at := range in {
				if at.After(now.Add(-2 * time.Second)) {
					recent++
				}
			}
			r := httptest.NewRequest(http.MethodGet, "/v1/users/me", nil)
			r.Header.Set("x-api-token", adminToken)
			w := httptest.NewRecorder()
			sim.ServeHTTP(w, r)
			if ok := w.Code == 200; ok != (recent < 20) {
				t.Fatalf("%d in the window, answered %d", recent, w.Code)
			} else if ok {
				in = append(in, now)
			}
		}
	})
}

// FuzzAnyRequest: whatever comes in, something well-formed goes out.
func FuzzAnyRequest(f *testing.F) {
	f.Add("GET", "/v1/users/1", "", "")
	f.Add("GET", "/api/v2/users/1/followers", "cursor=MS8z&limit=2", "")
	f.Add("POST", "/v1/users", "", `{"email":"a@b","access":[{"app":"x"}],"active_flag":"1"}`)
	f.Add("PUT", "/v1/users/2", "", `{"active_flag":0}`)
	f.Add("GET", "/v1/users/1/roleAssignments", "start=9999999&limit=-1", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		r, err := http.NewRequest(method, "http://sim.example", strings.NewReader(body))
		if err != nil {
			return
		}
		r.URL.Path, r.URL.RawQuery = path, query
		r.Header.Set("x-api-token", adminToken)
		w := httptest.NewRecorder()
		pipedrive.New(state(), pipedrive.Options{}).ServeHTTP(w, r)
		if w.Code < 200 || w.Code > 499 || w.Body.Len() == 0 {
			t.Errorf("%s %s?%s: %d %q", method, path, query, w.Code, w.Body)
		}
	})
}
