package hook_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/sim/hook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// receiver answers with status, and keeps the bodies.
type receiver struct {
	*httptest.Server
	status int
	mu     sync.Mutex
	bodies []string
	came   chan struct{}
}

func newReceiver(t *testing.T, status int) *receiver {
	r := &receiver{status: status, came: make(chan struct{}, 100)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.bodies = append(r.bodies, req.Header.Get("X-Who")+string(body))
		r.mu.Unlock()
		w.WriteHeader(r.status)
		r.came <- struct{}{}
	}))
	t.Cleanup(r.Close)
	return r
}

// after waits for so many requests and gives their bodies.
func (r *receiver) after(t *testing.T, n int) []string {
	t.Helper()
	for range n {
		select {
		case <-r.came:
		case <-time.After(time.Minute):
			t.Fatal("a delivery did not come")
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies)
}

func outbox(t *testing.T, schedule *chaos.Schedule, retries ...time.Duration) (*hook.Outbox, *hook.Record) {
	record := &hook.Record{}
	o := hook.NewOutbox(schedule, record, retries...)
	t.Cleanup(o.Close)
	return o, record
}

func (r *receiver) delivery(name string) hook.Delivery {
	return hook.Delivery{URL: r.URL, Header: http.Header{"X-Who": {"me:"}}, Body: func(attempt int) []byte { return fmt.Append(nil, name, attempt) }}
}

func TestWhatBefallsDeliveries(t *testing.T) {
	for _, c := range []struct {
		kind chaos.Kind
		want []string
	}{
		{"", []string{"me:a1", "me:b1", "me:c1"}},
		{chaos.Lost, []string{"me:b1", "me:c1"}},
		{chaos.Twice, []string{"me:a1", "me:a1", "me:b1", "me:c1"}},
		{chaos.Late, []string{"me:b1", "me:a1", "me:c1"}},
	} {
		schedule := chaos.New(chaos.Vendor{})
		if c.kind != "" {
			if err := schedule.Add(chaos.Fault{Name: "x", Kind: c.kind, Count: 1}); err != nil {
				t.Fatal(err)
			}
			schedule.MustFire(t)
		}
		r := newReceiver(t, http.StatusNoContent)
		o, _ := outbox(t, schedule)
		for _, name := range []string{"a", "b", "c"} {
			o.Send(r.delivery(name))
		}
		if got := r.after(t, len(c.want)); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.kind, got, c.want)
		}
	}
}

func TestSlowDeliveriesAreOvertaken(t *testing.T) {
	schedule := chaos.New(chaos.Vendor{})
	if err := schedule.Add(chaos.Fault{Name: "x", Kind: chaos.Slow, Count: 1, Delay: chaos.Duration(50 * time.Millisecond)}); err != nil {
		t.Fatal(err)
	}
	r := newReceiver(t, http.StatusOK)
	o, _ := outbox(t, schedule)
	o.Send(r.delivery("a"))
	o.Send(r.delivery("b"))
	if got := r.after(t, 2); !slices.Equal(got, []string{"me:b1", "me:a1"}) {
		t.Error(got)
	}
}

func TestFailedDeliveriesAreTriedAgain(t *testing.T) {
	r := newReceiver(t, http.StatusServiceUnavailable)
	o, record := outbox(t, chaos.New(chaos.Vendor{}), time.Millisecond, time.Millisecond)
	o.Send(r.delivery("a"))
	if got := r.after(t, 3); !slices.Equal(got, []string{"me:a1", "me:a2", "me:a3"}) {
		t.Error(got)
	}
	o.Close()
	for i, receipt := range record.List() {
		if receipt.Attempt != i+1 || receipt.URL != r.URL {
			t.Errorf("receipt %d is %+v", i, receipt)
		}
	}
	o.Send(r.delivery("late")) // closed: nothing happens
}

// TestFaultsOfDeliveriesSpareRequests: a schedule is of both, and neither meets the other's faults.
func TestFaultsOfDeliveriesSpareRequests(t *testing.T) {
	schedule := chaos.New(chaos.Vendor{})
	if err := schedule.Add(chaos.Fault{Name: "lost", Kind: chaos.Lost}, chaos.Fault{Name: "broken", Kind: chaos.Status500}); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	schedule.Wrap(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if f, ok := schedule.Delivery(httptest.NewRequest("POST", "/", nil)); w.Code != 500 || !ok || f.Name != "lost" {
		t.Errorf("a request met %d, a delivery %v", w.Code, f)
	}
}
