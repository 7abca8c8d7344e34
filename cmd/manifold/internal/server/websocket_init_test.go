package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/authn"
)

// Browsers give an upgrade no headers, so connection_init tells who it is.
func TestConnectionInitTellsWhoAsks(t *testing.T) {
	es := newTicker()
	url := start1(t, es.handler(server.Limits{}), server.Options{Authenticator: known(t, keys...)})
	const forbidden = "4403 Forbidden: connection_init needs a valid key or token"
	for name, each := range map[string]struct{ header, payload, who string }{
		"header":                         {"Authorization: Bearer " + frontend, `{}`, "key:frontend"},
		"header, no payload":             {"X-Api-Key: " + admin, `null`, "key:admin"},
		"Authorization":                  {"", `{"Authorization":"Bearer ` + frontend + `"}`, "key:frontend"},
		"authorization":                  {"", `{"authorization":"bearer ` + frontend + `"}`, "key:frontend"},
		"X-Api-Key":                      {"", `{"X-Api-Key":"` + admin + `"}`, "key:admin"},
		"x-api-key":                      {"", `{"x-api-key":" ` + admin + ` "}`, "key:admin"},
		"below headers":                  {"", `{"headers":{"authorization":"Bearer ` + admin + `","x-other":7}}`, "key:admin"},
		"twice the same":                 {"X-Api-Key: " + admin, `{"X-Api-Key":"` + admin + `","headers":{"Authorization":"Bearer ` + admin + `"}}`, "key:admin"},
		"none":                           {"", `{}`, forbidden},
		"no payload":                     {"", `null`, forbidden},
		"empty":                          {"", `{"Authorization":"","X-Api-Key":null}`, forbidden},
		"wrong":                          {"", `{"X-Api-Key":"` + admin + `x"}`, forbidden},
		"another scheme":                 {"", `{"Authorization":"Basic ` + admin + `"}`, forbidden},
		"without a scheme":               {"", `{"Authorization":"` + admin + `"}`, forbidden},
		"two that differ":                {"", `{"X-Api-Key":"` + admin + `","Authorization":"Bearer ` + frontend + `"}`, forbidden},
		"another than the header's":      {"X-Api-Key: " + admin, `{"X-Api-Key":"` + frontend + `"}`, "4403 Forbidden: there are two"},
		"another than the header's kind": {"X-Api-Key: " + admin, `{"Authorization":"Bearer ` + frontend + `"}`, forbidden},
		"two places that differ":         {"", `{"x-api-key":"` + admin + `","headers":{"x-api-key":"` + frontend + `"}}`, "4403 Forbidden: there are two"},
		"control characters":             {"", `{"X-Api-Key":"` + admin + `\r\nX: y"}`, forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			headers := []string{}
			if each.header != "" {
				headers = append(headers, each.header)
			}
			w := speak(t, nil, url, headers...)
			w.send(`{"type":"connection_init","payload":` + each.payload + `}`)
			if !strings.HasPrefix(each.who, "key:") {
				w.expect(each.who)
				return
			}
			w.expect(`{"type":"connection_ack"}`)
			w.send(`{"id":"1","type":"subscribe","payload":{"query":"{who}"}}`)
			w.expect(fmt.Sprintf(`{"id":"1","type":"next","payload":{"data":{"who":%q}}}`, each.who))
		})
	}
	query := speak(t, nil, url+"?authorization=Bearer%20"+admin+"&x-api-key="+admin)
	query.send(`{"type":"connection_init"}`)
	query.expect(forbidden)
}

func TestNamesOfOperationsThatHoldTheCredentialAreRefused(t *testing.T) {
	const key = "frontend_0123456789abcdef"
	es := newTicker()
	url := start1(t, es.handler(server.Limits{}), server.Options{Authenticator: known(t, client("x", key, access.ScopeDirectoryRead))})
	w := speak(t, nil, url)
	w.send(`{"type":"connection_init","payload":{"x-api-key":"` + key + `"}}`)
	w.expect(`{"type":"connection_ack"}`)
	w.send(`{"id":"1","type":"subscribe","payload":{"query":"query ` + key + `{who}"}}`)
	w.expect(`{"id":"1","type":"error","payload":[{"message":`)
	if es.executed.Load() != 0 {
		t.Error("it was executed")
	}
}

func TestWrongCredentialsOfSocketsAreLimited(t *testing.T) {
	es := newTicker()
	url := start1(t, es.handler(server.Limits{}), server.Options{Authenticator: known(t, keys...)})
	var last string
	for range 12 {
		w := speak(t, nil, url)
		w.send(`{"type":"connection_init","payload":{"x-api-key":"wrong-0123456789abcdef"}}`)
		last = w.hear()
	}
	if !strings.HasPrefix(last, "1013 Too many attempts") {
		t.Error(last)
	}
	w := speak(t, nil, url)
	w.send(`{"type":"connection_init","payload":{"x-api-key":"` + admin + `"}}`)
	w.expect(`{"type":"connection_ack"}`)
}

// revocable lets everybody in until it says why not.
type revocable struct {
	expires time.Time
	why     atomic.Pointer[fault.Error]
	asked   atomic.Int64
}

func (a *revocable) Authenticate(*http.Request) (access.Principal, error) {
	a.asked.Add(1)
	if why := a.why.Load(); why != nil {
		return access.Principal{}, why
	}
	if !a.expires.IsZero() && !time.Now().Before(a.expires) {
		return access.Principal{}, fault.New(fault.Unauthenticated, "It has expired.")
	}
	p := access.NewPrincipal("key:x", access.ScopeDirectoryRead)
	p.Expires = a.expires
	return p, nil
}

func TestSocketsEndWithTheirCredential(t *testing.T) {
	var _ server.Renewer = (*authn.Authenticator)(nil)
	for name, each := range map[string]struct {
		why   *fault.Error
		event bool
		lives time.Duration
		says  string
		after time.Duration
	}{
		"revoked, nothing happens":    {why: fault.New(fault.Unauthenticated, "x"), says: "4403 ", after: 15 * time.Second},
		"revoked, an event":           {why: fault.New(fault.Unauthenticated, "x"), event: true, says: "4403 ", after: 2 * time.Second},
		"forbidden, an event":         {why: fault.New(fault.Forbidden, "x"), event: true, says: "4403 ", after: 2 * time.Second},
		"nobody can tell":             {why: fault.New(fault.SourceUnavailable, "x"), event: true, says: "1013 ", after: 2 * time.Second},
		"expired, nothing happens":    {lives: 40 * time.Second, says: "4403 ", after: 40 * time.Second},
		"expired within the interval": {lives: 7 * time.Second, says: "4403 ", after: 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				es, saw, who := newTicker(), &watched{}, &revocable{}
				if each.lives > 0 {
					who.expires = time.Now().Add(each.lives)
				}
				client, stop := faked(t, es.handler(server.Limits{}), server.Options{Authenticator: who, Streams: server.Streams{Observer: saw}})
				defer stop()
				w := speak(t, client, "ws://localhost/graphql").ready()
				w.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
				begun := time.Now()
				synctest.Wait()
				who.why.Store(each.why)
				if each.event {
					time.Sleep(2 * time.Second)
					es.events <- "secret"
				}
				w.expect(each.says)
				if took := time.Since(begun); took != each.after {
					t.Errorf("after %s", took)
				}
				synctest.Wait()
				if es.open.Load() != 0 || saw.count("closed websocket credential") != 1 || saw.count("event websocket") != 0 {
					t.Errorf("%d are open: %v", es.open.Load(), saw.saw)
				}
			})
		})
	}
}

func TestCredentialsAreNotLookedAtForEveryEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		es, who := newTicker(), &revocable{}
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{Authenticator: who})
		defer stop()
		w := speak(t, client, "ws://localhost/graphql").ready()
		w.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
		before := who.asked.Load()
		for range 100 {
			es.events <- "x"
			w.expect(`{"id":"1","type":"next"`)
		}
		if n := who.asked.Load() - before; n != 0 {
			t.Errorf("it was asked %d times within a second", n)
		}
		_ = w.conn.CloseNow()
	})
}
