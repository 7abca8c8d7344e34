package config

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/link"
)

// Role is what a kind of client may see and spend.
type Role struct {
	Name   string   `yaml:"name" jsonschema:"required" jsonschema_description:"How api_keys, keys_file and tokens name it; unique."`
	Scopes []string `yaml:"scopes" jsonschema:"required" jsonschema_description:"What the role may see. The scopes of several roles add up."`

	Sources         []string `yaml:"sources" jsonschema_description:"The only sources that exist for this role; all when left out. Of several roles what all of them allow."`
	EmailDomains    []string `yaml:"email_domains" jsonschema_description:"Accounts with an address in another domain do not exist for this role; all domains when left out."`
	ShowAddressless bool     `yaml:"show_addressless" jsonschema_description:"With email_domains: also show accounts without an address, such as most external users of Pipedream." jsonschema:"default=false"`

	MaxOperationTokens int       `yaml:"max_operation_tokens" jsonschema_description:"Instead of limits.operation_tokens; the smallest of a client's roles and its own holds."`
	ObjectsPerMinute   int       `yaml:"objects_per_minute" jsonschema_description:"How many objects a client may look up or list in a minute, over all its operations. No bound of its own when left out."`
	Allowance          Allowance `yaml:"allowance" jsonschema_description:"What each client with this role may spend; see api_keys. The smallest holds."`
}

// Rows are what the role may see of all that there is.
func (r Role) Rows() access.Rows {
	var rows access.Rows
	if r.Sources != nil {
		rows.Sources = access.Only(r.Sources...)
	}
	if r.EmailDomains != nil {
		rows.EmailDomains = access.Only(r.EmailDomains...)
	}
	rows.ShowAddressless = r.ShowAddressless && r.EmailDomains != nil
	return rows
}

// Authenticates tells whether the file says who may ask.
func (c *Config) Authenticates() bool {
	return len(c.APIKeys) > 0 || c.KeysFile != "" || len(c.OIDC) > 0
}

// Pretend tells whether every source is on this machine, so that nothing real can be changed there.
func (c *Config) Pretend() bool {
	return !slices.ContainsFunc(c.Sources, func(s Source) bool {
		u, err := url.Parse(s.BaseURL)
		return err != nil || !IsLoopbackHost(u.Hostname())
	})
}

// RequireAuthentication refuses to serve whoever comes, unless the operator said so in so many words.
func (c *Config) RequireAuthentication(file string) error {
	problems := &Problems{File: file}
	check := checker{problems, c.places}
	switch {
	case !c.Authenticates() && !c.InsecureNoAuthentication:
		check.fail("", "nothing says who may ask, so nobody is served. Make a key with: manifold keys create, which needs keys_file, or add api_keys or oidc. "+
			"To try things out on this machine alone, where every program and user may then read everything and change nothing, set insecure_no_authentication: true")
	case c.Authenticates() && c.InsecureNoAuthentication:
		check.fail("insecure_no_authentication", "lets everybody on this machine in, and keys_file, api_keys or oidc say who may ask; remove one of the two")
	}
	return problems.err()
}

func (c checker) roles(cfg *Config) {
	linker, err := link.New(cfg.LinkRules())
	if err != nil {
		linker, _ = link.New(link.Rules{}) // what is wrong with them is told elsewhere
	}
	names := map[string]bool{}
	for i := range cfg.Roles {
		r := &cfg.Roles[i]
		path := fmt.Sprintf("roles[%d]", i)
		switch {
		case r.Name == "":
			c.fail(path, "has no name")
		case names[r.Name]:
			c.fail(path+".name", "%q is taken by another role", r.Name)
		}
		names[r.Name] = true
		if len(r.Scopes) == 0 {
			c.fail(path, "has no scopes, so it opens nothing; known are %s", scopeNames())
		}
		c.scopes(path, r.Scopes)
		for j, s := range r.Sources {
			if !slices.ContainsFunc(cfg.Sources, func(each Source) bool { return each.ID == s }) {
				c.fail(fmt.Sprintf("%s.sources[%d]", path, j), "there is no source %q", s)
			}
		}
		for j, d := range r.EmailDomains {
			address, ok := linker.Canonical("x@" + d)
			if !ok {
				c.fail(fmt.Sprintf("%s.email_domains[%d]", path, j), "not a mail domain; write what stands behind the @, like example.com")
				continue
			}
			r.EmailDomains[j] = address[strings.LastIndexByte(address, '@')+1:]
		}
		if r.ShowAddressless && r.EmailDomains == nil {
			c.fail(path+".show_addressless", "says nothing without email_domains")
		}
		if !r.Rows().All() {
			for j, s := range r.Scopes {
				if access.NeedsAllRows(access.Scope(s)) {
					c.fail(fmt.Sprintf("%s.scopes[%d]", path, j), "%q tells of all sources and clients, so it does not go with sources or email_domains; give it to a role of its own", s)
				}
			}
		}
		c.spending(path, r.MaxOperationTokens, r.ObjectsPerMinute, r.Allowance)
	}
}

func (c checker) scopes(path string, scopes []string) {
	for j, s := range scopes {
		if !slices.Contains(access.Scopes, access.Scope(s)) {
			c.fail(fmt.Sprintf("%s.scopes[%d]", path, j), "unknown scope %q; known are %s", s, scopeNames())
		}
	}
}

// roleNames holds a client's roles against those that there are, and against the scopes that it has beside them.
func (c checker) roleNames(path string, roles []string, scopes []string, known []Role) {
	for j, name := range roles {
		at := slices.IndexFunc(known, func(r Role) bool { return r.Name == name })
		if at < 0 {
			c.fail(fmt.Sprintf("%s.roles[%d]", path, j), "there is no role %q; add it under roles", name)
			continue
		}
		if known[at].Rows().All() {
			continue
		}
		held := slices.Clone(scopes)
		for _, r := range known {
			if slices.Contains(roles, r.Name) {
				held = append(held, r.Scopes...)
			}
		}
		for _, s := range access.Scopes {
			if access.NeedsAllRows(s) && slices.Contains(held, string(s)) {
				c.fail(fmt.Sprintf("%s.roles[%d]", path, j), "%q limits what is seen, and the scope %s tells of everything; they do not go together", name, s)
			}
		}
	}
}

func (c checker) spending(path string, operation, objects int, a Allowance) {
	for _, each := range []struct {
		name  string
		value int
	}{
		{"max_operation_tokens", operation}, {"objects_per_minute", objects},
		{"allowance." + Pipedrive, a.Pipedrive}, {"allowance." + Pipefy, a.Pipefy}, {"allowance." + Pipedream, a.Pipedream},
	} {
		if each.value < 0 {
			c.fail(path+"."+each.name, "must not be negative")
		}
	}
}

// secretOf holds a key's two spellings and its end against what they may be.
func (c checker) secretOf(path string, k APIKey) {
	switch {
	case k.Key != "" && k.Digest != "":
		c.fail(path+".digest", "give key or digest, not both")
	case k.Digest != "":
		raw, ok := strings.CutPrefix(k.Digest, "sha256:")
		if b, err := hex.DecodeString(raw); !ok || err != nil || len(b) != 32 {
			c.fail(path+".digest", "not a digest; write sha256: and 64 hexadecimal digits")
		}
	case len(k.Key) < minAPIKey:
		c.fail(path+".key", "has %d characters, at least %d are needed; %s", len(k.Key), minAPIKey, makeKey)
	}
	if strings.ContainsFunc(k.Key.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		c.fail(path+".key", "has a space or a character that does not fit into a header; %s", makeKey)
	}
	if k.Expires != "" {
		if _, err := time.Parse(time.RFC3339, k.Expires); err != nil {
			c.fail(path+".expires", "not a time; write it like 2027-01-31T00:00:00Z")
		}
	}
}

// ExpiresAt is the end of the key; the zero time when it has none.
func (k APIKey) ExpiresAt() time.Time {
	at, _ := time.Parse(time.RFC3339, k.Expires)
	return at
}

func (c checker) proxies(list []string) {
	for i, p := range list {
		if _, err := netip.ParsePrefix(p); err != nil {
			c.fail(fmt.Sprintf("trusted_proxies[%d]", i), "not a network; write it like 10.0.0.0/8, or one address like 10.0.0.7/32")
		}
	}
}

// Proxies are the trusted networks.
func (c *Config) Proxies() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range c.TrustedProxies {
		if prefix, err := netip.ParsePrefix(p); err == nil {
			out = append(out, prefix.Masked())
		}
	}
	return out
}
