package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// issuer is a token endpoint and a resource behind it, as one RoundTripper.
type issuer struct {
	mu      sync.Mutex
	life    int
	minted  int
	revoked map[string]bool
	fail    int // answer this status instead of a token
	asked   []string
	types   []string
	slow    time.Duration
	hung    bool // never answer for a token
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/oauth/token" {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.revoked[r.Header.Get("Authorization")] {
			return answer(401, `{}`)(r)
		}
		body, _ := json.Marshal(r.Header.Get("Authorization"))
		return answer(200, string(body))(r)
	}
	time.Sleep(i.slow) // fake time
	body, _ := io.ReadAll(r.Body)
	i.mu.Lock()
	i.asked, i.types = append(i.asked, string(body)), append(i.types, r.Header.Get("Content-Type"))
	if i.hung {
		i.mu.Unlock()
		return hang(r)
	}
	defer i.mu.Unlock()
	if i.fail != 0 {
		return answer(i.fail, `{"error":"invalid_client","error_description":"`+secret+`"}`)(r)
	}
	i.minted++
	return answer(200, fmt.Sprintf(`{"access_token":"t%d","token_type":"Bearer","expires_in":%d,"created_at":1}`, i.minted, i.life))(r)
}

func (i *issuer) revoke(token string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.revoked == nil {
		i.revoked = map[string]bool{}
	}
	i.revoked["Bearer "+token] = true
}

func (i *issuer) setFail(status int) { i.mu.Lock(); i.fail = status; i.mu.Unlock() }

func (i *issuer) setHung(hung bool) { i.mu.Lock(); i.hung = hung; i.mu.Unlock() }

func (i *issuer) client(t *testing.T, gate wire.Gate, form bool) *wire.Client {
	t.Helper()
	o, err := wire.NewOAuth(wire.OAuthConfig{Source: "pipedream-prod", TokenURL: "http://x/oauth/token", ClientID: "c1",
		ClientSecret: secret, Scope: "connect:users:read", Form: form, Transport: i, Limits: calm})
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, wire.Config{Source: "pipedream-prod", BaseURL: "http://x", Credential: o, Transport: i}).As(wire.Interactive, gate)
}

func used(t *testing.T, c *wire.Client) string {
	t.Helper()
	var out string
	if _, err := c.Do(t.Context(), get("users.list"), &out); err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(out, "Bearer ")
}

func TestTokensAreRenewedBeforeTheyExpire(t *testing.T) {
	for life, renewal := range map[int]time.Duration{3600: 58 * time.Minute, 300: 3 * time.Minute, 100: 50 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			i := &issuer{life: life}
			c := i.client(t, nil, false)
			steps := []struct {
				wait time.Duration
				want string
			}{
				{0, "t1"}, {renewal - time.Second, "t1"},
				{time.Second, "t1"}, {time.Second, "t2"}, // renewed behind the caller who found it due
				{renewal - 2*time.Second, "t2"}, {time.Second, "t2"}, {time.Second, "t3"},
			}
			for n, step := range steps {
				time.Sleep(step.wait)
				if got := used(t, c); got != step.want {
					t.Errorf("life %d s, step %d: used %s, want %s", life, n, got, step.want)
				}
			}
		})
	}
}

func TestTokenRequestEncodings(t *testing.T) {
	i := &issuer{life: 3600}
	used(t, i.client(t, nil, false))
	used(t, i.client(t, nil, true))
	var body map[string]string
	if err := json.Unmarshal([]byte(i.asked[0]), &body); err != nil || i.types[0] != "application/json" {
		t.Fatalf("%s %q: %v", i.types[0], i.asked[0], err)
	}
	form, err := url.ParseQuery(i.asked[1])
	if err != nil || i.types[1] != "application/x-www-form-urlencoded" {
		t.Fatalf("%s %q: %v", i.types[1], i.asked[1], err)
	}
	for name, want := range map[string]string{"grant_type": "client_credentials", "client_id": "c1", "client_secret": secret, "scope": "connect:users:read"} {
		if body[name] != want || form.Get(name) != want {
			t.Errorf("%s: %q as JSON, %q as a form, want %q", name, body[name], form.Get(name), want)
		}
	}
}

func TestHundredCallersShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{life: 3600, slow: time.Second}
		c := i.client(t, nil, false)
		var wg sync.WaitGroup
		var good atomic.Int64
		for range 100 {
			wg.Go(func() {
				var out string
				if _, err := c.Do(t.Context(), get("x"), &out); err == nil && out == "Bearer t1" {
					good.Add(1)
				}
			})
		}
		// One of them leaves early; the fetch is not theirs to end.
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := c.Do(ctx, get("x"), nil)
		kindOf(t, err, wire.Timeout)
		wg.Wait()
		if i.minted != 1 || good.Load() != 100 {
			t.Errorf("%d tokens for %d good answers", i.minted, good.Load())
		}
	})
}

// queue is a gate behind which every attempt waits.
type queue struct {
	ledger
	wait time.Duration
}

func (q *queue) Admit(ctx context.Context, call wire.Call) (wire.Ticket, error) {
	time.Sleep(q.wait) // fake time
	return q.ledger.Admit(ctx, call)
}

func TestTokensDoNotAgeInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, gate := &issuer{life: 300}, &queue{}
		c := i.client(t, gate, false)
		used(t, c)
		gate.wait = 10 * time.Minute
		time.AfterFunc(5*time.Minute, func() { i.revoke("t1") })
		if _, err := c.Do(t.Context(), wire.Request{Method: "DELETE", Operation: "x", Write: true}, nil); err != nil {
			t.Errorf("a write that waited longer than a token lives: %v", err)
		}
		if n := len(gate.settled(t)); n != 2 || i.minted != 2 {
			t.Errorf("%d attempts were charged for two calls, with %d tokens", n, i.minted)
		}
	})
}

func TestRevokedTokenIsReplacedOnce(t *testing.T) {
	i, gate := &issuer{life: 3600}, &ledger{}
	c := i.client(t, gate, false)
	used(t, c)
	i.revoke("t1")
	if got := used(t, c); got != "t2" || i.minted != 2 || len(gate.settled(t)) != 3 {
		t.Errorf("used %s, %d minted, %d attempts", got, i.minted, len(gate.outcomes))
	}
	i.revoke("t2")
	i.revoke("t3")
	_, err := c.Do(t.Context(), get("x"), nil)
	kindOf(t, err, wire.Unauthorized)
	if i.minted != 3 {
		t.Errorf("%d tokens were minted for one call that stays refused", i.minted-2)
	}
	// A sent write is not repeated, but the next call has a fresh token.
	i.revoke("t4")
	used := len(gate.settled(t))
	_, err = c.Do(t.Context(), wire.Request{Method: "DELETE", Operation: "x", Write: true}, nil)
	kindOf(t, err, wire.Unauthorized)
	if len(gate.settled(t)) != used+1 {
		t.Errorf("the write was sent %d times", len(gate.outcomes)-used)
	}
	if _, err = c.Do(t.Context(), wire.Request{Method: "DELETE", Operation: "x", Write: true}, nil); err != nil {
		t.Error(err)
	}
}

func TestFailedRenewalKeepsAValidToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{life: 3600}
		c := i.client(t, nil, false)
		used(t, c)
		time.Sleep(58 * time.Minute)
		i.setFail(500)
		for range 2 {
			if got := used(t, c); got != "t1" {
				t.Errorf("used %s", got)
			}
			synctest.Wait()
		}
		if len(i.asked) != 2 {
			t.Errorf("the endpoint was asked %d times", len(i.asked))
		}
		time.Sleep(2 * time.Minute)
		_, err := c.Do(t.Context(), get("x"), nil)
		kindOf(t, err, wire.ServerError)
		i.setFail(0)
		time.Sleep(5 * time.Second)
		if got := used(t, c); got != "t2" {
			t.Errorf("used %s after recovery", got)
		}
	})
}

func TestNobodyWaitsForARenewalWhileATokenIsValid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{life: 3600}
		c := i.client(t, nil, false)
		used(t, c)
		time.Sleep(58 * time.Minute)
		i.setHung(true)
		began := time.Now()
		for range 10 {
			if got := used(t, c); got != "t1" {
				t.Errorf("used %s", got)
			}
			synctest.Wait()
		}
		if took := time.Since(began); took != 0 || len(i.asked) != 2 {
			t.Errorf("ten callers waited %v, and the endpoint was asked %d times", took, len(i.asked))
		}
		time.Sleep(time.Minute + 6*time.Second) // the fetch has ended, and the pause after it
		i.setHung(false)
		used(t, c)
		synctest.Wait()
		if got := used(t, c); got != "t2" || len(i.asked) != 3 {
			t.Errorf("used %s after the endpoint came back, asked %d times", got, len(i.asked))
		}
	})
}

func TestATokenAboutToExpireIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{life: 3600, slow: time.Second}
		c := i.client(t, nil, false)
		used(t, c)
		time.Sleep(time.Hour - 3*time.Second) // the first second of its life went by in the fetch
		if got := used(t, c); got != "t2" {
			t.Errorf("used %s two seconds before its end", got)
		}
	})
}

func TestRefusedCredentialIsNotSentOverAndOver(t *testing.T) {
	for _, status := range []int{400, 401} {
		synctest.Test(t, func(t *testing.T) {
			i, gate := &issuer{fail: status}, &ledger{}
			c := i.client(t, gate, false)
			for range 20 {
				_, err := c.Do(t.Context(), get("x"), nil)
				kindOf(t, err, wire.Unauthorized)
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats the vendor: %v", err)
				}
			}
			if len(i.asked) != 1 {
				t.Errorf("asked %d times for a token", len(i.asked))
			}
			for n, o := range gate.settled(t) {
				if o.Sent {
					t.Errorf("attempt %d was charged and had no token to be sent with", n)
				}
			}
		})
	}
}

func TestUnusableTokensAreMalformed(t *testing.T) {
	for _, body := range []string{`{}`, `{"access_token":""}`, `{"access_token":"a\r\nX: y"}`, `{"access_token":"a b"}`, `{"access_token":7}`, `[]`, `<html>`} {
		o, err := wire.NewOAuth(wire.OAuthConfig{Source: "s", TokenURL: "http://x", Transport: play(answer(200, body))})
		if err != nil {
			t.Fatal(err)
		}
		kindOf(t, o.Authorize(t.Context(), http.Header{}), wire.Malformed)
	}
	for _, life := range []string{`"3600"`, `3600.5`, `null`, `-1`, `"x"`, `{}`, `1e99`} {
		o, err := wire.NewOAuth(wire.OAuthConfig{Source: "s", TokenURL: "http://x", Transport: play(answer(200, `{"access_token":"t","expires_in":`+life+`}`))})
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		if err := o.Authorize(t.Context(), h); err != nil || h.Get("Authorization") != "Bearer t" {
			t.Errorf("expires_in %s: %v, %v", life, h, err)
		}
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	o, err := wire.NewOAuth(wire.OAuthConfig{Source: "s", TokenURL: "http://x", ClientSecret: secret, Transport: play(answer(200, `{"access_token":"`+secret+`"}`))})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Authorize(t.Context(), http.Header{}); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	for _, c := range []wire.Authorizer{o, wire.BearerToken(secret), wire.HeaderToken("x-api-token", secret)} {
		fmt.Fprintf(&buf, "%v %+v %#v %s %q", c, c, c, c, wire.Config{Credential: c}.Credential)
		logTo(&buf).Info("x", "credential", c)
	}
	if strings.Contains(buf.String(), secret) {
		t.Errorf("printed: %s", buf.String())
	}
}

// changing is a client secret that has a newer value once somebody was refused.
type changing struct {
	mu         sync.Mutex
	value      string
	next       []string
	asked      int
	refusedFor []string
}

func (c *changing) Value() string { c.mu.Lock(); defer c.mu.Unlock(); return c.value }

func (c *changing) Changed(than string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	c.refusedFor = append(c.refusedFor, than)
	if len(c.next) > 0 {
		c.value, c.next = c.next[0], c.next[1:]
	}
	return c.value != than
}

// TestAClientSecretThatWasRotated is looked for once when the vendor refuses the old one, and not at all while tokens come.
func TestAClientSecretThatWasRotated(t *testing.T) {
	for name, c := range map[string]struct {
		next           []string
		works          bool
		fetches, asked int
	}{
		"there is a newer one": {[]string{"right-secret"}, true, 2, 1},
		"there is none":        {nil, false, 1, 1},
		"it is wrong too":      {[]string{"wrong-again"}, false, 2, 1},
	} {
		var fetches int
		transport := roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/oauth/token" {
				return answer(200, `"in"`)(r)
			}
			fetches++
			if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), "right-secret") {
				return answer(400, `{"error":"invalid_client"}`)(r)
			}
			return answer(200, `{"access_token":"t1","expires_in":3600}`)(r)
		})
		s := &changing{value: "wrong-secret", next: c.next}
		o, err := wire.NewOAuth(wire.OAuthConfig{Source: "p", TokenURL: "http://x/oauth/token", ClientID: "c1", Secret: s, Transport: transport, Limits: calm})
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t, wire.Config{Source: "p", BaseURL: "http://x", Credential: o, Transport: transport})
		var out string
		for range 2 { // the second finds a token, or the pause after a refusal
			_, err = client.Do(t.Context(), get("users.list"), &out)
		}
		if (err == nil) != c.works || fetches != c.fetches || s.asked != c.asked || s.refusedFor[0] != "wrong-secret" {
			t.Errorf("%s: %v after %d fetches, asked %d times", name, err, fetches, s.asked)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
