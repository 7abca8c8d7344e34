package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/manifold-graph/manifold/upstream/recall"
)

// attempt asks the gate, authenticates, sends once, and closes the ticket. The
// error is what the gate or the authorizer said instead of letting it leave.
// The gate comes first: it may wait longer than a token still lives.
func (c *Client) attempt(ctx context.Context, p *prepared, nth int, out any) (Response, *Failure, error) {
	ticket, err := c.gate.Admit(ctx, Call{Source: c.cfg.Source, Operation: p.req.Operation, Class: c.class, Write: p.req.Write, Retry: nth > 1})
	if err != nil {
		return Response{}, nil, err
	}
	// A panic before the send closes the ticket as unspent, one after it as spent.
	outcome := Outcome{Kind: Refused}
	defer func() { ticket.Done(outcome) }()

	httpReq := c.build(p)
	if c.cfg.Credential != nil {
		if err := c.cfg.Credential.Authorize(ctx, httpReq.Header); err != nil {
			return Response{}, nil, err
		}
	}
	if !recall.Begin(ctx) { // nothing has left, and nobody waits for it any more
		outcome = Outcome{Kind: Canceled}
		v := broken(ctx, ctx, context.Cause(ctx))
		return Response{}, &Failure{Kind: v.Kind, Source: c.cfg.Source, Operation: p.req.Operation, Cause: v.Cause}, nil
	}
	began := c.cfg.Clock()
	outcome = Outcome{Sent: true, Kind: Malformed}
	r, sent, v := c.send(ctx, httpReq, nth, out)
	trace := p.correlationID(r.Header, httpReq.Header)
	outcome = Outcome{Sent: sent, Status: r.Status, Header: r.Header, Kind: v.Kind, Trace: trace}
	if v.Kind == OK {
		return r, nil, nil
	}
	f := &Failure{
		Kind: v.Kind, Source: c.cfg.Source, Operation: p.req.Operation, Status: r.Status,
		RetryAfter: v.RetryAfter, CorrelationID: trace, Sent: sent,
		Ambiguous: p.req.Write && sent && unclear(v.Kind), Cause: v.Cause,
	}
	if f.Kind == Unauthorized && c.cfg.Credential != nil {
		f.renewable = c.cfg.Credential.Rejected(httpReq.Header)
	}
	c.log(ctx, f, nth, c.cfg.Clock().Sub(began))
	return r, f, nil
}

// unclear kinds leave open whether the vendor acted.
func unclear(k Kind) bool {
	switch k {
	case ServerError, Timeout, Unreachable, Malformed, TooLarge, Canceled:
		return true
	}
	return false
}

func (c *Client) build(p *prepared) *http.Request {
	header := p.req.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	// These two would make net/http replay even a write.
	header.Del("Idempotency-Key")
	header.Del("X-Idempotency-Key")
	header.Set("Accept", "application/json")
	header.Set("User-Agent", c.cfg.UserAgent)
	if p.contentType != "" {
		header.Set("Content-Type", p.contentType)
	}
	u := *p.url
	return &http.Request{
		Method: p.req.Method, URL: &u, Host: u.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: bodyOf(p.req.Method, p.body), ContentLength: int64(len(p.body)),
	}
}

// send performs one attempt within its own deadline. It calls the RoundTripper
// directly: an http.Client would follow redirects, uncharged and with the
// credential.
func (c *Client) send(ctx context.Context, req *http.Request, nth int, out any) (r Response, sent bool, v Verdict) {
	bounded, cancel := context.WithTimeout(ctx, c.cfg.Limits.Timeout)
	defer cancel()
	var trace sendTrace
	res, err := c.cfg.Transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(bounded, trace.hooks())))
	if err != nil {
		return Response{}, trace.sent(), broken(ctx, bounded, err)
	}
	defer res.Body.Close()
	r = Response{Status: res.StatusCode, Header: res.Header}

	if res.StatusCode < 200 || res.StatusCode > 299 {
		// The status has spoken: a body that is cut short changes nothing.
		body, _ := io.ReadAll(io.LimitReader(res.Body, excerpt))
		return r, true, c.classify(Answer{Attempt: nth, Status: r.Status, Header: r.Header, Body: body})
	}
	body, err := readAll(res.Body, res.ContentLength, c.cfg.Limits.MaxBody)
	if err == errTooLarge {
		return r, true, Verdict{Kind: TooLarge, Cause: errTooLarge}
	} else if err != nil {
		return r, true, broken(ctx, bounded, err)
	}
	return r, true, decode(body, out)
}

// log writes the one line of a failed attempt. Nothing in it comes from the
// vendor but numbers and a trace id of harmless characters.
func (c *Client) log(ctx context.Context, f *Failure, nth int, took time.Duration) {
	cause := ""
	if f.Cause != nil {
		cause = f.Cause.Error()
	}
	c.cfg.Logger.WarnContext(ctx, "upstream attempt failed",
		"source", f.Source, "operation", f.Operation, "class", c.class.String(), "attempt", nth, "kind", f.Kind.String(), "status", f.Status,
		"sent", f.Sent, "ambiguous", f.Ambiguous, "retry_after", f.RetryAfter, "took", took,
		"correlation_id", f.CorrelationID, "cause", cause)
}

// correlationID is the vendor's trace id when it looks like one.
func (p *prepared) correlationID(h, sent http.Header) string {
	for _, name := range []string{"X-Correlation-Id", "X-Request-Id"} {
		id := h.Get(name)
		if id == "" || len(id) > 64 {
			continue
		}
		if bytes.IndexFunc([]byte(id), func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_')
		}) < 0 && !p.echoes(id, sent) {
			return id
		}
	}
	return ""
}
