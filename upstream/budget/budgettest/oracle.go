package budgettest

import (
	"fmt"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// request is one request as the vendor saw it: it arrived once, somewhere between sending and answer.
type request struct {
	sent, arrived time.Duration
	settled       time.Duration
	tokens, slots int
	class         budget.Class
	by            budget.Attribution
}

// oracle remembers every request and judges by brute force, sharing no arithmetic with the engine.
type oracle struct {
	requests []request
}

func (o *oracle) within(from, to time.Duration, of func(request) int) int {
	n := 0
	for _, r := range o.requests {
		if r.arrived >= from && r.arrived < to {
			n += of(r)
		}
	}
	return n
}

// of is the tokens of one client alone.
func of(client string) func(request) int {
	return func(r request) int {
		if r.by.Client != client {
			return 0
		}
		return r.tokens
	}
}

func tokens(r request) int { return r.tokens }
func slots(r request) int  { return r.slots }

func refreshTokens(r request) int {
	if r.class == budget.Refresh {
		return r.tokens
	}
	return 0
}

// overAny finds a window of the given length, beginning at any request, that holds more than limit.
func (o *oracle) overAny(length time.Duration, limit int, what string, of func(request) int) error {
	for _, r := range o.requests {
		if n := o.within(r.arrived, r.arrived+length, of); n > limit {
			return fmt.Errorf("%d %s in the %s from %s, more than %d", n, what, length, r.arrived, limit)
		}
	}
	return nil
}

// overDay finds a day of the vendor's, true time, that holds more than limit tokens.
func (o *oracle) overDay(reset time.Duration, limit int, of func(request) int) error {
	begin := epoch.Truncate(24 * time.Hour).Add(reset - 24*time.Hour).Sub(epoch)
	end := time.Duration(0)
	for _, r := range o.requests {
		end = max(end, r.arrived)
	}
	for ; begin <= end; begin += 24 * time.Hour {
		if n := o.within(begin, begin+24*time.Hour, of); n > limit {
			return fmt.Errorf("%d tokens in the vendor's day from %s, more than %d", n, begin, limit)
		}
	}
	return nil
}
