package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
)

const (
	minAPIKey  = 24
	minNodeKey = 16
	makeKey    = "make one with: openssl rand -hex 32"
)

var (
	sourceID  = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)
	hostName  = regexp.MustCompile(`^[A-Za-z0-9._-]+$|^\[?[0-9A-Fa-f:.]+\]?$`)
	projectID = regexp.MustCompile(`^proj_[A-Za-z0-9]+$`)
	digits    = regexp.MustCompile(`^[0-9]+$`)
)

// checker collects problems by the path of the setting.
type checker struct {
	*Problems
	at places
}

func (c checker) fail(path, format string, args ...any) {
	c.add(c.at.nearest(path), path, format, args...)
}

func (c *Config) validate(problems *Problems) {
	check := checker{problems, c.places}
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || !isPort(port) {
		check.fail("listen", "not an address to listen on; write it like 127.0.0.1:4000")
	} else if !c.Authenticates() && !IsLoopback(c.Listen) {
		check.fail("listen", "%s can be reached from other machines, so keys_file or at least one entry of api_keys or oidc is needed", c.Listen)
	}
	for i, host := range c.Hosts {
		if !hostName.MatchString(host) {
			check.fail(fmt.Sprintf("hosts[%d]", i), "not a host name; write it without scheme and port, like graph.example.com")
		}
	}
	for i, origin := range c.Origins {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Scheme+"://"+u.Host != origin {
			check.fail(fmt.Sprintf("origins[%d]", i), "not an origin; write scheme and host alone, like https://admin.example.com")
		}
	}
	if n := len(c.NodeKey); n > 0 && n < minNodeKey {
		check.fail("node_key", "has %d bytes, at least %d are needed; %s", n, minNodeKey, makeKey)
	}
	check.previousNodeKeys(c)
	check.roles(c)
	check.apiKeys(c.APIKeys, c.Roles)
	check.oidc(c)
	check.proxies(c.TrustedProxies)
	check.sources(c.Sources)
	check.linking(c)
	check.limits(c.Limits)
	check.redis(c.Redis)
	check.store(c.Store, c.Audit)
	check.acts(c.Acts)
	check.documents(c.Documents)
	check.enums(reflect.ValueOf(*c), "")
}

// RequireServing tells what serve needs beyond a file without mistakes: a node key and a source.
func (c *Config) RequireServing(file string) error {
	problems := &Problems{File: file}
	check := checker{problems, c.places}
	if c.NodeKey == "" {
		check.fail("node_key", "is missing: it keeps ids and cursors opaque; %s", makeKey)
	}
	if len(c.Sources) == 0 {
		check.fail("sources", "there is no source to read; add one, or try: manifold demo")
	}
	check.replicas(c)
	return problems.err()
}

// IsLoopback tells whether an address to listen on can be reached from this machine alone.
func IsLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	return IsLoopbackHost(host)
}

// IsLoopbackHost tells whether a host, without port, is this machine itself.
func IsLoopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

func isPort(s string) bool {
	_, err := net.LookupPort("tcp", s)
	return err == nil && digits.MatchString(s)
}

func (c checker) apiKeys(keys []APIKey, roles []Role) {
	names, values := map[string]bool{}, map[string]bool{}
	for i, k := range keys {
		path := fmt.Sprintf("api_keys[%d]", i)
		if k.Name == "" {
			c.fail(path, "has no name")
		} else if names[k.Name] {
			c.fail(path+".name", "%q is taken by another key", k.Name)
		}
		c.secretOf(path, k)
		value, at := "key "+k.Key.Reveal(), path+".key"
		if k.Digest != "" {
			value, at = strings.ToLower(k.Digest), path+".digest"
		}
		if values[value] {
			c.fail(at, "is the same as another client's; give each client its own")
		}
		names[k.Name], values[value] = true, true
		c.scopes(path, k.Scopes)
		c.roleNames(path, k.Roles, k.Scopes, roles)
		c.spending(path, k.MaxOperationTokens, k.ObjectsPerMinute, k.Allowance)
	}
}

func scopeNames() string {
	names := make([]string, len(access.Scopes))
	for i, s := range access.Scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

func (c checker) limits(l Limits) {
	for _, each := range []struct {
		name             string
		value, low, high int
	}{
		{"body_bytes", l.BodyBytes, 1 << 10, 64 << 20},
		{"tokens", l.Tokens, 50, 100_000},
		{"depth", l.Depth, 3, 100},
		{"repeats", l.Repeats, 1, 1000},
		{"complexity", l.Complexity, 10, 100_000_000},
		{"aliases", l.Aliases, 1, 10_000},
		{"directives", l.Directives, 1, 10_000},
		{"fragments", l.Fragments, 1, 1000},
		{"operations", l.Operations, 1, 100},
		{"variables", l.Variables, 1, 1000},
		{"objects_per_minute", l.ObjectsPerMinute, 100, 1_000_000_000},
		{"operation_tokens", l.OperationTokens, 1, 100_000_000},
		{"concurrent_operations", l.ConcurrentOperations, 2, 100_000},
		{"connections", l.Connections, 10, 1_000_000},
		{"connections_per_address", l.ConnectionsPerAddress, 0, 1_000_000},
	} {
		if each.value < each.low || each.value > each.high {
			c.fail("limits."+each.name, "must be from %d to %d", each.low, each.high)
		}
	}
	if l.OperationTimeout < time.Second || l.OperationTimeout > 10*time.Minute {
		c.fail("limits.operation_timeout", "must be from 1s to 10m")
	}
}

// enums holds every setting with a closed set of values against it; the set stands in the struct's tag, where the
// JSON Schema reads it too. An empty value is a missing one, which is for others to judge.
func (c checker) enums(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			c.enums(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, ok := f.Tag.Lookup("yaml")
			if !ok {
				continue
			}
			at := join(path, name)
			if allowed := enumOf(f.Tag.Get("jsonschema")); len(allowed) > 0 && v.Field(i).String() != "" && !slices.Contains(allowed, v.Field(i).String()) {
				c.fail(at, "must be one of %s", strings.Join(allowed, ", "))
			}
			c.enums(v.Field(i), at)
		}
	}
}

func enumOf(tag string) []string {
	var allowed []string
	for part := range strings.SplitSeq(tag, ",") {
		if value, ok := strings.CutPrefix(part, "enum="); ok {
			allowed = append(allowed, value)
		}
	}
	return allowed
}
