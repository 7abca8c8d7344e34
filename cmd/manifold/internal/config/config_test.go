package config_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

func none(string) (string, bool) { return "", false }

func environment(vars map[string]string) config.Lookup {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

const smallest = `
node_key: 0123456789abcdef
sources:
  - id: acme
    system: pipedrive
    token: abc
`

const everything = `
listen: 127.0.0.1:4100
hosts: [graph.example.com]
origins: ["https://admin.example.com"]
api_keys:
  - {name: frontend, key: 0123456789abcdef01234567, scopes: ["directory:read", "emails:read"]}
  - {name: admin, key: 0123456789abcdef01234568}
  - {name: intern, digest: "sha256:00000000000000000000000000000000000000000000000000000000000000ff", roles: [analyst], expires: 2027-01-31T00:00:00Z, objects_per_minute: 600}
roles:
  - {name: analyst, scopes: ["directory:read"], sources: [sales], email_domains: [Example.COM], show_addressless: true, max_operation_tokens: 100, objects_per_minute: 900, allowance: {pipedrive: 10}}
keys_file: keys.jsonl
oidc:
  - {issuer: "https://login.example.com", name: staff, audience: [manifold], roles_claim: realm_access.roles, roles: {interns: [analyst]}, jwks_url: "https://login.example.com/keys", algorithms: [RS256], authorized_parties: [page], clock_skew: 30s}
insecure_no_authentication: false
trusted_proxies: [10.0.0.0/8]
node_key: 0123456789abcdef
sources:
  - id: sales
    system: pipedrive
    title: Sales
    company_id: 77
    base_url: https://acme.pipedrive.com/
    refresh_every: 20m
    token: abc
    budget: {plan: growth, seats: 5, share: 0.5, reset_hour: 0}
  - id: office
    system: pipefy
    organization_id: 300123
    client_id: c
    client_secret: s
    remove_from_pipe: removeUserFromRepo
    include_publics: true
  - {id: product, system: pipedream, project_id: proj_a1, environment: development, client_id: c, client_secret: s, base_url: "http://127.0.0.1:9000"}
linking:
  domains: [{domain: example.com, aliases: [example.org], plus_tags: true, ignore_dots: true}]
  shared_mailboxes: [info]
  external_ids:
    - {name: ours, template: "pipedrive:{pipedrive_id}", trust: verified, strength: 0.95}
    - {name: mail, pattern: "user-(?P<email>.+)"}
    - {name: hashed, template: "u_{email_hash}", hash_key: pepper-pepper-pepper}
  trusted_account_apps: [google_calendar]
  kinds: [{field: external_id, glob: "org_*", kind: organization}]
  mapping: [{accounts: [{source: sales, id: 1}, {source: office, id: 2}, {source: product, id: "A b"}], by: ops}]
  overrides: [{rule: name, strength: 0.1}]
  max_namesakes: 2
limits: {body_bytes: 4096, tokens: 500, depth: 8, repeats: 4, complexity: 100, operation_timeout: 5s}
redis: {addresses: ["redis.internal:6379"], username: manifold, password: r, database: 1, tls: true, prefix: eu}
log: {level: debug, format: json}
`

func TestDefaultsComeFromTheVendorsOwnAddresses(t *testing.T) {
	c, err := config.Parse("m.yaml", []byte(everything), none)
	if err != nil {
		t.Fatal(err)
	}
	sales, office, product := c.Sources[0], c.Sources[1], c.Sources[2]
	for _, each := range []struct{ what, have, want any }{
		{"a slash at the end of base_url", sales.BaseURL, "https://acme.pipedrive.com"},
		{"a written rhythm", sales.RefreshEvery, 20 * time.Minute},
		{"burst by plan", sales.Budget.Burst, 40},
		{"share", sales.Budget.PortionOfTokens(), 0.5},
		{"midnight as reset", *sales.Budget.ResetHour, 0},
		{"Pipefy's address", office.BaseURL, "https://api.pipefy.com"},
		{"Pipefy's token address is on another host", office.TokenURL, "https://app.pipefy.com/oauth/token"},
		{"a number as organization", office.OrganizationID, "300123"},
		{"Pipefy's rhythm", office.RefreshEvery, 15 * time.Minute},
		{"a title left out is the vendor's to give", office.Title, ""},
		{"Pipedream's token address follows base_url", product.TokenURL, "http://127.0.0.1:9000/v1/oauth/token"},
		{"Pipedream's rhythm", product.RefreshEvery, 10 * time.Minute},
		{"mapped id", c.Linking.Mapping[0].Accounts[1].ID, "2"},
	} {
		if each.have != each.want {
			t.Errorf("%s: %v, want %v", each.what, each.have, each.want)
		}
	}
	if c, err = config.Parse("m.yaml", nil, none); err != nil || c.Listen != config.DefaultListen {
		t.Errorf("an empty file: %v, %v", c, err)
	}
	if err := c.RequireServing("m.yaml"); err == nil || !strings.Contains(err.Error(), "openssl rand -hex 32") || !strings.Contains(err.Error(), "sources") {
		t.Errorf("an empty file may serve: %v", err)
	}
}

func TestLinkingReachesTheLinkerWhole(t *testing.T) {
	c, err := config.Parse("m.yaml", []byte(everything), none)
	if err != nil {
		t.Fatal(err)
	}
	verified := link.IDRule{Name: "ours", Template: "pipedrive:{pipedrive_id}", Strength: 0.95, Trust: link.Verified, HashKey: []byte{}}
	want := link.Rules{
		Domains:      []link.Domain{{Name: "example.com", Aliases: []string{"example.org"}, PlusTags: true, IgnoreDots: true}},
		SharedLocals: []string{"info"},
		IDs: []link.IDRule{
			verified,
			{Name: "mail", Pattern: "user-(?P<email>.+)", HashKey: []byte{}},
			{Name: "hashed", Template: "u_{email_hash}", HashKey: []byte("pepper-pepper-pepper")},
		},
		Mapping: []link.Mapping{{By: "ops", Keys: []person.Key{
			{System: person.Pipedrive, Account: "77", ID: "1"},
			{System: person.Pipefy, Account: "300123", ID: "2"},
			{System: person.Pipedream, Account: "proj_a1/development", ID: "A b"},
		}}},
		AccountApps:  []link.AccountApp{{Slug: "google_calendar"}},
		Kinds:        []link.KindRule{{Kind: person.KindOrganization, On: link.FieldExternalID, Glob: "org_*"}},
		Overrides:    []link.Override{{Rule: "name", Strength: 0.1}},
		MaxNamesakes: 2,
	}
	if diff := cmp.Diff(want, c.LinkRules()); diff != "" {
		t.Error(diff)
	}
	c, err = config.Parse("m.yaml", []byte(smallest), none)
	if err != nil || c.LinkRules().SharedLocals != nil {
		t.Errorf("without a list of shared mailboxes the linker's own holds: %v, %v", c, err)
	}
}

func TestEveryProblemAtOnceWithItsPlace(t *testing.T) {
	_, err := config.Parse("m.yaml", []byte(`listen: 0.0.0.0:4000
lisen: x
sources:
  - id: A B
    system: pipedrive
    tokn: abc
    organization_id: 5
    base_url: http://acme.example.com
    refresh_every: soon
  - id: same
    system: pipefy
    organization_id: 5
    client_id: c
  - {id: same, system: salesforce}
limits:
  depth: 1
log:
  level: loud
`), none)
	problems, ok := errors.AsType[*config.Problems](err)
	if !ok {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{
		"m.yaml:1:1: listen: 0.0.0.0:4000 can be reached from other machines",
		`m.yaml:2:1: unknown setting "lisen"; did you mean "listen"?`,
		"m.yaml:4:5: sources[0].id: must be",
		`m.yaml:6:5: sources[0]: unknown setting "tokn"; did you mean "token"?`,
		"m.yaml:7:5: sources[0].organization_id: does not apply to pipedrive (it belongs to pipefy)",
		"m.yaml:8:5: sources[0].base_url: must be https",
		"m.yaml:9:20: sources[0].refresh_every: not a duration",
		"sources[0].token: is missing",
		"m.yaml:10:5: sources[1]: client_id and client_secret go together",
		`sources[2].id: "same" is taken`,
		"sources[2].system: must be one of pipedrive, pipefy, pipedream",
		"m.yaml:16:3: limits.depth: must be from 3 to 100",
		"m.yaml:18:3: log.level: must be one of debug, info, warn, error",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	for i, p := range problems.List[1:] {
		if p.Line < problems.List[i].Line {
			t.Errorf("problems are not in the order of the file")
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestBadFiles(t *testing.T) {
	source := func(s string) string { return "sources: [{id: a, " + s + "}]\n" }
	for name, each := range map[string]struct{ file, want string }{
		"not YAML":             {"a: [1\nb: {", "not YAML"},
		"a list":               {"- a\n", "here settings are expected"},
		"a word":               {"hello\n", "here settings are expected"},
		"set twice":            {"listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n", ""},
		"two documents":        {"listen: 127.0.0.1:1\n---\nlisten: 127.0.0.1:2\n", "a second document"},
		"anchor":               {"hosts: &h [a]\norigins: *h\n", "anchors"},
		"variable missing":     {"\nlisten: ${WHERE}\n", "m.yaml:2:9: listen: the environment has no variable WHERE"},
		"variable unclosed":    {"listen: ${WHERE\n", "closing brace"},
		"variable in a key":    {"${KEY}: 1\n", "unknown setting"},
		"no port":              {"listen: 127.0.0.1\n", "not an address to listen on"},
		"open without key":     {"listen: \":4000\"\n", "api_keys"},
		"open on all of IPv6":  {"listen: \"[::]:4000\"\n", "api_keys"},
		"short node key":       {"node_key: short\n", "at least 16 are needed; make one with: openssl rand -hex 32"},
		"short API key":        {"api_keys: [{name: a, key: short}]\n", "at least 24 are needed"},
		"shared API key":       {"api_keys: [{name: a, key: 0123456789abcdef01234567}, {name: b, key: 0123456789abcdef01234567}]\n", "the same as another client's"},
		"unknown scope":        {"api_keys: [{name: a, key: 0123456789abcdef01234567, scopes: [everything]}]\n", `unknown scope "everything"`},
		"host with port":       {"hosts: [\"a.example.com:80\"]\n", "hosts[0]: not a host name"},
		"origin with path":     {"origins: [\"https://a.example.com/x\"]\n", "not an origin"},
		"no system":            {source("token: t"), "has no system"},
		"base_url with user":   {source("system: pipedrive, token: t, base_url: \"https://u:p@acme.example.com\""), "no user"},
		"base_url not http":    {source("system: pipedrive, token: t, base_url: \"ftp://acme.example.com\""), "not an address"},
		"token_url in clear":   {source("system: pipedream, project_id: proj_a, client_id: c, client_secret: s, token_url: \"http://x.example.com/t\""), "token_url: must be https"},
		"both credentials":     {source("system: pipefy, organization_id: 1, token: t, client_id: c, client_secret: s"), "not both"},
		"no credential":        {source("system: pipefy, organization_id: 1"), "has no credential"},
		"no organization":      {source("system: pipefy, token: t"), "organization_id: is missing"},
		"no project":           {source("system: pipedream, client_id: c, client_secret: s"), "project_id: is missing"},
		"environment":          {source("system: pipedream, client_id: c, client_secret: s, project_id: proj_a, environment: staging"), "must be one of production, development"},
		"too often":            {source("system: pipedrive, token: t, refresh_every: 1s"), "at least 10s"},
		"faster than fast":     {source("system: pipedrive, token: t, refresh_every: 10m, refresh_fastest: 20m"), "refresh_fastest: must be from 10s"},
		"plan without seats":   {source("system: pipedrive, token: t, budget: {plan: lite}"), "plan and seats go together"},
		"tokens and plan":      {source("system: pipedrive, token: t, budget: {tokens: 500, plan: lite, seats: 1}"), "not both"},
		"tokens and seats":     {source("system: pipedrive, token: t, budget: {tokens: 500, seats: 1}"), "not both"},
		"tokens and share":     {source("system: pipedrive, token: t, budget: {tokens: 500, share: 0.5}"), "not both"},
		"share of nothing":     {source("system: pipedrive, token: t, budget: {share: 0}"), "above 0"},
		"share of no token":    {source("system: pipedrive, token: t, budget: {share: 0.00001}"), "sources[0].budget: leaves 0 tokens a day; at least 44 are needed"},
		"share below a list":   {source("system: pipedrive, token: t, budget: {plan: lite, seats: 1, share: 0.0014}"), "leaves 42 tokens a day"},
		"tokens below a list":  {source("system: pipedrive, token: t, budget: {tokens: 43}"), "leaves 43 tokens a day"},
		"hour 24":              {source("system: pipedrive, token: t, budget: {reset_hour: 24}"), "from 0 to 23"},
		"Pipefy has no plan":   {source("system: pipefy, organization_id: 1, token: t, budget: {plan: lite, seats: 1}"), "budget.plan: does not apply to pipefy"},
		"number with letters":  {"limits: {depth: 1x}\n", "not a whole number"},
		"word for a boolean":   {source("system: pipefy, organization_id: 1, token: t, include_publics: yes"), "write true or false"},
		"one operation":        {"limits: {concurrent_operations: 1}\n", "from 2 to 100000"},
		"no connections":       {"limits: {connections: 0}\n", "from 10 to 1000000"},
		"fewer than none":      {"limits: {connections_per_address: -1}\n", "from 0 to 1000000"},
		"timeout of a day":     {"limits: {operation_timeout: 24h}\n", "from 1s to 10m"},
		"template":             {"linking: {external_ids: [{template: \"{nobody}\"}]}\n", "linking.external_ids[0]"},
		"pattern":              {"linking: {external_ids: [{pattern: \"(\"}]}\n", "linking.external_ids[0]"},
		"template and pattern": {"linking: {external_ids: [{template: \"{email}\", pattern: x}]}\n", "linking.external_ids[0]"},
		"rule named twice":     {"linking: {external_ids: [{name: a, template: \"a{email}\"}, {name: a, template: \"b{email}\"}]}\n", "m.yaml:1:1: linking: "},
		"kind":                 {"linking: {kinds: [{field: name, kind: bot}]}\n", "linking.kinds[0]"},
		"kind of rock":         {"linking: {kinds: [{field: name, glob: x, kind: rock}]}\n", "linking.kinds[0].kind: must be one of human"},
		"mapping of one":       {"linking: {mapping: [{emails: [a@example.com]}]}\n", "two accounts or addresses"},
		"mapping of nobody":    {source("system: pipefy, organization_id: 5, token: t") + "linking: {mapping: [{accounts: [{source: a, id: \"\"}, {source: a, id: 2}]}]}\n", "empty id"},
		"mapping elsewhere":    {"linking: {mapping: [{accounts: [{source: a, id: 1}, {source: a, id: 2}]}]}\n", `no source "a"`},
		"mapping unplaced":     {source("system: pipedrive, token: t") + "linking: {mapping: [{accounts: [{source: a, id: 1}, {source: a, id: 2}]}]}\n", "needs its company_id"},
		"override of no rule":  {"linking: {overrides: [{rule: nothing, strength: 0.1}]}\n", "linking: "},
		"mapping file unseen":  {"linking: {mapping_file: m.yaml}\n", "only a configuration that is a file"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := config.Parse("m.yaml", []byte(each.file), none)
			if err == nil || !strings.Contains(err.Error(), each.want) {
				t.Errorf("%v, want %q", err, each.want)
			}
			if c != nil {
				t.Error("a broken configuration came back beside the error")
			}
		})
	}
}

func TestTheLeastBudgetThatReads(t *testing.T) {
	for _, budget := range []string{"{tokens: 44}", "{share: 0.0015}", "{plan: lite, seats: 1, share: 0.0015}", "{reset_hour: 3}"} {
		if _, err := config.Parse("m.yaml", []byte(smallest+"    budget: "+budget+"\n"), none); err != nil {
			t.Errorf("%s: %v", budget, err)
		}
	}
}

func TestAnAccountIsReadByOneSource(t *testing.T) {
	const (
		drive  = "system: pipedrive, "
		office = "system: pipefy, client_id: c, client_secret: s, organization_id: "
		dream  = "system: pipedream, client_id: c, client_secret: s, project_id: "
	)
	for name, each := range map[string]struct{ first, second, want string }{
		"company":             {drive + "token: t, company_id: 7", drive + "token: u, company_id: 7", `sources[1].company_id: this company is read by the source "a" already`},
		"token":               {drive + "token: hidden-1", drive + "token: hidden-1, company_id: 7", `sources[1].token: the company of this token is read by the source "a" already`},
		"organization":        {office + "5", office + `"5"`, `sources[1].organization_id: this organization is read`},
		"environment":         {dream + "proj_a", dream + "proj_a, environment: production", `sources[1].project_id: this environment of the project is read`},
		"other companies":     {drive + "token: t, company_id: 7", drive + "token: u, company_id: 8", ""},
		"unnamed companies":   {drive + "token: t", drive + "token: u", ""},
		"other organizations": {office + "5", office + "6", ""},
		"other environments":  {dream + "proj_a", dream + "proj_a, environment: development", ""},
		"other projects":      {dream + "proj_a", dream + "proj_b", ""},
		"alike elsewhere":     {office + "5", drive + "token: t, company_id: 5", ""},
	} {
		_, err := config.Parse("m.yaml", []byte("sources:\n  - {id: a, "+each.first+"}\n  - {id: b, "+each.second+"}\n"), none)
		switch {
		case each.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case each.want != "" && (err == nil || !strings.Contains(err.Error(), each.want)):
			t.Errorf("%s: %v, want %q", name, err, each.want)
		case err != nil && strings.Contains(err.Error(), "hidden-1"):
			t.Errorf("%s shows the token: %v", name, err)
		}
	}
}

func TestInterpolationInValuesAlone(t *testing.T) {
	env := environment(map[string]string{
		"TOKEN": "a: b # ${NODE}", "DEPTH": "9", "EMPTY": "", "NODE": "0123456789abcdef",
	})
	c, err := config.Parse("m.yaml", []byte(`
node_key: "${NODE}"
hosts: ["${EMPTY:-fallback}", "${HOST:-other}"]
limits: {depth: "${DEPTH}"}
linking: {kinds: [{field: name, pattern: "^$${2}|a$|$$$", kind: bot}]}
sources:
  - {id: a, system: pipedrive, token: "${TOKEN}"}
`), env)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Sources[0].Token.Reveal(); got != "a: b # ${NODE}" {
		t.Errorf("a value from the environment was read as YAML, or looked at again: %q", got)
	}
	if c.Limits.Depth != 9 || fmt.Sprint(c.Hosts) != "[fallback other]" || c.Linking.Kinds[0].Pattern != "^${2}|a$|$$" {
		t.Errorf("%d %v %q", c.Limits.Depth, c.Hosts, c.Linking.Kinds[0].Pattern)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	const secret = "correct-horse-battery-staple"
	file := strings.ReplaceAll(everything, "token: abc", "token: "+secret)
	c, err := config.Parse("m.yaml", []byte(file), none)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "config", c, "source", c.Sources[0], "token", c.Sources[0].Token)
	shown := []string{log.String(), fmt.Sprint(c), fmt.Sprintf("%+v %#v %s %q %v", c.Sources[0], c.Sources[0], c.Sources[0].Token, c.Sources[0].Token, &c.Sources[0])}
	for _, broken := range []string{"token: " + secret + ": x\n", "node_key: '" + secret + "\n  x: }", "api_keys: " + secret, "limits: {depth: " + secret + "}", "log: {level: " + secret + "}\nlisten: " + secret} {
		_, err := config.Parse("m.yaml", []byte(broken), none)
		if err == nil {
			t.Fatalf("%q was accepted", broken)
		}
		shown = append(shown, err.Error())
	}
	for _, s := range shown {
		if strings.Contains(s, secret) {
			t.Errorf("the secret is in %s", s)
		}
	}
}

func TestMappingFileBesideTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "manifold.yaml")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("manifold.yaml", strings.Replace(smallest, "token: abc", "token: abc\n    company_id: 7", 1)+"linking: {mapping_file: people.yaml}\n")
	if _, err := config.Load(path, none); err == nil || !strings.Contains(err.Error(), "linking.mapping_file: open") {
		t.Errorf("a missing mapping file: %v", err)
	}
	write("people.yaml", "- accounts: [{source: acme, id: 1}, {source: acme, id: 2}]\n  oops: 1\n")
	if _, err := config.Load(path, none); err == nil || !strings.Contains(err.Error(), "people.yaml:2:3: [0]: unknown setting") {
		t.Errorf("a broken mapping file: %v", err)
	}
	write("people.yaml", "- accounts: [{source: acme, id: 1}, {source: acme, id: 2}]\n")
	c, err := config.Load(path, none)
	if err != nil || len(c.Linking.Mapping) != 1 || c.Linking.Mapping[0].Accounts[1].ID != "2" {
		t.Errorf("%v %v", c, err)
	}
	if _, err := config.Load(filepath.Join(dir, "absent.yaml"), none); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{smallest, everything, "", "a", "- 1", "listen: ${X:-y}", "sources: [{}]", "a: &b [*b]", "? x", "---\n---", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("m.yaml", data, none)
		if (c == nil) == (err == nil) {
			t.Fatalf("%v %v", c, err)
		}
		if c != nil && len(c.APIKeys) == 0 && !config.IsLoopback(c.Listen) {
			t.Fatalf("%q is open to all", c.Listen)
		}
	})
}
