package collect_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// spoilt is one Pipedrive company behind a vendor that a test spoils.
type spoilt struct {
	*vendor
	costs  *collect.Costs
	client *pipedrive.Client
	seen   []collect.Attempt
	log    bytes.Buffer
}

func (s *spoilt) Called(a collect.Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, a)
}

// answer makes the vendor give one answer to everything.
func (s *spoilt) answer(status int, body string, header ...string) {
	h := map[string]string{}
	for i := 0; i < len(header); i += 2 {
		h[header[i]] = header[i+1]
	}
	s.spoil = func(string) *http.Response { return respond(status, body, h) }
}

// read asks for one user's permissions, in no more than a second.
func (s *spoilt) read(t *testing.T) *fault.Error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := s.client.As(wire.Interactive, s.costs.Gate(budget.Attribution{Client: "frontend"})).Permissions(ctx, 7)
	return fault.From(err)
}

// spoil runs a test against a company whose calls are never repeated.
func spoil(t *testing.T, test func(t *testing.T, s *spoilt)) {
	synctest.Test(t, func(t *testing.T) {
		s := &spoilt{vendor: &vendor{takes: 10 * time.Millisecond, calls: map[string]int{}}}
		s.costs = collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), map[person.SourceID]collect.Charge{
			acme: {System: person.Pipedrive, Limits: budget.Limits{Account: "7001", Credential: "token", Tokens: 1000, Burst: 20}},
		}, collect.CostOptions{
			Allowances: collect.Allowances{"batch": {person.Pipedrive: 25}},
			Observer:   s, Jitter: func() float64 { return 1 },
			Log: slog.New(slog.NewTextHandler(&s.log, nil)),
		})
		var err error
		s.client, err = pipedrive.New(acme, "https://acme.example", nil, pipedrive.Options{Transport: s, Limits: wire.Limits{MaxRetries: -1}})
		if err != nil {
			t.Fatal(err)
		}
		test(t, s)
	})
}

func (s *spoilt) want(t *testing.T, f *fault.Error, kind fault.Kind, after time.Duration) {
	t.Helper()
	if f == nil || f.Kind != kind || f.RetryAfter != after || f.Source != "acme" {
		t.Fatalf("%+v, want %s after %s", f, kind.Code(), after)
	}
}

func TestBurst429PausesTheCredential(t *testing.T) {
	spoil(t, func(t *testing.T, s *spoilt) {
		s.answer(429, `{"success":false}`, "Retry-After", "7")
		s.want(t, s.read(t), fault.RateLimited, 7*time.Second)
		calls := s.total()
		s.want(t, s.read(t), fault.RateLimited, 7*time.Second)
		if s.total() != calls {
			t.Error("a paused credential was used")
		}
		s.spoil = nil
		time.Sleep(7 * time.Second)
		if f := s.read(t); f != nil {
			t.Errorf("after the pause: %+v", f)
		}
	})
}

func TestDaily429StopsUntilTheReset(t *testing.T) {
	spoil(t, func(t *testing.T, s *spoilt) {
		s.answer(429, `{"success":false,"error":"Daily API token limit exceeded"}`, "X-Daily-Ratelimit-Token-Remaining", "0")
		if f := s.read(t); f == nil || f.Kind != fault.BudgetExhausted {
			t.Fatalf("%+v", f)
		}
		calls := s.total()
		for range 50 {
			if f := s.read(t); f == nil || f.Kind != fault.BudgetExhausted {
				t.Fatalf("%+v", f)
			}
			time.Sleep(30 * time.Second)
		}
		if n := s.total() - calls; n > 0 {
			t.Errorf("%d calls in 25 minutes", n)
		}
		time.Sleep(6 * time.Minute) // the reset is not known: one probe in half an hour
		_, _ = s.read(t), s.read(t)
		if n := s.total() - calls; n != 1 {
			t.Errorf("%d probes in 31 minutes", n)
		}
	})
}

func TestHTML403StopsTheCredentialAndAlarms(t *testing.T) {
	spoil(t, func(t *testing.T, s *spoilt) {
		s.answer(403, "<html>blocked</html>", "Content-Type", "text/html")
		if f := s.read(t); f == nil || f.Kind != fault.SourceUnavailable {
			t.Fatalf("%+v", f)
		}
		calls := s.total()
		for range 5 {
			if f := s.read(t); f == nil || f.Kind != fault.SourceUnavailable || f.RetryAfter > 15*time.Minute || f.RetryAfter < 14*time.Minute {
				t.Fatalf("%+v", f)
			}
		}
		if r, ok := s.costs.Readout(acme); !ok || !r.Alarm || s.total() != calls {
			t.Errorf("%+v after %d more calls", r, s.total()-calls)
		}
		time.Sleep(15 * time.Minute)
		_ = s.read(t) // still blocked: no second alarm
		if n := strings.Count(s.log.String(), "level=ERROR"); n != 1 {
			t.Errorf("%d alarms: %s", n, s.log.String())
		}
		s.spoil = nil
		time.Sleep(15 * time.Minute)
		if f := s.read(t); f != nil {
			t.Fatalf("%+v", f)
		}
		s.answer(403, "<html>blocked</html>", "Content-Type", "text/html")
		_ = s.read(t)
		if n := strings.Count(s.log.String(), "level=ERROR"); n != 2 {
			t.Errorf("%d alarms, want a new one for a new block", n)
		}
	})
}

// fails says of a class of failure that it opens the breaker: refused at once, without a call and without a charge.
func fails(t *testing.T, spoiling func(s *spoilt)) {
	spoil(t, func(t *testing.T, s *spoilt) {
		spoiling(s)
		for range 5 {
			if f := s.read(t); f == nil || f.Kind != fault.SourceUnavailable {
				t.Fatalf("%+v", f)
			}
		}
		calls, spent := s.total(), s.spent(t)
		began := time.Now()
		s.want(t, s.read(t), fault.SourceUnavailable, 5*time.Second)
		if s.total() != calls || s.spent(t) != spent || time.Since(began) > 0 {
			t.Errorf("an open breaker took %d calls, %d tokens and %s", s.total()-calls, s.spent(t)-spent, time.Since(began))
		}
		if a := s.seen[len(s.seen)-1]; a.Kind != wire.Refused || a.Tokens != 0 || a.Refusal != "breaker_open" {
			t.Errorf("observed %+v", a)
		}
		time.Sleep(5 * time.Second)
		if f := s.read(t); f == nil || s.total() != calls+1 {
			t.Errorf("the probe: %+v after %d calls", f, s.total()-calls)
		}
		s.want(t, s.read(t), fault.SourceUnavailable, 10*time.Second)
		s.spoil, s.takes = nil, 10*time.Millisecond
		time.Sleep(10 * time.Second)
		for range 3 {
			if f := s.read(t); f != nil {
				t.Errorf("it answers again: %+v", f)
			}
		}
		if n := strings.Count(s.log.String(), `level=INFO msg="a source answers again" source=acme`); n != 1 {
			t.Errorf("its return is told %d times: %s", n, s.log.String())
		}
	})
}

func (s *spoilt) spent(t *testing.T) int {
	t.Helper()
	r, ok := s.costs.Readout(acme)
	if !ok {
		t.Fatal("no readout")
	}
	return r.Spent + r.Reserved
}

func Test5xxOpensTheBreaker(t *testing.T) {
	fails(t, func(s *spoilt) { s.answer(502, "") })
}

func TestTimeoutsOpenTheBreaker(t *testing.T) {
	fails(t, func(s *spoilt) { s.takes = time.Minute })
}

func TestMalformedAnswersOpenTheBreaker(t *testing.T) {
	fails(t, func(s *spoilt) { s.answer(200, `{"success":tr`) })
}

func TestRefusedRequestsLeaveTheBreakerClosed(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 410} {
		spoil(t, func(t *testing.T, s *spoilt) {
			s.answer(status, `{"success":false}`)
			for range 50 {
				_ = s.read(t)
				time.Sleep(time.Second)
			}
			if s.total() != 50 {
				t.Errorf("%d: %d of 50 calls went out", status, s.total())
			}
		})
	}
}

// TestQueuedCallsHearOfTheBreaker: those in the queue of an exhausted burst window are refused as soon as the breaker opens.
func TestQueuedCallsHearOfTheBreaker(t *testing.T) {
	spoil(t, func(t *testing.T, s *spoilt) {
		s.answer(500, "")
		done := make(chan *fault.Error)
		for range 40 {
			go func() {
				_, err := s.client.As(wire.Interactive, s.costs.Gate(budget.Attribution{})).Permissions(t.Context(), 7)
				done <- fault.From(err)
			}()
		}
		for range 40 {
			if f := <-done; f == nil || f.Kind != fault.SourceUnavailable {
				t.Errorf("%+v", f)
			}
		}
		if n := s.total(); n != 20 {
			t.Errorf("%d calls went out, want the first window's 20 alone", n)
		}
		if got := s.spent(t); got != 200 {
			t.Errorf("%d tokens were charged, want those of 20 calls", got)
		}
	})
}

func TestAllowances(t *testing.T) {
	spoil(t, func(t *testing.T, s *spoilt) {
		ask := func(client string) *fault.Error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			by := budget.Attribution{Client: client, Operation: "Nightly", Field: "PipedriveUser.permissions"}
			_, err := s.client.As(wire.Interactive, s.costs.Gate(by)).Permissions(ctx, 7)
			return fault.From(err)
		}
		for range 2 {
			if f := ask("batch"); f != nil {
				t.Fatalf("%+v", f)
			}
		}
		f := ask("batch")
		if f == nil || f.Kind != fault.BudgetExhausted || f.RetryAfter < 23*time.Hour || !strings.Contains(f.Message, "allowance at acme") {
			t.Errorf("%+v", f)
		}
		if f := ask("frontend"); f != nil {
			t.Errorf("one without an allowance: %+v", f)
		}
		rows := s.costs.Spent(acme)
		if len(rows) != 2 || rows[0].Client != "batch" || rows[0].Tokens != 20 || rows[0].Calls != 2 || rows[0].Class != "interactive" ||
			rows[0].Operation != "Nightly" || rows[0].Field != "PipedriveUser.permissions" || rows[1].Client != "frontend" {
			t.Errorf("%+v", rows)
		}
		if s.costs.Spent("nowhere") != nil {
			t.Error("an unknown source has spent something")
		}
		var kinds []wire.Kind
		for _, a := range s.seen {
			kinds = append(kinds, a.Kind)
			if a.Source != acme || a.Operation != pipedrive.OpPermissions || a.By.Operation != "Nightly" ||
				a.Kind == wire.OK && (a.Tokens != 10 || a.Took != 10*time.Millisecond || a.Status != 200) {
				t.Errorf("observed %+v", a)
			}
		}
		if len(kinds) != 4 || kinds[2] != wire.Refused {
			t.Errorf("observed %v", kinds)
		}
	})
}
