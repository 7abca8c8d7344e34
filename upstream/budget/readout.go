package budget

import "time"

// read tells what is left of an account and whether its credential may be used.
func read(a *account, s *slots, l Limits, wall time.Time, now time.Duration) Readout {
	used := a.tally.since(a.period.from(wall, now))
	r := Readout{
		Limit: l.Tokens, Remaining: Unlimited,
		Spent: used.total(), Reserved: a.reserved.total(),
		Refresh:  used[Refresh] + a.reserved[Refresh],
		ResetsAt: a.period.next(wall, now),
	}
	if l.Tokens > 0 {
		r.Remaining = max(l.Tokens-r.Spent-r.Reserved, 0)
		if a.vendor.known() {
			r.Remaining = min(r.Remaining, max(a.vendor.left(r.Reserved), 0))
		}
	}
	switch {
	case s.blocked > now:
		r.State, r.Because, r.Alarm, r.RetryIn = Stopped, Blocked, true, s.blocked-now
	case a.vendor.known() && a.vendor.left(0) <= 0:
		r.State, r.Because, r.RetryIn = Stopped, VendorSpent, max(a.vendor.probeAt-now, 0)
		if !r.ResetsAt.IsZero() {
			r.RetryIn = r.ResetsAt.Sub(wall)
		}
	case l.Tokens > 0 && r.Spent+r.Reserved >= l.Tokens:
		r.State, r.Because = Stopped, ShareSpent
		r.RetryIn = a.relief(&a.tally, a.period.from(wall, now), 1, wall, now, spend.total)
	case a.vendor.known() && a.vendor.left(r.Reserved) <= 0:
		r.State, r.Because, r.RetryIn = Stopped, Unsettled, answerWait
	case l.Tokens == 0:
	case r.Remaining*100 <= l.Tokens*interactiveFloor:
		r.State = Critical
	case r.Remaining*100 <= l.Tokens*refreshFloor:
		r.State = Low
	}
	return r
}
