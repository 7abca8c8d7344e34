package app_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

const clientKey = "a-client-key-of-this-test-alone"

// spellings are the ways in which a secret may be written by whoever repeats it.
func spellings(secret string) map[string]string {
	b := []byte(secret)
	return map[string]string{
		"as it is": secret, "in hexadecimal": hex.EncodeToString(b), "escaped": url.QueryEscape(secret), "escaped twice": url.QueryEscape(url.QueryEscape(secret)),
		"in base64": base64.RawStdEncoding.EncodeToString(b), "in base64 for URLs": base64.RawURLEncoding.EncodeToString(b),
	}
}

// fetch is what GET answers.
func (s *stage) fetch(path string, headers ...string) []byte {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Error(err)
	}
	return raw
}

// Nothing that Manifold logs at its most talkative, or answers, holds a credential or a sentence of a vendor's.
func TestSecretsAndVendorProseStayInside(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{
		sim: sim.Options{Burst: 1000, Budget: 3_000_000},
		edit: func(c *config.Config) {
			often(c)
			c.APIKeys = []config.APIKey{{Name: "frontend", Key: clientKey}}
		},
	})
	bearer := "Authorization: Bearer " + clientKey
	tell := func(query string, variables map[string]any) reply { return s.post(body(query, variables), bearer) }

	s.post(body(everySystem, nil), "Authorization: Bearer wrong-"+clientKey[3:])
	tell(everySystem, nil)
	tell(pageOfPermissions, nil)
	tell(`{ sources { name reason credentialOwner { displayName email } budget { spent } } linkConflicts { totalCount } linkSuggestions { totalCount } }`, nil)
	tell(`{ people(first: 0) { totalCount } node(id: "x") { id } }`, nil)
	// Each vendor fails in its own words: at a revoked credential, inside, with garbage, and last with a page that blocks us.
	services := []*sim.Service{s.world.Pipedrive, s.world.Pipefy, s.world.Pipedream}
	for _, round := range [][]chaos.Kind{
		{chaos.Unauthorized, chaos.Status500, chaos.Garbage}, {chaos.Garbage, chaos.Unauthorized, chaos.Unauthorized}, {chaos.HTML403, chaos.HTML403, chaos.Burst429},
	} {
		for i, service := range services {
			if err := service.Chaos.Add(chaos.Fault{Name: "down", Kind: round[i]}); err != nil {
				t.Fatal(err)
			}
		}
		for i, service := range services {
			s.until("each has failed by "+string(round[i]), func() bool { return service.Chaos.Fired("down") > 0 })
		}
		tell(`{ sources { name health reason code } people(first: 100) { nodes { pipedriveUsers { roleAssignments { name } } pipedreamUsers { deployedTriggers { name } } } } }`, nil)
		for _, service := range services {
			service.Chaos.Remove("down")
		}
	}

	c := s.world.World.Credentials
	secrets := map[string]string{
		"the node key": "a pretend world's node key", "the client's key": clientKey, "a wrong key": "wrong-" + clientKey[3:],
		"Pipedream's secret": c.PipedreamClientSecret,
	}
	for _, p := range c.Pipedrive {
		secrets["Pipedrive's token"] = p.Token
		secrets["another token of Pipedrive's"] = p.PlainToken
	}
	for _, p := range c.Pipefy {
		secrets["Pipefy's secret"], secrets["Pipefy's personal token"] = p.ClientSecret, p.PersonalToken
	}
	for what, word := range map[string]string{
		"an OAuth token": "access_token", "a token header": "x-api-token", "an account's credential": "never-show",
		"Pipefy's prose": "access token is invalid", "prose of a 500": "Something went wrong\"", "Pipedrive's prose": "unauthorized access",
		"an error page": "<html", "Cloudflare's prose": "Attention Required",
	} {
		secrets[what] = word
	}
	metrics := string(s.fetch("/metrics", bearer))
	explained := s.post(body(everySystem, nil), bearer, "Manifold-Explain: plan")
	if !strings.Contains(metrics, "manifold_") || len(explained.Errors) > 0 {
		t.Errorf("neither scraped nor explained: %.200s %s", metrics, explained.raw)
	}
	var checked strings.Builder
	if err := app.Check(t.Context(), s.config, &checked, slog.New(slog.NewTextHandler(&checked, &slog.HandlerOptions{Level: slog.LevelDebug}))); err != nil {
		t.Errorf("check: %v", err)
	}
	fmt.Fprintf(&checked, "%v %+v %#v", s.config, s.config, *s.config) // what a careless line of code would print
	logged, replied := s.log.all()
	if len(logged) < 1000 || len(replied) < 1000 {
		t.Fatalf("%d bytes logged and %d answered show nothing", len(logged), len(replied))
	}
	for what, secret := range secrets {
		for where, text := range map[string]string{"log": logged, "answers": replied, "metrics": metrics, "check": checked.String()} {
			for how, spelling := range spellings(secret) {
				if i := strings.Index(strings.ToLower(text), strings.ToLower(spelling)); i >= 0 {
					t.Errorf("%s stands in the %s, %s: …%s…", what, where, how, text[max(0, i-80):min(len(text), i+80)])
				}
			}
		}
	}
	if i := strings.Index(logged, "Bearer "); i >= 0 {
		t.Errorf("a bearer was logged: …%s…", logged[max(0, i-80):min(len(logged), i+40)])
	}
	// Addresses belong into answers, never into the log.
	if i := strings.Index(logged, "@acme.example"); i >= 0 {
		t.Errorf("an address was logged: …%s…", logged[max(0, i-120):min(len(logged), i+40)])
	}
}
