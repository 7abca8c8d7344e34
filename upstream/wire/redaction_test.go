package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// TestNothingPrivateIsPrinted lets every sort of failure happen to a request whose
// path, query, body and credential are private, at a vendor that repeats them all.
func TestNothingPrivateIsPrinted(t *testing.T) {
	echo := secret + " " + address
	quoted, _ := json.Marshal(echo)
	type turn = func(*http.Request) (*http.Response, error)
	headers := []string{"X-Correlation-Id", address, "Retry-After", address, "Location", "http://x/" + address}
	for name, turn := range map[string]turn{
		"text of the transport": breaks(fmt.Errorf("malformed HTTP response %q", echo)),
		"text of url.Error":     breaks(&url.Error{Op: "Get", URL: "http://x/" + address, Err: io.EOF}),
		"error body":            answer(400, string(quoted), headers...),
		"HTML":                  answer(403, "<html>"+echo, headers...),
		"redirect":              answer(302, echo, headers...),
		"server error":          answer(500, string(quoted), headers...),
		"burst":                 answer(429, string(quoted), headers...),
		"garbage":               answer(200, "{"+echo, headers...),
		"wrong type":            answer(200, `{"Name":[`+string(quoted)+`]}`, headers...),
		"wrong number":          answer(200, `{"Name":5550100}`, headers...),
	} {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			c := newClient(t, wire.Config{BaseURL: "http://x", Transport: play(turn), Logger: logTo(&buf), Limits: calm, Credential: wire.BearerToken(secret)}).As(wire.Mutation, nil)
			var out struct{ Name string }
			_, err := c.Do(t.Context(), wire.Request{Method: "PUT", Path: "/users/" + url.PathEscape(address), Operation: "users.x", Write: true,
				Query: url.Values{"term": {address}, "api_token": {secret}}, Body: map[string]string{"email": address}}, &out)
			if err == nil || !strings.Contains(buf.String(), `"operation":"users.x","class":"mutation","attempt":1`) || strings.Count(buf.String(), "\n") != 1 {
				t.Fatalf("error %v, log %q", err, buf.String())
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if _, ours := e.(*wire.Failure); !ours && e != errors.Unwrap(err) {
					break // beyond the cause lies what is reachable for errors.Is alone
				}
				fmt.Fprintf(&buf, "%v|%+v|%s|%q", e, e, e, e)
			}
			logTo(&buf).Error("failed", "err", err)
			public := fault.From(fmt.Errorf("people: %w", err))
			fmt.Fprint(&buf, public.Message, public)
			for _, private := range []string{secret, address, url.PathEscape(address), url.QueryEscape(address), "5550100", "ann"} {
				if strings.Contains(buf.String(), private) {
					t.Errorf("%q was printed:\n%s", private, buf.String())
				}
			}
		})
	}
}

func TestTraceIDsReachTheLogWhenTheyLookLikeOnes(t *testing.T) {
	for id, want := range map[string]string{"c0ffee00-1111_A": "c0ffee00-1111_A", "a b": "", strings.Repeat("a", 65): "", "é": "", "x\"y": ""} {
		c := newClient(t, wire.Config{BaseURL: "http://x", Transport: play(answer(404, `{}`, "X-Correlation-Id", id))})
		_, err := c.Do(t.Context(), get("x"), nil)
		if got := kindOf(t, err, wire.NotFound).CorrelationID; got != want {
			t.Errorf("%q became %q", id, got)
		}
	}
}

func TestEveryKindHasAPublicSentence(t *testing.T) {
	seen := map[string]wire.Kind{}
	for k := wire.BadRequest; k <= wire.Canceled; k++ {
		f := (&wire.Failure{Kind: k, Source: "pipefy-main"}).Fault()
		if f.Kind == fault.Internal || !strings.Contains(f.Message, "pipefy-main") || strings.Contains(f.Message, "%!") {
			t.Errorf("%v: %s %q", k, f.Kind.Code(), f.Message)
		}
		if other, dup := seen[f.Message]; dup {
			t.Errorf("%v and %v are told in the same words", k, other)
		}
		seen[f.Message] = k
	}
	f := (&wire.Failure{Kind: wire.Timeout, Source: "s", Ambiguous: true}).Fault()
	if !strings.Contains(f.Message, "did not say whether") {
		t.Errorf("an unclear write says %q", f.Message)
	}
	if (&wire.Failure{Kind: wire.Refused}).Fault().Kind != fault.Internal || !strings.HasPrefix(wire.Kind(99).String(), "kind ") {
		t.Error("an unknown kind must promise nothing")
	}
}
