package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	password = "correct-horse-battery-staple"
	secret   = "a-secret-that-nobody-guesses"
)

// sink keeps what was handed on. It waits in Take while held.
type sink struct {
	mu        sync.Mutex
	events    []collect.Event
	batches   int
	overflows []person.SourceID
	held      chan struct{}
}

func (s *sink) Take(events []collect.Event) {
	if s.held != nil {
		<-s.held
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events, s.batches = append(s.events, events...), s.batches+1
}

func (s *sink) Overflow(source person.SourceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.overflows = append(s.overflows, source)
}

// tells is a body that parse understands: what happened to whom.
func tells(id string) string { return `{"id":"` + id + `"}` }

func parse(source person.SourceID) collect.EventParser {
	return func(body []byte) (collect.Event, error) {
		text := string(body)
		switch {
		case strings.Contains(text, "weather"):
			return collect.Event{}, collect.ErrNoEvent
		case strings.Contains(text, "riddle"):
			return collect.Event{}, errors.New("no idea")
		}
		id, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(text), `{"id":"`), `"`)
		e := collect.Event{Source: source, ID: id}
		if strings.Contains(text, "attempt") {
			e.Delivery = "delivery of " + id
		}
		return e, nil
	}
}

// station is a receiver with one hook of each vendor, whose log is kept.
type station struct {
	*webhook.Receiver
	sink     *sink
	log      strings.Builder
	outcomes map[webhook.Outcome]int
}

func newStation(o webhook.Options) *station {
	s := &station{sink: &sink{}, outcomes: map[webhook.Outcome]int{}}
	o.Log = slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var mu sync.Mutex
	o.Count = func(_ person.SourceID, outcome webhook.Outcome) {
		mu.Lock()
		defer mu.Unlock()
		s.outcomes[outcome]++
	}
	s.Receiver = webhook.New([]webhook.Hook{
		{Source: "crm", System: person.Pipedrive, Lock: webhook.Basic("pd", password), Parse: parse("crm")},
		{Source: "ops", System: person.Pipefy, Lock: webhook.Header(secret), Parse: parse("ops")},
		{Source: "apps", System: person.Pipedream, Lock: webhook.Path(secret), Parse: parse("apps")},
		{Source: "open", System: person.Pipefy, Parse: parse("open")},
	}, s.sink, o)
	return s
}

// run hands on until the bubble's test ends.
func (s *station) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func (s *station) send(method, path, body string, edit func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func basic(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func header(value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(webhook.SecretHeader, value) }
}

func (s *station) toCRM(body string) int {
	return s.send("POST", "/webhooks/pipedrive/crm", body, basic("pd", password)).Code
}

func TestWhoMayPost(t *testing.T) {
	s := newStation(webhook.Options{})
	for _, c := range []struct {
		name, method, path string
		edit               func(*http.Request)
		want               int
	}{
		{"Pipedrive", "POST", "/webhooks/pipedrive/crm", basic("pd", password), 204},
		{"Pipedrive, wrong password", "POST", "/webhooks/pipedrive/crm", basic("pd", password+"x"), 401},
		{"Pipedrive, wrong user", "POST", "/webhooks/pipedrive/crm", basic("pdx", password), 401},
		{"Pipedrive, the split elsewhere", "POST", "/webhooks/pipedrive/crm", basic("p", "d"+password), 401},
		{"Pipedrive, nothing", "POST", "/webhooks/pipedrive/crm", nil, 401},
		{"Pipefy", "POST", "/webhooks/pipefy/ops", header(secret), 204},
		{"Pipefy, half a secret", "POST", "/webhooks/pipefy/ops", header(secret[:8]), 401},
		{"Pipefy, nothing", "POST", "/webhooks/pipefy/ops", nil, 401},
		{"Pipedream", "POST", "/webhooks/pipedream/apps/" + secret, nil, 204},
		{"Pipedream, wrong", "POST", "/webhooks/pipedream/apps/" + secret + "x", nil, 404},
		{"Pipedream, nothing", "POST", "/webhooks/pipedream/apps/", nil, 404},
		{"Pipedream, as a header", "POST", "/webhooks/pipedream/apps", header(secret), 404},
		{"a hook without a lock is shut", "POST", "/webhooks/pipefy/open", header(""), 401},
		{"an unknown source", "POST", "/webhooks/pipefy/other", header(secret), 404},
		{"another vendor's address", "POST", "/webhooks/pipedrive/ops", header(secret), 404},
		{"reading", "GET", "/webhooks/pipedrive/crm", basic("pd", password), 405},
	} {
		w := s.send(c.method, c.path, tells(c.name), c.edit)
		if w.Code != c.want || w.Body.Len() > 0 {
			t.Errorf("%s: %d %q, want %d and no word", c.name, w.Code, w.Body, c.want)
		}
	}
	if log := s.log.String(); strings.Contains(log, secret) || strings.Contains(log, password) {
		t.Errorf("a secret is in the log: %s", log)
	}
	if s.outcomes[webhook.Accepted] != 3 || s.outcomes[webhook.Refused] != 8 {
		t.Errorf("counted %v", s.outcomes)
	}
}

func TestWhatIsTakenIn(t *testing.T) {
	s := newStation(webhook.Options{Body: 100})
	for _, c := range []struct {
		name, body string
		want       int
		outcome    webhook.Outcome
	}{
		{"an object", tells("ann"), 204, webhook.Accepted},
		{"with space around", " \n" + tells("bob") + "\n", 204, webhook.Accepted},
		{"nothing", "", 400, webhook.Malformed},
		{"a list", `[{"id":"ann"}]`, 400, webhook.Malformed},
		{"null", `null`, 400, webhook.Malformed},
		{"two objects", tells("a") + tells("b"), 400, webhook.Malformed},
		{"half an object", `{"id":`, 400, webhook.Malformed},
		{"a form", "id=ann", 400, webhook.Malformed},
		{"no UTF-8", "{\"id\":\"\xff\"}", 400, webhook.Malformed},
		{"as long as may be", tells(strings.Repeat("x", 100-len(tells("")))), 204, webhook.Accepted},
		{"too long", tells(strings.Repeat("x", 101-len(tells("")))), 413, webhook.TooLarge},
		{"of other matter", `{"weather":1}`, 204, webhook.Ignored},
		{"a shape that nobody knows", `{"riddle":1}`, 204, webhook.Accepted},
	} {
		before := s.outcomes[c.outcome]
		if got := s.toCRM(c.body); got != c.want || s.outcomes[c.outcome] != before+1 {
			t.Errorf("%s: %d, counted %v; want %d, %s", c.name, got, s.outcomes, c.want, c.outcome)
		}
	}
	if strings.Contains(s.log.String(), "ann") {
		t.Errorf("a body is in the log: %s", s.log.String())
	}
}

// TestAnEndlessBodyIsCutOff: what is not read is not held either.
func TestAnEndlessBodyIsCutOff(t *testing.T) {
	s := newStation(webhook.Options{})
	endless := &counted{}
	r := httptest.NewRequest("POST", "/webhooks/pipefy/ops", endless)
	r.Header.Set(webhook.SecretHeader, secret)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 413 || endless.n > 128<<10 {
		t.Errorf("%d after %d bytes", w.Code, endless.n)
	}
	stranger := &counted{}
	if s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/webhooks/pipefy/ops", stranger)); stranger.n > 0 {
		t.Errorf("%d bytes of a stranger were read", stranger.n)
	}
}

type counted struct{ n int }

func (c *counted) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	c.n += len(p)
	return len(p), nil
}

func TestEventsAreHandedOnInOrderAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(webhook.Options{Remember: 3, Keep: time.Hour})
		s.run(t)
		before := time.Now()
		for _, body := range []string{tells("a"), tells("b"), tells("a"), `{"riddle":1}`, `{"weather":1}`, tells("b")} {
			s.toCRM(body)
		}
		synctest.Wait()
		if got := ids(s.sink); got != "a b ?" {
			t.Errorf("handed on %q", got)
		}
		for _, e := range s.sink.events {
			if !e.Received.Equal(before) || e.Source != "crm" {
				t.Errorf("handed on %+v", e)
			}
		}
		// Another source's memory is another, and both forget.
		s.send("POST", "/webhooks/pipefy/ops", tells("a"), header(secret))
		s.toCRM(tells("c")) // the fourth: a is forgotten
		s.toCRM(tells("a"))
		time.Sleep(2 * time.Hour)
		s.toCRM(tells("c"))
		synctest.Wait()
		if got := ids(s.sink); got != "a b ? a c a c" && got != "a b ? c a a c" && got != "a b ? c a c a" {
			t.Errorf("handed on %q", got)
		}
		if s.outcomes[webhook.Duplicate] != 2 || s.outcomes[webhook.Ignored] != 1 {
			t.Errorf("counted %v", s.outcomes)
		}
	})
}

func ids(s *sink) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, e := range s.events {
		id := e.ID
		if id == "" {
			id = "?"
		}
		out = append(out, id)
	}
	return strings.Join(out, " ")
}

func TestAttemptsAtOneDeliveryAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(webhook.Options{})
		s.run(t)
		for attempt := range 4 {
			s.toCRM(fmt.Sprintf(`{"id":"a","attempt":%d}`, attempt))
		}
		synctest.Wait()
		if got := ids(s.sink); got != "a" {
			t.Errorf("handed on %q", got)
		}
	})
}

// TestAFloodIsAnsweredAndBounded: while nobody works, the queue fills, and the rest is told as one doubt each, in no time.
func TestAFloodIsAnsweredAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(webhook.Options{Queue: 8})
		s.sink.held = make(chan struct{})
		s.run(t)
		s.toCRM(tells("first"))
		synctest.Wait() // it is being worked on
		began := time.Now()
		for i := range 5000 {
			if code := s.toCRM(tells(fmt.Sprint(i))); code != 204 {
				t.Fatalf("event %d was answered %d", i, code)
			}
		}
		if waited := time.Since(began); waited > 0 {
			t.Errorf("a full queue makes the vendor wait for %v", waited)
		}
		if n := len(s.sink.overflows); n != 5000-8 || s.sink.overflows[0] != "crm" {
			t.Errorf("%d events were told as dropped, want %d", n, 5000-8)
		}
		// Another address has a queue of its own.
		if s.send("POST", "/webhooks/pipefy/ops", tells("x"), header(secret)); s.outcomes[webhook.Accepted] != 10 {
			t.Errorf("counted %v", s.outcomes)
		}
		close(s.sink.held)
		synctest.Wait()
		if got := len(strings.Fields(ids(s.sink))); got != 10 {
			t.Errorf("%d events were handed on, want 10", got)
		}
	})
}

func TestPlaces(t *testing.T) {
	if got := webhook.Place(person.Pipedrive, "crm"); got != "/webhooks/pipedrive/crm" {
		t.Error(got)
	}
	if got := webhook.Place(person.Pipedream, "apps"); got != "/webhooks/pipedream/apps/{secret}" {
		t.Error(got)
	}
}

// TestOverRealHTTP: the connection's own reading of the request is part of the promise.
func TestOverRealHTTP(t *testing.T) {
	s := newStation(webhook.Options{})
	server := httptest.NewServer(s)
	defer server.Close()
	client := server.Client()
	defer client.CloseIdleConnections()
	post := func(path, body string) int {
		r, err := http.NewRequest("POST", server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("pd", password)
		began := time.Now()
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if rest, _ := io.ReadAll(resp.Body); len(rest) > 0 {
			t.Errorf("%s answers %q", path, rest)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %v", path, took)
		}
		return resp.StatusCode
	}
	for path, want := range map[string]int{"/webhooks/pipedrive/crm": 204, "/webhooks/pipedrive/none": 404, "/webhooks/pipedrive/crm/../ops": 307} {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if got := post(path, tells(path)); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte(`{"meta":{"entity":"user","entity_id":"9","company_id":"7"}}`))
	f.Add([]byte(`{"data":{"action":"user.role_set"}}`))
	f.Add([]byte("\xff{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := &sink{}
		r := webhook.New([]webhook.Hook{
			{Source: "crm", System: person.Pipedrive, Lock: webhook.Header(secret), Parse: collect.PipedriveEvents("crm")},
			{Source: "ops", System: person.Pipefy, Lock: webhook.Header(secret), Parse: collect.PipefyEvents("ops")},
		}, s, webhook.Options{Body: 1 << 10})
		for _, path := range []string{"/webhooks/pipedrive/crm", "/webhooks/pipefy/ops"} {
			req := httptest.NewRequest("POST", path, strings.NewReader(string(body)))
			req.Header.Set(webhook.SecretHeader, secret)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			if w.Code != 204 && w.Code != 400 && w.Code != 413 || w.Body.Len() > 0 {
				t.Fatalf("%d %q", w.Code, w.Body)
			}
		}
	})
}
