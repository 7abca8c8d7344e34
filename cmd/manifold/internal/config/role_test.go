package config_test

import (
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

const rolesOf = "node_key: 0123456789abcdef\nsources: [{id: acme, system: pipedrive, token: abc}]\n"

func TestMistakesOfRolesAndKeysAreToldWithTheirPlace(t *testing.T) {
	const digest = "sha256:00000000000000000000000000000000000000000000000000000000000000ff"
	for name, each := range map[string]struct{ file, want string }{
		"unknown scope":         {"roles: [{name: a, scopes: [everything]}]\n", `m.yaml:3:28: roles[0].scopes[0]: unknown scope "everything"`},
		"unknown source":        {"roles: [{name: a, scopes: [\"directory:read\"], sources: [office]}]\n", `roles[0].sources[0]: there is no source "office"`},
		"no domain":             {"roles: [{name: a, scopes: [\"directory:read\"], email_domains: [\"@x\"]}]\n", "roles[0].email_domains[0]: not a mail domain"},
		"two of a name":         {"roles: [{name: a, scopes: [\"directory:read\"]}, {name: a, scopes: [\"directory:read\"]}]\n", "roles[1].name"},
		"no scope":              {"roles: [{name: a}]\n", "has no scopes"},
		"negative":              {"roles: [{name: a, scopes: [\"directory:read\"], objects_per_minute: -1}]\n", "objects_per_minute: must not be negative"},
		"addressless alone":     {"roles: [{name: a, scopes: [\"directory:read\"], show_addressless: true}]\n", "says nothing without email_domains"},
		"budgets of some":       {"roles: [{name: a, scopes: [\"budgets:read\"], sources: [acme]}]\n", "roles[0].scopes[0]: \"budgets:read\" tells of all sources"},
		"budgets of no source":  {"roles: [{name: a, scopes: [\"budgets:read\"], sources: []}]\n", "roles[0].scopes[0]: \"budgets:read\" tells of all sources"},
		"budgets beside a role": {"roles: [{name: a, scopes: [\"directory:read\"], sources: [acme]}]\napi_keys: [{name: k, digest: \"" + digest + "\", roles: [a], scopes: [\"budgets:read\"]}]\n", "api_keys[0].roles[0]: \"a\" limits what is seen"},
		"budgets of two roles":  {"roles: [{name: a, scopes: [\"directory:read\"], sources: [acme]}, {name: b, scopes: [\"budgets:read\"]}]\napi_keys: [{name: k, digest: \"" + digest + "\", roles: [a, b]}]\n", "api_keys[0].roles[0]: \"a\" limits what is seen"},
		"unknown role":          {"api_keys: [{name: k, digest: \"" + digest + "\", roles: [admin]}]\n", `api_keys[0].roles[0]: there is no role "admin"`},
		"key and digest":        {"api_keys: [{name: k, key: 0123456789abcdef01234567, digest: \"" + digest + "\"}]\n", "give key or digest, not both"},
		"short digest":          {"api_keys: [{name: k, digest: \"sha256:ff\"}]\n", "64 hexadecimal digits"},
		"expires on a day":      {"api_keys: [{name: k, digest: \"" + digest + "\", expires: 31.1.2027}]\n", "api_keys[0].expires: not a time"},
		"proxy without network": {"trusted_proxies: [10.0.0.1]\n", "trusted_proxies[0]: not a network"},
	} {
		_, err := config.Parse("m.yaml", []byte(rolesOf+each.file), none)
		if err == nil || !strings.Contains(err.Error(), each.want) {
			t.Errorf("%s: %v, want %q", name, err, each.want)
		}
	}
}

// A role that lists no source sees none: an empty list is a limit, not the lack of one.
func TestRowsOfARole(t *testing.T) {
	c, err := config.Parse("m.yaml", []byte(rolesOf+`
linking: {domains: [{domain: example.com, aliases: [example.org]}]}
roles:
  - {name: all, scopes: ["directory:read"]}
  - {name: none, scopes: ["directory:read"], sources: []}
  - {name: some, scopes: ["directory:read"], email_domains: [EXAMPLE.org, Bücher.example], show_addressless: true}
`), none)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Roles[0].Rows().All() || c.Roles[1].Rows().All() || c.Roles[1].Rows().Sources.Has("acme") {
		t.Errorf("%+v", c.Roles)
	}
	rows := c.Roles[2].Rows()
	if !rows.EmailDomains.Has("example.com") || !rows.EmailDomains.Has("xn--bcher-kva.example") || rows.EmailDomains.Has("EXAMPLE.org") || !rows.ShowAddressless {
		t.Errorf("domains %v are not as accounts have them", rows.EmailDomains.Names())
	}
}

func TestServingWithoutAuthenticationMustBeSaid(t *testing.T) {
	for name, each := range map[string]struct{ file, want string }{
		"nothing said": {"", "manifold keys create"},
		"said":         {"insecure_no_authentication: true\n", ""},
		"keys":         {"api_keys: [{name: k, key: 0123456789abcdef01234567}]\n", ""},
		"file of keys": {"keys_file: keys.jsonl\n", ""},
		"both":         {"keys_file: keys.jsonl\ninsecure_no_authentication: true\n", "m.yaml:4:1: insecure_no_authentication: "},
	} {
		c, err := config.Parse("m.yaml", []byte(rolesOf+each.file), none)
		if err != nil {
			t.Fatal(err)
		}
		switch err := c.RequireAuthentication("m.yaml"); {
		case each.want == "" && err != nil, each.want != "" && (err == nil || !strings.Contains(err.Error(), each.want)):
			t.Errorf("%s: %v, want %q", name, err, each.want)
		}
	}
}

func TestOnlyAPretendWorldIsChangedByNobody(t *testing.T) {
	for base, want := range map[string]bool{"http://127.0.0.1:4000": true, "https://localhost:4000": true, "https://acme.pipedrive.com": false} {
		c := &config.Config{Sources: []config.Source{{BaseURL: "http://[::1]:4000"}, {BaseURL: base}}}
		if c.Pretend() != want {
			t.Errorf("%s: %v", base, c.Pretend())
		}
	}
}
