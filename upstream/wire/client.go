package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config configures a Client. Source and BaseURL are required; every other
// field has a useful zero value.
type Config struct {
	// Source is the configured source's id, as errors and log lines name it.
	Source string
	// BaseURL is an absolute http or https URL. Request paths are appended to its path.
	BaseURL string
	// Credential authenticates every attempt; nil sends none.
	Credential Authorizer
	// Classify is the vendor's own reading of an answer that is not 2xx. It returns
	// the zero Verdict to leave the decision to the status code.
	Classify func(Answer) Verdict
	Limits   Limits
	// Clock reads the time for Retry-After dates and durations; nil: time.Now.
	Clock func() time.Time
	// Rand gives jitter in [0,1); nil: math/rand/v2.
	Rand func() float64
	// Transport sends; nil: NewTransport().
	Transport http.RoundTripper
	// Logger takes one redacted line per failed attempt; nil: none.
	Logger *slog.Logger
	// UserAgent is sent with every attempt; "" sends "manifold".
	UserAgent string
}

// Limits bound every attempt; a zero field takes its default.
type Limits struct {
	// Timeout bounds one attempt from dialing to the last byte of the body; 30 s.
	Timeout time.Duration
	// MaxBody is the most bytes of an answer, after decompression; 64 MiB.
	MaxBody int64
	// MaxRetries is how often a call may be repeated after its first attempt; 2,
	// negative: never.
	MaxRetries int
	// Backoff is the longest wait before the first retry; it doubles for the second; 500 ms.
	Backoff time.Duration
	// MaxWait is the longest wait for a vendor's Retry-After; a longer one ends the
	// call. 30 s.
	MaxWait time.Duration
}

func (l Limits) withDefaults() Limits {
	if l.Timeout <= 0 {
		l.Timeout = 30 * time.Second
	}
	if l.MaxBody <= 0 {
		l.MaxBody = 64 << 20
	}
	if l.MaxRetries == 0 {
		l.MaxRetries = 2
	}
	if l.Backoff <= 0 {
		l.Backoff = 500 * time.Millisecond
	}
	if l.MaxWait <= 0 {
		l.MaxWait = 30 * time.Second
	}
	return l
}

// Request is one call of a vendor's endpoint.
type Request struct {
	Method string
	// Path is appended to the base URL. It is escaped already (url.PathEscape for
	// each variable segment) and is empty or begins with a slash. Dot segments are
	// refused.
	Path  string
	Query url.Values
	// Header is sent beside the transport's own headers, which win.
	Header http.Header
	// Body is sent as JSON, or as a form when it is a url.Values; nil sends none.
	Body any
	// Operation is the client's name for the endpoint ("users.list").
	Operation string
	// Write is set when the call changes something at the vendor. A write is
	// repeated only when no byte of it was sent.
	Write bool
}

// Response is what a caller may see of a good answer beside its body.
type Response struct {
	Status int
	Header http.Header
}

// Client sends requests to one source. It is safe for concurrent use, and
// copies made by As share connections and credential.
type Client struct {
	cfg   Config
	base  *url.URL
	class Class
	gate  Gate
	// retries is shared by all copies.
	retries *allowance
}

// New makes a Client of class Refresh without a Gate. It fails on a base URL
// that is not an absolute http(s) URL free of credentials, query and fragment.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") ||
		base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("source %s: the base URL must look like https://host or https://host/path", cfg.Source)
	}
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Float64
	}
	if cfg.Transport == nil {
		cfg.Transport = NewTransport()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "manifold"
	}
	return &Client{cfg: cfg, base: base, gate: open{}, retries: newAllowance(cfg.Clock)}, nil
}

// As is a cheap copy whose calls are of the given class and ask the given gate
// before every attempt. A nil gate admits everything.
func (c *Client) As(class Class, gate Gate) *Client {
	copied := *c
	copied.class, copied.gate = class, gate
	if gate == nil {
		copied.gate = open{}
	}
	return &copied
}

// Source is the configured source's id.
func (c *Client) Source() string { return c.cfg.Source }

// open is the gate that admits everything.
type open struct{}

func (open) Admit(context.Context, Call) (Ticket, error) { return open{}, nil }
func (open) Done(Outcome)                                {}

// Do sends req and decodes a good answer's JSON into out; a nil out ignores the
// body. It repeats the call only where that is safe (see Limits and
// Request.Write), and while the source's retries stay few beside its calls. The error is a *Failure, or, unchanged, what the Gate or the
// Authorizer answered instead of letting an attempt leave. On an error out may
// be half written.
func (c *Client) Do(ctx context.Context, req Request, out any) (Response, error) {
	p, err := c.prepare(req)
	if err != nil {
		return Response{}, err
	}
	c.retries.call()
	for tried := (tally{}); ; {
		r, f, err := c.attempt(ctx, p, 1+tried.retries, out)
		if err != nil {
			return Response{}, err
		}
		if f == nil {
			return r, nil
		}
		wait, again := c.retry(&tried, p.req, f)
		if !again || !c.retries.take() || !c.sleep(ctx, wait) {
			return r, f
		}
	}
}

// prepared is a request whose URL and body are the same for every attempt.
type prepared struct {
	req         Request
	url         *url.URL
	body        []byte
	contentType string
}

func (c *Client) prepare(req Request) (*prepared, error) {
	p := &prepared{req: req}
	full := strings.TrimSuffix(c.base.String(), "/") + req.Path
	u, err := url.Parse(full)
	if err != nil || u.Host != c.base.Host || !usable(req.Path) || dotSegment(u) {
		return nil, fmt.Errorf("%s %s: the path of the request is not usable", c.cfg.Source, req.Operation)
	}
	u.RawQuery = req.Query.Encode()
	p.url = u
	switch body := req.Body.(type) {
	case nil:
	case url.Values:
		p.body, p.contentType = []byte(body.Encode()), "application/x-www-form-urlencoded"
	default:
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(body); err != nil {
			return nil, fmt.Errorf("%s %s: encode the request: %w", c.cfg.Source, req.Operation, err)
		}
		p.body, p.contentType = buf.Bytes(), "application/json"
	}
	return p, nil
}

// usable tells whether path is a bare path: nothing before its slash, no query.
func usable(path string) bool {
	return (path == "" || path[0] == '/') && !strings.ContainsAny(path, "?#")
}

// dotSegment tells whether a server that cleans paths would move u elsewhere.
func dotSegment(u *url.URL) bool {
	for segment := range strings.SplitSeq(u.EscapedPath(), "/") {
		if s, err := url.PathUnescape(segment); err != nil || s == "." || s == ".." {
			return true
		}
	}
	return false
}
