package app_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/authn/oidc/oidctest"
)

// These tests run alone: a fetch of keys has a time limit, and tests beside them can starve it.

// withIssuer takes tokens of an issuer beside keys: admins see addresses, interns do not and may spend little.
func withIssuer(i *oidctest.Issuer) func(*config.Config) {
	return func(c *config.Config) {
		withKeys(c)
		c.TrustedProxies = []string{"127.0.0.0/8"} // so that tests can come from many addresses
		c.Roles = []config.Role{
			{Name: "admin", Scopes: []string{"directory:read", "emails:read", "permissions:read"}},
			{Name: "intern", Scopes: []string{"directory:read", "permissions:read"}, ObjectsPerMinute: 250, Allowance: config.Allowance{Pipedrive: 10}},
			{Name: "office", Scopes: []string{"directory:read"}, Sources: []string{"pipedrive-7001"}},
		}
		c.OIDC = []config.OIDC{{
			Issuer: i.URL, Audience: []string{"manifold"}, RolesClaim: "realm_access.roles",
			Roles: map[string][]string{"graph-admins": {"admin"}, "interns": {"intern"}, "office": {"office"}},
		}}
	}
}

// holding is a good token of somebody with roles, and changes of its claims.
func holding(t *testing.T, i *oidctest.Issuer, k oidctest.Key, roles []string, changes map[string]any) string {
	claims := i.Claims(time.Now(), changes)
	claims["realm_access"] = map[string]any{"roles": roles}
	return oidctest.Sign(t, k, claims, nil)
}

func bearer(token string) string { return "Authorization: Bearer " + token }

func TestTokensOpenWhatTheirRolesSay(t *testing.T) {
	k := oidctest.RSA("r")
	i := oidctest.Start(t, k)
	s := begin(t, setup{edit: withIssuer(i)})
	query := body(`{ viewer { name roles expiresAt } people(first: 1) { nodes { displayName primaryEmail } } }`, nil)

	admin := holding(t, i, k, []string{"offline_access", "graph-admins"}, nil)
	for range 3 {
		r := s.post(query, bearer(admin))
		if r.Status != 200 || len(r.Errors) > 0 || text(r.Data, "viewer", "name") != "oidc:ann" || text(r.Data, "people", "nodes", 0, "primaryEmail") == "" {
			t.Fatalf("an admin: %d %s", r.Status, r.raw)
		}
		if end, err := time.Parse(time.RFC3339, text(r.Data, "viewer", "expiresAt")); err != nil || time.Until(end) > time.Hour || time.Until(end) < 50*time.Minute {
			t.Errorf("the token ends at %s", text(r.Data, "viewer", "expiresAt"))
		}
	}
	intern := holding(t, i, k, []string{"interns"}, map[string]any{"sub": "bob@acme.example"})
	if r := s.post(query, bearer(intern)); len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "FORBIDDEN" || text(r.Data, "people", "nodes", 0, "displayName") == "" ||
		strings.Contains(r.raw, "bob") || fmt.Sprint(items(r.Data, "viewer", "roles")) != "[intern]" {
		t.Errorf("an intern: %d %s", r.Status, r.raw)
	}
	none := holding(t, i, k, []string{"unknown"}, nil)
	if r := s.post(query, bearer(none)); r.Status != 403 || len(r.Errors) != 1 || !strings.Contains(r.Errors[0].Message, "gives no role") {
		t.Errorf("a token without a role: %d %s", r.Status, r.raw)
	}
	if r := s.post(query, bearer("an-access-token-that-is-opaque")); r.Status != 401 || !strings.Contains(r.raw, "that is a JWT") {
		t.Errorf("a token that is no JWT: %d %s", r.Status, r.raw)
	}
	office := holding(t, i, k, []string{"office"}, map[string]any{"sub": "cleo"})
	if r := s.post(body(`{ sources { id } }`, nil), bearer(office)); len(items(r.Data, "sources")) != 1 {
		t.Errorf("who may see one source sees %s", r.raw)
	}
	logged, _ := s.log.all()
	for _, token := range []string{admin, intern, none, office} {
		for part := range strings.SplitSeq(token, ".") {
			if strings.Contains(logged, part) {
				t.Errorf("the log holds a part of a token: %s", part)
			}
		}
	}
	if strings.Contains(logged, "bob@") || !strings.Contains(logged, "oidc:ann") {
		t.Error("the log tells an address, or does not tell who asked")
	}
	if keys, _ := i.Asked(); keys != 1 {
		t.Errorf("the issuer was asked for its keys %d times", keys)
	}
}

func TestLimitsOfRolesHoldForTokens(t *testing.T) {
	k := oidctest.EC("e")
	i := oidctest.Start(t, k)
	s := begin(t, setup{edit: withIssuer(i)})
	intern := bearer(holding(t, i, k, []string{"interns"}, nil))
	const dear = `{ people(first: 3, filter: {systems: [PIPEDRIVE]}) { nodes { pipedriveUsers { permissions { name } } } } }`
	if r := s.post(body(dear, nil), intern); !strings.Contains(r.raw, "BUDGET_EXHAUSTED") {
		t.Errorf("the role's allowance bounds nothing: %.600s", r.raw)
	}
	admin := bearer(holding(t, i, k, []string{"graph-admins"}, map[string]any{"sub": "root"}))
	if r := s.post(body(dear, nil), admin); len(r.Errors) > 0 {
		t.Errorf("another principal is bounded by it: %.600s", r.raw)
	}
	many := body(`{ people(first: 100) { nodes { id } } }`, nil)
	var last reply
	for range 6 {
		last = s.post(many, intern)
	}
	if len(last.Errors) != 1 || last.Errors[0].Extensions.Code != "RATE_LIMITED" {
		t.Errorf("600 objects at 250 a minute: %.300s", last.raw)
	}
}

// An issuer that is away keeps nobody from starting, and takes nothing from those with keys.
func TestAnIssuerThatIsAwayStopsNothing(t *testing.T) {
	k := oidctest.EC("e")
	i := oidctest.Start(t, k)
	i.Down(true)
	s := begin(t, setup{edit: withIssuer(i)})
	query := body(`{ viewer { name } }`, nil)
	if r := s.post(query, bearer(holding(t, i, k, []string{"interns"}, nil))); r.Status != 503 || len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "SOURCE_UNAVAILABLE" {
		t.Errorf("a token: %d %s", r.Status, r.raw)
	}
	if r := s.post(query, as(fewKey)); r.Status != 200 {
		t.Errorf("a key: %d %s", r.Status, r.raw)
	}
	if logged, _ := s.log.all(); !strings.Contains(logged, "the keys of an issuer cannot be read") {
		t.Error("the log does not tell")
	}
}

func TestWrongTokensAreCountedByAddress(t *testing.T) {
	k := oidctest.EC("e")
	i := oidctest.Start(t, k)
	s := begin(t, setup{edit: withIssuer(i)})
	query := body(`{ viewer { name } }`, nil)
	const here = "X-Forwarded-For: 198.51.100.7"
	known := bearer(holding(t, i, k, []string{"interns"}, nil))
	if r := s.post(query, known, here); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.raw)
	}
	forger := oidctest.EC("e")
	for n := range 10 {
		if r := s.post(query, bearer(holding(t, i, forger, []string{"graph-admins"}, map[string]any{"jti": n})), here); r.Status != 401 {
			t.Errorf("forged: %d %s", r.Status, r.raw)
		}
	}
	fresh := bearer(holding(t, i, k, []string{"interns"}, map[string]any{"sub": "cleo"}))
	if r := s.post(query, fresh, here); r.Status != 429 || r.Errors[0].Extensions.Code != "RATE_LIMITED" {
		t.Errorf("after ten forged tokens: %d %s", r.Status, r.raw)
	}
	if r := s.post(query, known, here); r.Status != 200 {
		t.Errorf("a token that is known is locked out: %d %s", r.Status, r.raw)
	}
	if r := s.post(query, fresh, "X-Forwarded-For: 198.51.100.8"); r.Status != 200 {
		t.Errorf("another address: %d %s", r.Status, r.raw)
	}
}

// TestCheckTriesIssuers tells before anything is served whether tokens could be verified.
func TestCheckTriesIssuers(t *testing.T) {
	good, down, other := oidctest.Start(t, oidctest.EC("e")), oidctest.Start(t), oidctest.Start(t, oidctest.EC("e"))
	down.Down(true)
	slash := oidctest.Start(t, oidctest.EC("e"))
	slash.Answer(oidctest.Discovery, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"issuer":"`+slash.URL+`/","jwks_uri":"`+slash.URL+`/keys"}`)
	})
	for name, each := range map[string]struct {
		issuer     *oidctest.Issuer
		algorithms []string
		says       []string
		fails      bool
	}{
		"good":                  {good, nil, []string{"ok      oidc (" + good.URL + "): 1 keys, for ES256\n", "takes: tokens for manifold\n", `gives: admin to those with "graph-admins" in realm_access.roles` + "\n"}, false},
		"away":                  {down, nil, []string{"FAILED  oidc (" + down.URL, "serve starts all the same"}, true},
		"keys for others":       {other, []string{"RS256"}, []string{"FAILED", "none for RS256", "algorithms"}, true},
		"a slash at the end":    {slash, nil, []string{"FAILED", "Write issuer: " + slash.URL + "/,"}, true},
		"no discovery is there": {missing(t), nil, []string{"FAILED", "jwks_url"}, true},
	} {
		cfg := config.Default()
		withIssuer(each.issuer)(cfg)
		cfg.OIDC[0].Algorithms = each.algorithms
		var out bytes.Buffer
		if err := app.Check(t.Context(), cfg, &out, slog.New(slog.DiscardHandler)); (err != nil) != each.fails {
			t.Errorf("%s: %v", name, err)
		}
		for _, says := range each.says {
			if !strings.Contains(out.String(), says) {
				t.Errorf("%s: it does not say %q:\n%s", name, says, &out)
			}
		}
	}
}

func missing(t *testing.T) *oidctest.Issuer {
	i := oidctest.Start(t)
	i.Answer(oidctest.Discovery, http.NotFound)
	return i
}
