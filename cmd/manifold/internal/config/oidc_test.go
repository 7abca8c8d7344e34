package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

const (
	oidcOf  = rolesOf + "roles: [{name: admin, scopes: [\"directory:read\"]}]\n"
	aIssuer = "issuer: \"https://login.example.com\", "
)

func TestIssuers(t *testing.T) {
	c, err := config.Parse("m.yaml", []byte(oidcOf+`
listen: 0.0.0.0:4000
oidc:
  - issuer: https://login.example.com/realms/staff
    name: staff
    audience: [manifold, "${AUD}"]
    roles_claim: https://example.com/roles
    roles: {graph.admins: [admin], "Domain Users": [admin], 42: [admin]}
    clock_skew: 30s
  - {issuer: "http://127.0.0.1:8080", name: dev, audience: [a], roles: {x: [admin]}, jwks_url: "http://localhost:8080/keys", algorithms: [ES512, EdDSA], authorized_parties: [page]}
`), func(name string) (string, bool) { return "graph", name == "AUD" })
	if err != nil {
		t.Fatal(err)
	}
	o := c.OIDC[0]
	if fmt.Sprint(o.Audience) != "[manifold graph]" || fmt.Sprint(o.Roles) != "map[42:[admin] Domain Users:[admin] graph.admins:[admin]]" || o.ClockSkew != 30*time.Second {
		t.Errorf("%+v", o)
	}
	if !c.Authenticates() || c.Introspects() || c.RequireAuthentication("m.yaml") != nil {
		t.Error("an issuer is no authentication")
	}
	c.InsecureNoAuthentication = true
	if c.RequireAuthentication("m.yaml") == nil {
		t.Error("everybody is let in beside an issuer")
	}
}

func TestMistakesOfIssuersAreToldWithTheirPlace(t *testing.T) {
	const good = aIssuer + "audience: [a], roles: {x: [admin]}"
	for name, each := range map[string]struct{ settings, want string }{
		"no audience":         {aIssuer + "roles: {x: [admin]}", "m.yaml:4:8: oidc[0]: has no audience: tokens that the issuer made for other services"},
		"an empty list":       {aIssuer + "audience: [], roles: {x: [admin]}", "oidc[0]: has no audience"},
		"an empty audience":   {aIssuer + "audience: [\"\"], roles: {x: [admin]}", "oidc[0].audience[0]: is empty"},
		"no issuer":           {"audience: [a], roles: {x: [admin]}", "oidc[0]: has no issuer"},
		"http":                {"issuer: \"http://login.example.com\", audience: [a], roles: {x: [admin]}", "oidc[0].issuer: must be https"},
		"no URL":              {"issuer: login.example.com, audience: [a], roles: {x: [admin]}", "oidc[0].issuer: not a URL"},
		"none":                {good + ", algorithms: [RS256, none]", "oidc[0].algorithms[1]: \"none\" can never be allowed"},
		"a shared secret":     {good + ", algorithms: [HS256]", "oidc[0].algorithms[0]: \"HS256\" can never be allowed"},
		"an unknown one":      {good + ", algorithms: [rs256]", "unknown algorithm \"rs256\"; known are RS256"},
		"no algorithm":        {good + ", algorithms: []", "oidc[0].algorithms: lists none"},
		"no roles":            {aIssuer + "audience: [a]", "oidc[0]: maps no roles"},
		"no role of a value":  {aIssuer + "audience: [a], roles: {x: []}", "oidc[0].roles.x: gives no role"},
		"an unknown role":     {aIssuer + "audience: [a], roles: {x: [admin, root]}", "oidc[0].roles.x[1]: there is no role \"root\""},
		"roles as a list":     {aIssuer + "audience: [a], roles: [admin]", "oidc[0].roles: here names are expected"},
		"a value twice":       {aIssuer + "audience: [a], roles: {x: [admin], \"x\": [admin]}", "m.yaml:4:81: "},
		"keys over http":      {good + ", jwks_url: \"http://a.example/keys\"", "oidc[0].jwks_url: must be https"},
		"no skew":             {good + ", clock_skew: 0s", "oidc[0].clock_skew: must be from 1s to 5m"},
		"an hour of skew":     {good + ", clock_skew: 1h", "oidc[0].clock_skew: must be from 1s to 5m"},
		"nobody's tokens":     {good + ", authorized_parties: []", "oidc[0].authorized_parties: lists nobody"},
		"a name with a space": {good + ", name: \"a b\"", "oidc[0].name: must hold lower-case"},
		"a slip":              {good + ", audiance: [b]", "unknown setting \"audiance\"; did you mean \"audience\"?"},
		"two without names":   {good + "}, {issuer: \"https://b.example\", audience: [a], roles: {x: [admin]}", "oidc[1]: has no name"},
		"two of one name":     {good + ", name: a}, {issuer: \"https://b.example\", name: a, audience: [a], roles: {x: [admin]}", "oidc[1].name: \"a\" is taken"},
		"twice":               {good + ", name: a}, {" + good + ", name: b", "oidc[1].issuer: is there already"},
	} {
		_, err := config.Parse("m.yaml", []byte(oidcOf+"oidc: [{"+each.settings+"}]\n"), none)
		if err == nil || !strings.Contains(err.Error(), each.want) {
			t.Errorf("%s: %v, want %q", name, err, each.want)
		}
	}
	if _, err := config.Parse("m.yaml", []byte(oidcOf+"oidc: [{"+good+"}]\n"), none); err != nil {
		t.Error(err)
	}
}
