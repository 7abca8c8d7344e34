package chaos

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
)

// Vendor is how a simulated service looks when it fails. The zero Vendor knows nothing special.
type Vendor struct {
	// Operation names what a request asks for, for Match.Operation; nil: requests have no
	// operation. It may read the body if it puts it back.
	Operation func(*http.Request) string
	// Answers are the vendor's own forms of the kinds that answer a status. A kind that is
	// missing gets a plain one.
	Answers map[Kind]http.Handler
}

// Schedule holds the faults of one service. It is safe for concurrent use; faults
// may come and go while requests run.
type Schedule struct {
	vendor Vendor
	done   chan struct{}
	close  func()

	mu     sync.Mutex
	active []*entry
	// unfired remembers faults that were removed before they fired.
	unfired []Fault
}

type entry struct {
	Fault
	pattern     *regexp.Regexp
	seen, fired int
}

// New makes an empty schedule for a service.
func New(v Vendor) *Schedule {
	s := &Schedule{vendor: v, done: make(chan struct{})}
	s.close = sync.OnceFunc(func() { close(s.done) })
	return s
}

// Close ends what hangs. Call it before the server is closed.
func (s *Schedule) Close() { s.close() }

// Add schedules faults, in the order in which they are tried; the first that fires wins.
// It adds all of them or none.
func (s *Schedule) Add(faults ...Fault) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	active := slices.Clone(s.active)
	for _, f := range faults {
		pattern, err := f.check()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(active, func(e *entry) bool { return e.Name == f.Name }) {
			return fmt.Errorf("chaos: there is a fault %q already", f.Name)
		}
		active = append(active, &entry{Fault: f, pattern: pattern})
	}
	s.active = active
	return nil
}

// Remove ends the fault of that name and tells whether there was one.
func (s *Schedule) Remove(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.active, func(e *entry) bool { return e.Name == name })
	if i < 0 {
		return false
	}
	if e := s.active[i]; e.fired == 0 {
		s.unfired = append(s.unfired, e.Fault)
	}
	s.active = slices.Delete(slices.Clone(s.active), i, i+1)
	return true
}

// Faults are those scheduled now, spent ones included.
func (s *Schedule) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Fault, len(s.active))
	for i, e := range s.active {
		out[i] = e.Fault
	}
	return out
}

// Unfired are the faults that have never fired, removed ones included.
func (s *Schedule) Unfired() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.unfired)
	for _, e := range s.active {
		if e.fired == 0 {
			out = append(out, e.Fault)
		}
	}
	return out
}

// Fired is how often the scheduled fault of that name has fired.
func (s *Schedule) Fired(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.active {
		if e.Name == name {
			return e.fired
		}
	}
	return 0
}

// TB is what MustFire needs of a *testing.T.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
}

// MustFire fails t at its end for each fault that never fired.
func (s *Schedule) MustFire(t TB) {
	t.Helper()
	t.Cleanup(func() {
		t.Helper()
		for _, f := range s.Unfired() {
			t.Errorf("chaos: fault %q (%s) was scheduled and never fired", f.Name, f.Kind)
		}
	})
}

// MarshalJSON writes the scheduled faults as a list.
func (s *Schedule) MarshalJSON() ([]byte, error) { return json.Marshal(s.Faults()) }

// UnmarshalJSON adds the faults of a list to the schedule, which New must have made.
func (s *Schedule) UnmarshalJSON(b []byte) error {
	var faults []Fault
	if err := json.Unmarshal(b, &faults); err != nil {
		return err
	}
	return s.Add(faults...)
}

// Delivery finds the fault that befalls a delivery of the service, and counts it.
func (s *Schedule) Delivery(r *http.Request) (Fault, bool) { return s.pick(r, DeliveryKinds) }

// pick finds the fault of one of kinds that r meets and counts it. Every fault that matches sees
// the request, also behind the one that fires.
func (s *Schedule) pick(r *http.Request, kinds []Kind) (Fault, bool) {
	operation := sync.OnceValue(func() string {
		if s.vendor.Operation == nil {
			return ""
		}
		return s.vendor.Operation(r)
	})
	s.mu.Lock()
	active := s.active
	s.mu.Unlock()
	// Matching may read the body, so it happens outside the lock.
	var matching []*entry
	for _, e := range active {
		if slices.Contains(kinds, e.Kind) && e.Match.accepts(r, e.pattern, operation) {
			matching = append(matching, e)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var hit *entry
	for _, e := range matching {
		e.seen++
		if hit == nil && e.seen > e.After && (e.Count == 0 || e.fired < e.Count) && slices.Contains(s.active, e) {
			hit = e
			e.fired++
		}
	}
	if hit == nil {
		return Fault{}, false
	}
	return hit.Fault, true
}
