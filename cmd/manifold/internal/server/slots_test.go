package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
)

// held is an API whose operations last until let, and how many are running and were at most.
type held struct {
	http.Handler
	let                    chan struct{}
	running, most, entered atomic.Int64
}

func holding(concurrent int) *held {
	h := &held{let: make(chan struct{})}
	h.Handler = api(tiny{exec: func(context.Context) *graphql.Response {
		h.most.Store(max(h.most.Load(), h.running.Add(1)))
		h.entered.Add(1)
		defer h.running.Add(-1)
		<-h.let
		return &graphql.Response{Data: json.RawMessage(`{"who":"x"}`)}
	}}, server.Limits{Concurrent: concurrent, Timeout: time.Hour})
	return h
}

// by sends one query as who, without a network, so that synctest knows who waits for what.
func by(ctx context.Context, h http.Handler, who string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(access.With(ctx, access.NewPrincipal(who)), "POST", "http://localhost/graphql", strings.NewReader(ask("{who}")))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestOnePrincipalHasHalfOfTheOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holding(4)
		var all sync.WaitGroup
		var refused atomic.Int64
		start := time.Now()
		for range 10 {
			all.Go(func() {
				w := by(t.Context(), h, "greedy")
				if w.Code == http.StatusOK {
					return
				}
				refused.Add(1)
				if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), `"code":"RATE_LIMITED"`) {
					t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
				}
			})
		}
		synctest.Wait()
		if h.running.Load() != 2 || refused.Load() != 6 {
			t.Errorf("%d run and %d were refused at once, want 2 and 6", h.running.Load(), refused.Load())
		}
		for range 2 {
			all.Go(func() { by(t.Context(), h, "modest") })
		}
		synctest.Wait()
		if h.running.Load() != 4 || time.Since(start) != 0 {
			t.Errorf("another principal did not begin at once: %d run", h.running.Load())
		}
		time.Sleep(2 * time.Second) // of the bubble: nobody waits for it
		if refused.Load() != 8 {
			t.Errorf("%d were refused once they had waited, want 8", refused.Load())
		}
		close(h.let)
		all.Wait()
		if h.most.Load() != 4 {
			t.Errorf("%d ran at once, of 4", h.most.Load())
		}
		if w := by(t.Context(), h, "greedy"); w.Code != http.StatusOK {
			t.Errorf("after all of them: %d", w.Code)
		}
	})
}

func TestASlotThatIsGivenBackGoesToWhoeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holding(2)
		var all sync.WaitGroup
		begin := func(who string) { all.Go(func() { by(t.Context(), h, who) }); synctest.Wait() }
		for _, who := range []string{"a", "b", "a", "c"} {
			begin(who)
		}
		if h.running.Load() != 2 {
			t.Fatalf("%d run, of 2", h.running.Load())
		}
		h.let <- struct{}{}
		synctest.Wait()
		if h.entered.Load() != 3 {
			t.Errorf("%d began, want the first in the queue after one ended", h.entered.Load())
		}
		close(h.let)
		all.Wait()
		if h.entered.Load() != 4 {
			t.Errorf("%d of 4 were executed", h.entered.Load())
		}
	})
}

func TestASlotIsGivenBackWhateverHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		panics := true
		h := api(tiny{exec: func(context.Context) *graphql.Response {
			if panics {
				panic("broken")
			}
			return &graphql.Response{Data: json.RawMessage(`{}`)}
		}}, server.Limits{Concurrent: 1})
		for range 3 {
			func() {
				defer func() { _ = recover() }()
				by(t.Context(), h, "a")
			}()
		}
		panics = false
		if w := by(t.Context(), h, "a"); w.Code != http.StatusOK {
			t.Errorf("after panics: %d %s", w.Code, w.Body)
		}

		gone, leave := context.WithCancel(t.Context())
		held := holding(1)
		var all sync.WaitGroup
		all.Go(func() { by(t.Context(), held, "a") })
		synctest.Wait()
		all.Go(func() { by(gone, held, "b") })
		synctest.Wait()
		leave()
		synctest.Wait()
		close(held.let)
		all.Wait()
		if w := by(t.Context(), held, "c"); w.Code != http.StatusOK || held.entered.Load() != 2 {
			t.Errorf("after one who left the queue: %d, %d executed", w.Code, held.entered.Load())
		}
	})
}

// slowWriter is a client that reads no answer until it is let.
type slowWriter struct {
	*httptest.ResponseRecorder
	let chan struct{}
}

func (s slowWriter) Write(b []byte) (int, error) {
	<-s.let
	return s.ResponseRecorder.Write(b)
}

func (s slowWriter) WriteString(b string) (int, error) { return s.Write([]byte(b)) }

// slowBody is a client that sends no body until it is let.
type slowBody struct {
	*strings.Reader
	let chan struct{}
}

func (s slowBody) Read(b []byte) (int, error) {
	<-s.let
	return s.Reader.Read(b)
}

func TestSlowClientsHoldNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := api(tiny{}, server.Limits{Concurrent: 1})
		let := make(chan struct{})
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { // reads slowly
				r := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/graphql", strings.NewReader(ask("{who}")))
				r.Header.Set("Content-Type", "application/json")
				h.ServeHTTP(slowWriter{httptest.NewRecorder(), let}, r)
			})
			all.Go(func() { // sends slowly
				r := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/graphql", slowBody{strings.NewReader(ask("{who}")), let})
				r.Header.Set("Content-Type", "application/json")
				h.ServeHTTP(httptest.NewRecorder(), r)
			})
		}
		synctest.Wait()
		if w := by(t.Context(), h, "good"); w.Code != http.StatusOK {
			t.Errorf("beside slow clients: %d %s", w.Code, w.Body)
		}
		close(let)
		all.Wait()
	})
}
