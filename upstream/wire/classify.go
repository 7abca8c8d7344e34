package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Answer is what a Classify hook sees of an answer that is not 2xx.
type Answer struct {
	// Attempt is 1 for the first attempt of a call, 2 for its first repetition.
	Attempt int
	Status  int
	Header  http.Header
	// Body is the beginning of the body, at most 64 KiB.
	Body []byte
}

// Verdict is what an answer means. The zero Verdict is OK: nothing to object to.
type Verdict struct {
	Kind Kind
	// RetryAfter is how long the vendor wants to be left alone; 0: it did not say.
	RetryAfter time.Duration
	// Cause may carry a client's sentinel. Its text enters logs, so it must not
	// repeat the vendor's prose.
	Cause error
}

// Judge is implemented by decoded answers that can carry a failure inside a 200.
// It is asked after decoding; a verdict other than OK fails the call.
type Judge interface{ Judge() Verdict }

// excerpt is how much of a failed answer's body is read.
const excerpt = 64 << 10

// classify reads an answer that is not 2xx by the hook first, by status second.
func (c *Client) classify(a Answer) Verdict {
	var v Verdict
	if c.cfg.Classify != nil {
		v = c.cfg.Classify(a)
	}
	if v.Kind != OK {
		return v
	}
	return Verdict{Kind: ByStatus(a), RetryAfter: RetryAfter(a.Header, c.cfg.Clock())}
}

// ByStatus is the kind of an answer by its status alone, save that HTML on a 403
// is the edge in front of the vendor speaking, not the vendor. A redirect is
// Malformed: none is followed.
func ByStatus(a Answer) Kind {
	switch s := a.Status; {
	case s >= 200 && s < 300:
		return OK
	case s == http.StatusUnauthorized:
		return Unauthorized
	case s == http.StatusPaymentRequired:
		return PaymentRequired
	case s == http.StatusForbidden && IsHTML(a):
		return Blocked
	case s == http.StatusForbidden:
		return Denied
	case s == http.StatusNotFound, s == http.StatusGone:
		return NotFound
	case s == http.StatusTooManyRequests:
		return BurstLimited
	case s == http.StatusRequestTimeout:
		return Timeout
	case s >= 400 && s < 500:
		return BadRequest
	case s >= 500:
		return ServerError
	}
	return Malformed
}

// IsHTML tells whether an answer is a page for people.
func IsHTML(a Answer) bool {
	return strings.Contains(strings.ToLower(a.Header.Get("Content-Type")), "text/html") ||
		bytes.HasPrefix(bytes.TrimSpace(a.Body), []byte("<"))
}

// RetryAfter reads the Retry-After header, in seconds or as a date; 0 when it is
// absent, garbage or past, and never more than a day.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(value, 64); err == nil {
		return Seconds(s)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), 24*time.Hour)
	}
	return 0
}

// Seconds is s as a duration between zero and a day; NaN is zero.
func Seconds(s float64) time.Duration {
	const day = 24 * 60 * 60
	if !(s > 0) {
		return 0
	}
	return time.Duration(min(s, day) * float64(time.Second))
}
