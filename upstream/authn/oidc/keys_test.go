package oidc_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/authn/oidc"
	"github.com/manifold-graph/manifold/upstream/authn/oidc/oidctest"
)

func TestKeysRotate(t *testing.T) {
	old, next := oidctest.EC("old"), oidctest.EC("next")
	s := begin(t, nil, old)
	before := s.token(old, nil)
	if _, err := s.verify(before); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(oidc.KeysSoon)
	s.issuer.Rotate(old, next)
	if _, err := s.verify(s.token(next, nil)); err != nil {
		t.Errorf("a token of a new key: %v", err)
	}
	if _, err := s.verify(before); err != nil {
		t.Errorf("a token of a key that is still there: %v", err)
	}
	s.issuer.Rotate(next)
	s.Refresh(t.Context())
	if _, ok := s.Recall(before); ok {
		t.Error("a token of a key that was withdrawn is remembered")
	}
	s.clock.pass(oidc.KeysAgain)
	_, err := s.verify(before)
	want(t, "a token of a key that was withdrawn", err, fault.Unauthenticated, "does not publish")
}

// An issuer with one key need not give it a name. When it changes the key, what no longer fits asks for it again.
func TestKeysWithoutNamesRotate(t *testing.T) {
	old, next := oidctest.EC(""), oidctest.EC("")
	s := begin(t, nil, old)
	if _, err := s.verify(s.token(old, nil)); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(oidc.KeysSoon)
	s.issuer.Rotate(next)
	if _, err := s.verify(s.token(next, nil)); err != nil {
		t.Errorf("%v", err)
	}
	s.issuer.Rotate(next, oidctest.EC(""))
	s.Refresh(t.Context())
	_, err := s.verify(s.token(next, nil))
	want(t, "one of two keys without a name", err, fault.Unauthenticated, "does not publish")
}

// TestAFloodOfUnknownKeysBringsAboutOneFetch lets 2,000 strangers name a key each, at once and one after the other.
func TestAFloodOfUnknownKeysBringsAboutOneFetch(t *testing.T) {
	k, forger := oidctest.EC("e"), oidctest.EC("f")
	s := begin(t, nil, k)
	flood := func(n int) {
		var wg sync.WaitGroup
		for i := range n {
			forged := forger
			forged.ID = fmt.Sprint("k", i)
			token := s.token(forged, nil)
			wg.Go(func() {
				_, err := s.verify(token)
				want(t, "a stranger", err, fault.Unauthenticated, "does not publish")
			})
		}
		wg.Wait()
	}
	flood(1000)
	if keys, _ := s.issuer.Asked(); keys != 1 {
		t.Errorf("%d fetches for a thousand at once", keys)
	}
	for range 12 { // two minutes
		s.clock.pass(10 * time.Second)
		flood(80)
	}
	if keys, _ := s.issuer.Asked(); keys > 4 {
		t.Errorf("%d fetches in two minutes", keys)
	}
	if _, err := s.verify(s.token(k, nil)); err != nil {
		t.Errorf("meanwhile a good token: %v", err)
	}
}

// What would be refused in any case brings about no fetch, whatever key it names.
func TestABadTokenFetchesNothing(t *testing.T) {
	k := oidctest.EC("e")
	s := begin(t, nil, k)
	for _, changes := range []map[string]any{{"exp": 1}, {"aud": "mail"}, {"iss": "https://evil.example"}, {"nbf": s.clock.now().Add(time.Hour).Unix()}} {
		_, err := s.verify(s.token(k, changes))
		want(t, "bad", err, fault.Unauthenticated, "")
	}
	if keys, others := s.issuer.Asked(); keys+others != 0 {
		t.Errorf("%d fetches", keys+others)
	}
}

func TestAnIssuerGoesAndComesBack(t *testing.T) {
	k, next := oidctest.EC("e"), oidctest.EC("next")
	s := begin(t, nil, k)
	s.issuer.Down(true)
	for range 50 {
		_, err := s.verify(s.token(k, nil))
		want(t, "away from the start", err, fault.SourceUnavailable, "Try again soon")
	}
	if _, n := s.issuer.Asked(); n != 1 {
		t.Errorf("an issuer that is away is asked %d times by fifty tokens", n)
	}
	s.issuer.Down(false)
	s.clock.pass(oidc.KeysSoon)
	if _, err := s.verify(s.token(k, nil)); err != nil {
		t.Fatalf("it is back: %v", err)
	}
	s.issuer.Down(true)
	s.Refresh(t.Context())
	s.clock.pass(24 * time.Hour)
	if _, err := s.verify(s.token(k, map[string]any{"sub": "bob"})); err != nil {
		t.Errorf("a token of a known key while it is away: %v", err)
	}
	s.issuer.Rotate(next)
	_, err := s.verify(s.token(next, nil))
	want(t, "a new key while it is away", err, fault.SourceUnavailable, "")
	s.issuer.Down(false)
	s.clock.pass(oidc.KeysSoon)
	if _, err := s.verify(s.token(next, nil)); err != nil {
		t.Errorf("a new key when it is back: %v", err)
	}
}

// One who does not wait for a fetch takes it from nobody.
func TestWhoeverHangsUpStopsNoFetch(t *testing.T) {
	k := oidctest.EC("e")
	s := begin(t, nil, k)
	asked, release := make(chan struct{}), make(chan struct{})
	s.issuer.Answer(oidctest.Discovery, func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-release
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, s.issuer.URL, s.issuer.URL+oidctest.JWKS)
	})
	ctx, hangUp := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	token, other := s.token(k, nil), s.token(k, map[string]any{"sub": "bob"})
	go func() { _, err := s.Verify(ctx, token); first <- err }()
	<-asked
	go func() { _, err := s.verify(other); second <- err }()
	hangUp()
	want(t, "who hung up", <-first, fault.SourceUnavailable, "did not answer in time")
	close(release)
	if err := <-second; err != nil {
		t.Errorf("who waits: %v", err)
	}
}

func TestOddIssuers(t *testing.T) {
	k := oidctest.EC("e")
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
	}
	elsewhere := oidctest.Start(t, k)
	for name, each := range map[string]struct {
		path string
		with http.HandlerFunc
		says string
	}{
		"another issuer":        {oidctest.Discovery, text(`{"issuer":"https://evil.example","jwks_uri":"` + elsewhere.URL + oidctest.JWKS + `"}`), "did not match"},
		"discovery redirects":   {oidctest.Discovery, redirect(elsewhere.URL + oidctest.Discovery), "redirects"},
		"keys redirect":         {oidctest.JWKS, redirect(elsewhere.URL + oidctest.JWKS), "redirects"},
		"keys over http":        {oidctest.Discovery, discoveryOf("http://keys.example/jwks"), "must be https"},
		"keys in a file":        {oidctest.Discovery, discoveryOf("file:///etc/passwd"), "jwks_uri"},
		"huge keys":             {oidctest.JWKS, text(`{"keys":[],"x":"` + strings.Repeat("x", 1<<20) + `"}`), "more than 262144 bytes"},
		"endless discovery":     {oidctest.Discovery, endless, "more than 262144 bytes"},
		"many keys":             {oidctest.JWKS, text(`{"keys":[` + strings.Repeat(`{"kty":"oct"},`, 200) + `{}]}`), "more than 100 keys"},
		"a page":                {oidctest.JWKS, text("<html>"), "not a list of keys"},
		"an error with a novel": {oidctest.Discovery, failing(strings.Repeat("novel ", 10_000)), "discovery"},
		"symmetric keys alone":  {oidctest.JWKS, text(`{"keys":[{"kty":"oct","kid":"e","alg":"HS256","k":"c2VjcmV0"}]}`), "no key that could sign"},
		"no keys":               {oidctest.JWKS, text(`{"keys":[]}`), "no key that could sign"},
	} {
		var logged bytes.Buffer
		i := oidctest.Start(t, k)
		i.Answer(each.path, each.with)
		clock := newWatch()
		v, err := oidc.New([]oidc.Issuer{issuerOf(i)}, grants(), oidc.Options{Now: clock.now, Log: slog.New(slog.NewTextHandler(&logged, nil))})
		if err != nil {
			t.Fatal(err)
		}
		token := oidctest.Sign(t, k, i.Claims(clock.now(), nil), nil)
		_, err = v.Verify(t.Context(), token)
		want(t, name, err, fault.SourceUnavailable, "")
		if err == nil || !strings.Contains(err.Error(), each.says) || len(err.Error()) > 600 || logged.Len() > 1200 || !strings.Contains(logged.String(), i.URL) {
			t.Errorf("%s: %v; logged %d bytes: %.500s", name, err, logged.Len(), logged.String())
		}
		if strings.Contains(logged.String()+fmt.Sprint(err), strings.Split(token, ".")[2]) {
			t.Errorf("%s: the token was logged", name)
		}
		if f := v.Probe(t.Context()); f[0].Err == nil || f[0].Keys != 0 {
			t.Errorf("%s: check finds %+v", name, f)
		}
	}
	if keys, others := elsewhere.Asked(); keys+others != 0 {
		t.Errorf("a redirect was followed %d times", keys+others)
	}
}

// Keys that cannot be used are no reason to refuse those beside them, nor are certificates.
func TestUsableKeysAmongOthers(t *testing.T) {
	k := oidctest.EC("e")
	s := begin(t, func(i *oidc.Issuer) { i.Algorithms = oidc.Algorithms }, k)
	own := jwk(t, k)
	s.issuer.Answer(oidctest.JWKS, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"keys":[{"kty":"EC","crv":"secp256k1","kid":"e","x":"AA","y":"AA"},{"kty":"RSA","kid":"e","n":"AQAB","e":"AQAB"},%s,%s]}`,
			strings.Replace(own, `{`, `{"use":"enc",`, 1), strings.Replace(own, `{`, `{"x5c":["bm8gY2VydGlmaWNhdGU="],"x5t":"AA",`, 1))
	})
	if _, err := s.verify(s.token(k, nil)); err != nil {
		t.Error(err)
	}
	if f := s.Probe(t.Context())[0]; f.Err != nil || f.Keys != 1 || len(f.Signing) != 1 || f.Signing[0] != "ES256" {
		t.Errorf("%+v", f)
	}
}

// An issuer whose own place cannot be tampered with must not send us to one that can.
func TestKeysOfAnHTTPSIssuerComeByHTTPS(t *testing.T) {
	k := oidctest.EC("e")
	plain := oidctest.Start(t, k)
	var issuer *httptest.Server
	issuer = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, issuer.URL, plain.URL+oidctest.JWKS)
	}))
	defer issuer.Close()
	i, clock := issuerOf(plain), newWatch()
	i.URL = issuer.URL
	v, err := oidc.New([]oidc.Issuer{i}, grants(), oidc.Options{Now: clock.now, Transport: issuer.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Verify(t.Context(), oidctest.Sign(t, k, plain.Claims(clock.now(), map[string]any{"iss": i.URL}), nil))
	want(t, "keys by http", err, fault.SourceUnavailable, "")
	if keys, _ := plain.Asked(); keys != 0 || err == nil || !strings.Contains(err.Error(), "must be https, as the issuer is") {
		t.Errorf("%v, %d fetches", err, keys)
	}
}

func TestKeysWithoutDiscovery(t *testing.T) {
	k := oidctest.RSA("r")
	s := begin(t, func(i *oidc.Issuer) { i.JWKSURL, i.URL = i.URL+oidctest.JWKS, "https://login.example.com" }, k)
	if _, err := s.verify(s.token(k, map[string]any{"iss": "https://login.example.com"})); err != nil {
		t.Error(err)
	}
	if _, others := s.issuer.Asked(); others != 0 {
		t.Error("discovery was tried")
	}
}

func TestRunReadsTheKeysAtOnceAndEndsWithItsContext(t *testing.T) {
	s := begin(t, nil, oidctest.EC("e"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	read := make(chan struct{})
	s.issuer.Answer("/keys", func(w http.ResponseWriter, _ *http.Request) { close(read); w.WriteHeader(500) })
	go func() { ended <- s.Run(ctx) }()
	<-read
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

func discoveryOf(keys string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"issuer":"http://%s","jwks_uri":%q}`, r.Host, keys)
	}
}

func failing(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, body)
	}
}

func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(bytes.Repeat([]byte(" "), 4096)); err != nil {
			return
		}
	}
}
