package wire

import (
	"context"
	"time"
)

// tally counts what a call has already used up.
type tally struct {
	retries  int
	timeouts int
	resets   int
	renewals int
}

// burstPause is how long a burst limit is left alone when the vendor names no time.
const burstPause = 2 * time.Second

// retry decides whether a failed call may be repeated, and after what wait.
//
// A write is repeated only when no byte of it was sent. A read is repeated when
// it never left, after a 5xx, after a burst limit has passed, once after a
// timeout, once after a lost connection and once with a renewed credential.
func (c *Client) retry(t *tally, req Request, f *Failure) (time.Duration, bool) {
	if t.retries >= c.cfg.Limits.MaxRetries || (req.Write && f.Sent) {
		return 0, false
	}
	wait := c.backoff(t.retries)
	switch f.Kind {
	case Unreachable:
		if f.Sent {
			if t.resets++; t.resets > 1 {
				return 0, false
			}
		}
	case ServerError:
		wait = max(wait, f.RetryAfter)
	case BurstLimited:
		wait = f.RetryAfter
		if wait == 0 {
			wait = burstPause
		}
		wait += c.backoff(0)
	case Timeout:
		if t.timeouts++; t.timeouts > 1 {
			return 0, false
		}
	case Unauthorized:
		if t.renewals++; t.renewals > 1 || !f.renewable {
			return 0, false
		}
		wait = 0
	default:
		return 0, false
	}
	t.retries++
	return wait, wait <= c.cfg.Limits.MaxWait
}

// backoff is the jittered wait before the nth retry: between half and all of a
// doubling step, so that callers who failed together do not return together.
func (c *Client) backoff(n int) time.Duration {
	step := c.cfg.Limits.Backoff << n
	return step/2 + time.Duration(c.cfg.Rand()*float64(step/2))
}

// sleep waits for d. It answers false, at once, when ctx would end first.
func (c *Client) sleep(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
