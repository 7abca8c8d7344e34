package budget

import (
	"testing"
	"time"
)

// TestNoLimitHoldsNoSlots: a credential without a burst limit remembers nothing of its requests.
func TestNoLimitHoldsNoSlots(t *testing.T) {
	s := &slots{window: time.Second}
	for range 1000 {
		s.take(1)
		s.settle(Reservation{Ask: Ask{Slots: 1}}, Outcome{Sent: true}, 0, 0, 0)
	}
	if len(s.held) != 0 || s.inFlight != 0 {
		t.Errorf("%d slots are held and %d in flight", len(s.held), s.inFlight)
	}
}
