package pipedrive

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/upstream/wire"
)

var (
	errRefused     = errors.New("the answer says that the call did not succeed")
	errNoData      = errors.New("the answer holds no data of the expected shape")
	errEndless     = errors.New("the pages do not end")
	errUnexplained = errors.New("a 429 without rate limit headers")
)

// judge reads an envelope that came with a 200.
func (e envelope) judge(hasData bool) wire.Verdict {
	switch {
	case e.Success.Valid && !e.Success.Value:
		kind := wire.BadRequest
		if code := int(e.ErrorCode.Value); code >= 400 && code < 600 {
			kind = wire.ByStatus(wire.Answer{Status: code})
		}
		return wire.Verdict{Kind: kind, Cause: errRefused}
	case !hasData:
		return wire.Verdict{Kind: wire.Malformed, Cause: errNoData}
	}
	return wire.Verdict{}
}

const (
	tokensRemaining = "X-Daily-Ratelimit-Token-Remaining"
	burstRemaining  = "X-Ratelimit-Remaining"
	burstReset      = "X-Ratelimit-Reset"

	// burstWindow is how long a burst limit is left alone when no header says.
	burstWindow = 2 * time.Second
	// unexplainedAttempts is how often a 429 without headers may be met before it
	// must be the day's budget: a burst window would have passed.
	unexplainedAttempts = 3
)

// classify tells the two meanings of a 429 apart. The day's budget wins over the
// burst window; it carries no RetryAfter, for the reset is not announced.
func classify(a wire.Answer) wire.Verdict {
	if a.Status != http.StatusTooManyRequests {
		return wire.Verdict{}
	}
	tokens, tokensKnown := number(a.Header, tokensRemaining)
	slots, slotsKnown := number(a.Header, burstRemaining)
	switch {
	case tokensKnown && tokens <= 0, slotsKnown && slots > 0:
		return wire.Verdict{Kind: wire.DailyLimited}
	case slotsKnown || tokensKnown:
		return wire.Verdict{Kind: wire.BurstLimited, RetryAfter: pause(a.Header, burstReset)}
	case a.Attempt >= unexplainedAttempts:
		return wire.Verdict{Kind: wire.DailyLimited, Cause: errUnexplained}
	}
	return wire.Verdict{Kind: wire.BurstLimited, RetryAfter: pause(a.Header, "Retry-After"), Cause: errUnexplained}
}

func number(h http.Header, name string) (float64, bool) {
	n, err := strconv.ParseFloat(h.Get(name), 64)
	return n, err == nil
}

// pause is the named header in seconds, or the burst window.
func pause(h http.Header, name string) time.Duration {
	if s, ok := number(h, name); ok && wire.Seconds(s) > 0 {
		return wire.Seconds(s)
	}
	return burstWindow
}
