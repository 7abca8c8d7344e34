package wire_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/upstream/wire"
)

func TestDoSendsWhatWasAskedAndDecodes(t *testing.T) {
	var got *http.Request
	var body string
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		w.Header().Set("X-Ratelimit-Remaining", "7")
		io.WriteString(w, `{"name":"Ann","unknown":{"x":1}}`+"\n")
	})
	gate := &ledger{}
	c := newClient(t, wire.Config{BaseURL: base + "/api/", Credential: wire.HeaderToken("x-api-token", secret), UserAgent: "m/1"}).As(wire.Mutation, gate)
	var out struct{ Name string }
	r, err := c.Do(t.Context(), wire.Request{
		Method: http.MethodPost, Path: "/v1/users/" + url.PathEscape("a/b@x"), Query: url.Values{"q": {"a b"}},
		Header: http.Header{"X-Pd-Environment": {"production"}, "Idempotency-Key": {"1"}, "X-Api-Token": {"mine"}},
		Body:   map[string]string{"email": "<a>"}, Operation: "users.add", Write: true,
	}, &out)
	if err != nil || out.Name != "Ann" || r.Status != 200 || r.Header.Get("X-Ratelimit-Remaining") != "7" {
		t.Fatalf("got %+v, %+v, %v", r, out, err)
	}
	if got.URL.EscapedPath() != "/api/v1/users/a%2Fb@x" || got.URL.RawQuery != "q=a+b" || body != `{"email":"<a>"}`+"\n" {
		t.Errorf("sent %s ? %s with %q", got.URL.EscapedPath(), got.URL.RawQuery, body)
	}
	for name, want := range map[string]string{
		"X-Api-Token": secret, "User-Agent": "m/1", "Accept": "application/json", "X-Pd-Environment": "production",
		"Content-Type": "application/json", "Idempotency-Key": "",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("header %s = %q, want %q", name, got.Header.Get(name), want)
		}
	}
	want := wire.Call{Source: "pipedrive-acme", Operation: "users.add", Class: wire.Mutation, Write: true}
	if o := gate.settled(t); len(o) != 1 || gate.calls[0] != want || !o[0].Sent || o[0].Status != 200 ||
		o[0].Kind != wire.OK || o[0].Header.Get("X-Ratelimit-Remaining") != "7" {
		t.Errorf("the gate saw %+v and %+v", gate.calls, o)
	}
}

func TestReadsCarryNoBody(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodPut, http.MethodPost} {
		base := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength != 0 || len(r.TransferEncoding) != 0 || r.Header.Get("Content-Type") != "" {
				t.Errorf("%s was sent with a body: length %d, encoding %v", r.Method, r.ContentLength, r.TransferEncoding)
			}
			w.WriteHeader(http.StatusNoContent)
		})
		if r, err := newClient(t, wire.Config{BaseURL: base}).Do(t.Context(), wire.Request{Method: method, Operation: "x"}, nil); err != nil || r.Status != 204 {
			t.Errorf("%s: %+v, %v", method, r, err)
		}
	}
}

func TestAsLeavesTheOriginalAlone(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{}`) })
	gate := &ledger{}
	plain := newClient(t, wire.Config{BaseURL: base})
	gated := plain.As(wire.Interactive, gate)
	var out json.RawMessage
	for _, c := range []*wire.Client{plain, gated, gated.As(wire.Refresh, nil)} {
		if _, err := c.Do(t.Context(), get("users.list"), &out); err != nil {
			t.Fatal(err)
		}
	}
	if len(gate.settled(t)) != 1 || gate.calls[0].Class != wire.Interactive {
		t.Errorf("the gate saw %+v", gate.calls)
	}
}

func TestRefusalOfTheGateComesBackUnchangedAndNothingIsSent(t *testing.T) {
	base := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a refused attempt was sent") })
	refusal := errors.New("no tokens")
	_, err := newClient(t, wire.Config{BaseURL: base}).As(wire.Refresh, &ledger{refuse: refusal}).Do(t.Context(), get("users.list"), nil)
	if err != refusal || wire.KindOf(err) != wire.Refused {
		t.Errorf("got %v of kind %v", err, wire.KindOf(err))
	}
}

func TestNewRefusesUnusableBaseURLs(t *testing.T) {
	for _, base := range []string{"", "acme.pipedrive.com", "ftp://x", "https://", "https://u:p@x", "https://x?a=1", "https://x#f", "http://[", "/v1"} {
		if _, err := wire.New(wire.Config{Source: "s", BaseURL: base}); err == nil {
			t.Errorf("%q was accepted", base)
		} else if strings.Contains(err.Error(), "u:p") {
			t.Errorf("the error repeats a credential: %v", err)
		}
	}
}

func TestUnusablePathsAreNeverSent(t *testing.T) {
	gate := &ledger{}
	c := newClient(t, wire.Config{BaseURL: "http://127.0.0.1:1"}).As(wire.Refresh, gate)
	for _, path := range []string{"users", "/users/..", "/users/%2e%2E/x", "/./x", "/a?b=c", "/a#b", "/%zz", "@evil.example/x"} {
		if _, err := c.Do(t.Context(), wire.Request{Method: http.MethodDelete, Path: path, Operation: "x"}, nil); err == nil || wire.KindOf(err) != wire.Refused {
			t.Errorf("%q: %v", path, err)
		}
	}
	if len(gate.calls) != 0 {
		t.Errorf("the gate was asked for %d unusable paths", len(gate.calls))
	}
}
