package chaos_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const good = `{"success":true,"data":[1,2,3]}`

var vendor = chaos.Vendor{
	Operation: func(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/") },
	Answers: map[chaos.Kind]http.Handler{chaos.Burst429: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		io.WriteString(w, `{"error":"Throttled"}`)
	})},
}

func serve(t *testing.T, faults ...chaos.Fault) (*chaos.Schedule, *httptest.Server) {
	t.Helper()
	s := chaos.New(vendor)
	if err := s.Add(faults...); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, good) })))
	t.Cleanup(func() { s.Close(); srv.Close() })
	return s, srv
}

func get(t *testing.T, ctx context.Context, url string) (status int, body string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

func TestEveryKindFailsInItsWay(t *testing.T) {
	for kind, want := range map[chaos.Kind]struct {
		status int
		body   string
		fails  bool
	}{
		chaos.Status500: {status: 500}, chaos.Status503: {status: 503}, chaos.Unauthorized: {status: 401},
		chaos.Burst429: {status: 429, body: `{"error":"Throttled"}`}, chaos.Daily429: {status: 429},
		chaos.HTML403: {status: 403, body: "<!DOCTYPE html>"}, chaos.Reset: {fails: true}, chaos.Truncated: {fails: true},
		chaos.Slow: {status: 200, body: good}, chaos.SlowBody: {status: 200, body: good},
	} {
		t.Run(string(kind), func(t *testing.T) {
			s, srv := serve(t, chaos.Fault{Name: "f", Kind: kind, Count: 1, Delay: chaos.Duration(time.Millisecond)})
			s.MustFire(t)
			status, body, err := get(t, t.Context(), srv.URL)
			if (err != nil) != want.fails {
				t.Fatalf("error %v", err)
			}
			if !want.fails && (status != want.status || !strings.Contains(body, want.body)) {
				t.Errorf("%d %q", status, body)
			}
			if status, body, err := get(t, t.Context(), srv.URL); status != 200 || body != good {
				t.Errorf("a count of 1 is over, got %d %q %v", status, body, err)
			}
		})
	}
}

func TestGarbageIsNoJSON(t *testing.T) {
	_, srv := serve(t, chaos.Fault{Name: "f", Kind: chaos.Garbage})
	status, body, err := get(t, t.Context(), srv.URL)
	if err != nil || status != 200 || json.Valid([]byte(body)) {
		t.Errorf("%d %q %v", status, body, err)
	}
}

func TestHugeBodyGoesOnUntilTheReaderStops(t *testing.T) {
	_, srv := serve(t, chaos.Fault{Name: "f", Kind: chaos.HugeBody})
	res, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	n, err := io.CopyN(io.Discard, res.Body, 64<<20)
	if err != nil || n != 64<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestHangEndsWithTheRequest(t *testing.T) {
	_, srv := serve(t, chaos.Fault{Name: "f", Kind: chaos.Hang})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := get(t, ctx, srv.URL); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestHangEndsWithTheSchedule(t *testing.T) {
	for _, kind := range []chaos.Kind{chaos.Hang, chaos.SlowBody, chaos.Slow} {
		arrived := make(chan struct{})
		s := chaos.New(chaos.Vendor{Operation: func(*http.Request) string { close(arrived); return "x" }})
		if err := s.Add(chaos.Fault{Name: "f", Kind: kind, Match: chaos.Match{Operation: "x"}, Delay: chaos.Duration(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, good) })))
		t.Cleanup(srv.Close)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, body, err := get(t, t.Context(), srv.URL); err == nil && body == good {
				t.Errorf("%s: answered", kind)
			}
		})
		<-arrived
		s.Close()
		wg.Wait()
	}
}

func TestMatch(t *testing.T) {
	for name, tc := range map[string]struct {
		match chaos.Match
		hits  []bool // GET /users, GET /users/1, POST /users
	}{
		"everything": {chaos.Match{}, []bool{true, true, true}},
		"method":     {chaos.Match{Method: "POST"}, []bool{false, false, true}},
		"prefix":     {chaos.Match{Path: "/users/"}, []bool{false, true, false}},
		"pattern":    {chaos.Match{Pattern: `^/users$`}, []bool{true, false, true}},
		"operation":  {chaos.Match{Operation: "users"}, []bool{true, false, true}},
		"all agree":  {chaos.Match{Method: "GET", Operation: "users"}, []bool{true, false, false}},
	} {
		s := chaos.New(vendor)
		if err := s.Add(chaos.Fault{Name: "f", Kind: chaos.Status500, Match: tc.match}); err != nil {
			t.Fatal(err)
		}
		h := s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
		for i, req := range [][2]string{{"GET", "/users"}, {"GET", "/users/1"}, {"POST", "/users"}} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(req[0], req[1], nil))
			if hit := w.Code == 500; hit != tc.hits[i] {
				t.Errorf("%s: %v hit %v", name, req, hit)
			}
		}
	}
}

// TestScheduleCounts compares After and Count with plain arithmetic.
func TestScheduleCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after, count, n := rapid.IntRange(0, 8).Draw(t, "after"), rapid.IntRange(0, 5).Draw(t, "count"), rapid.IntRange(0, 20).Draw(t, "requests")
		s := chaos.New(chaos.Vendor{})
		if err := s.Add(chaos.Fault{Name: "f", Kind: chaos.Status500, After: after, Count: count}); err != nil {
			t.Fatal(err)
		}
		h := s.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		for i := range n {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			if want := i >= after && (count == 0 || i < after+count); want != (w.Code == 500) {
				t.Fatalf("request %d answered %d", i, w.Code)
			}
		}
		if never := n <= after; never != (len(s.Unfired()) == 1) {
			t.Fatalf("unfired: %v", s.Unfired())
		}
	})
}

func TestAddRefuses(t *testing.T) {
	s := chaos.New(chaos.Vendor{})
	ok := chaos.Fault{Name: "a", Kind: chaos.Hang}
	if err := s.Add(ok); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]chaos.Fault{
		"no name": {Kind: chaos.Hang}, "kind": {Name: "b", Kind: "surprise"}, "twice": ok,
		"pattern": {Name: "c", Kind: chaos.Hang, Match: chaos.Match{Pattern: "("}}, "count": {Name: "d", Kind: chaos.Hang, Count: -1},
	} {
		if err := s.Add(chaos.Fault{Name: "fine-" + name, Kind: chaos.Hang}, f); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if n := len(s.Faults()); n != 1 {
		t.Errorf("a refused Add left %d faults", n-1)
	}
}

// recorder is a test that notes its failures.
type recorder struct {
	failures []string
	cleanups []func()
}

func (r *recorder) Helper()                   {}
func (r *recorder) Cleanup(f func())          { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(f string, a ...any) { r.failures = append(r.failures, fmt.Sprintf(f, a...)) }

func TestMustFire(t *testing.T) {
	s := chaos.New(chaos.Vendor{})
	if err := s.Add(chaos.Fault{Name: "fires", Kind: chaos.Status500}, chaos.Fault{Name: "never", Kind: chaos.Hang, Match: chaos.Match{Path: "/x"}},
		chaos.Fault{Name: "removed", Kind: chaos.Hang, After: 9}); err != nil {
		t.Fatal(err)
	}
	var r recorder
	s.MustFire(&r)
	s.Wrap(nil).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if !s.Remove("removed") || s.Remove("removed") {
		t.Error("Remove does not tell what it did")
	}
	for _, f := range r.cleanups {
		f()
	}
	if len(r.failures) != 2 || !strings.Contains(r.failures[0]+r.failures[1], `"never"`) || !strings.Contains(r.failures[0]+r.failures[1], `"removed"`) {
		t.Errorf("%q", r.failures)
	}
}

func TestScheduleIsData(t *testing.T) {
	const text = `[{"name":"a","kind":"slowBody","match":{"method":"GET","pattern":"^/v1"},"after":2,"count":1,"delay":"250ms"},{"name":"b","kind":"hang"}]`
	s := chaos.New(chaos.Vendor{})
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(s)
	if err != nil || string(out) != text {
		t.Errorf("%s %v", out, err)
	}
	if err := json.Unmarshal([]byte(`[{"name":"x","kind":"nonsense"}]`), s); err == nil {
		t.Error("nonsense accepted")
	}
}

// FuzzFaultJSON: whatever is accepted comes out again as it went in.
func FuzzFaultJSON(f *testing.F) {
	f.Add([]byte(`[{"name":"a","kind":"reset","count":3}]`))
	f.Add([]byte(`[{"name":"a","kind":"hang","match":{"pattern":"("}}]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		s := chaos.New(chaos.Vendor{})
		if json.Unmarshal(in, s) != nil {
			return
		}
		once, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again := chaos.New(chaos.Vendor{})
		if err := json.Unmarshal(once, again); err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice, _ := json.Marshal(again); string(twice) != string(once) {
			t.Errorf("%s became %s", once, twice)
		}
	})
}
