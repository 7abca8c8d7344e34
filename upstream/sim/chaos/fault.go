package chaos

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Kind is what goes wrong.
type Kind string

// The kinds of faults.
const (
	// Status500 and Status503 answer that status with a plain text.
	Status500 Kind = "status500"
	Status503 Kind = "status503"
	// Unauthorized answers 401: the credential was revoked.
	Unauthorized Kind = "unauthorized"
	// Burst429 answers 429 as a window that is full, Daily429 as a budget that is gone.
	Burst429 Kind = "burst429"
	Daily429 Kind = "daily429"
	// HTML403 answers 403 with a page of HTML, as an edge does that blocks the caller.
	HTML403 Kind = "html403"
	// Hang never answers; it ends with the request or the Schedule.
	Hang Kind = "hang"
	// Reset drops the connection without an answer.
	Reset Kind = "reset"
	// Garbage answers 200 and bytes that are no JSON, Truncated the real answer cut in the
	// middle, with the connection dropped.
	Garbage   Kind = "garbage"
	Truncated Kind = "truncated"
	// SlowBody sends the real answer a byte at a time, Delay apart (100 ms when 0).
	SlowBody Kind = "slowBody"
	// HugeBody answers 200 and a JSON list that goes on for HugeBytes.
	HugeBody Kind = "hugeBody"
	// Slow waits for Delay and then answers as if nothing were wrong.
	Slow Kind = "slow"

	// Lost, Twice and Late befall what a service sends by itself, its webhooks, and nothing else: a delivery is
	// dropped, made twice, or made after the next one. Slow befalls them too.
	Lost  Kind = "lost"
	Twice Kind = "twice"
	Late  Kind = "late"
)

// DeliveryKinds lists what can befall a delivery.
var DeliveryKinds = []Kind{Slow, Lost, Twice, Late}

// Kinds lists every kind that can befall a request.
var Kinds = []Kind{Status500, Status503, Unauthorized, Burst429, Daily429, HTML403, Hang, Reset, Garbage, Truncated, SlowBody, HugeBody, Slow}

// Fault is one thing that goes wrong. It is plain data and reads as JSON.
type Fault struct {
	// Name tells faults apart; it is unique in a Schedule.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Match says which requests are concerned; the zero Match means all.
	Match Match `json:"match,omitzero"`
	// After lets so many matching requests pass first.
	After int `json:"after,omitempty"`
	// Count is how often the fault fires; 0 means until it is removed.
	Count int `json:"count,omitempty"`
	// Delay passes before the answer; for SlowBody it passes before each byte.
	Delay Duration `json:"delay,omitzero"`
}

// Match is a condition on requests. Empty fields allow anything; all others must agree.
type Match struct {
	Method string `json:"method,omitempty"`
	// Path is a prefix of the escaped path, Pattern a regular expression on it.
	Path    string `json:"path,omitempty"`
	Pattern string `json:"pattern,omitempty"`
	// Operation is the vendor's name for what is asked, as its simulator tells it ("listUsers").
	Operation string `json:"operation,omitempty"`
}

// Duration is a time.Duration that JSON spells as text ("250ms").
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

func (k Kind) known() bool {
	return slices.Contains(Kinds, k) || slices.Contains(DeliveryKinds, k)
}

// check refuses a fault that could never fire or could not be told apart.
func (f Fault) check() (*regexp.Regexp, error) {
	switch {
	case f.Name == "":
		return nil, fmt.Errorf("chaos: a fault needs a name")
	case !f.Kind.known():
		return nil, fmt.Errorf("chaos: fault %q: unknown kind %q", f.Name, f.Kind)
	case f.After < 0 || f.Count < 0 || f.Delay < 0:
		return nil, fmt.Errorf("chaos: fault %q: after, count and delay must not be negative", f.Name)
	case f.Match.Pattern == "":
		return nil, nil
	}
	re, err := regexp.Compile(f.Match.Pattern)
	if err != nil {
		return nil, fmt.Errorf("chaos: fault %q: %w", f.Name, err)
	}
	return re, nil
}

// accepts tells whether r is concerned. operation is called only when it matters, for
// finding it out may mean reading the body.
func (m Match) accepts(r *http.Request, pattern *regexp.Regexp, operation func() string) bool {
	path := r.URL.EscapedPath()
	return (m.Method == "" || m.Method == r.Method) &&
		strings.HasPrefix(path, m.Path) &&
		(pattern == nil || pattern.MatchString(path)) &&
		(m.Operation == "" || m.Operation == operation())
}
