package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/upstream/authn/oidc"
)

// OIDC is an identity provider whose tokens say who asks.
type OIDC struct {
	Issuer   string   `yaml:"issuer" jsonschema:"required" jsonschema_description:"The issuer, letter by letter as iss of its tokens has it, such as https://login.example.com/realms/staff."`
	Audience []string `yaml:"audience" jsonschema:"required" jsonschema_description:"What the issuer calls Manifold. A token must have one of these in aud."`
	Name     string   `yaml:"name" jsonschema_description:"A short name, which stands in the names of its principals. Needed where there are several issuers."`

	RolesClaim string              `yaml:"roles_claim" jsonschema_description:"The claim that lists what its holder is: a name, or a path with dots such as realm_access.roles." jsonschema:"default=roles"`
	Roles      map[string][]string `yaml:"roles" jsonschema:"required" jsonschema_description:"Names of roles by values of roles_claim. A value that is not here opens nothing."`

	Algorithms        []string      `yaml:"algorithms" jsonschema_description:"What its tokens may be signed with; RS256, PS256, ES256 and EdDSA when left out."`
	AuthorizedParties []string      `yaml:"authorized_parties" jsonschema_description:"The only clients whose tokens are taken, by azp or client_id; all when left out."`
	JWKSURL           string        `yaml:"jwks_url" jsonschema_description:"Where its keys are, for an issuer without /.well-known/openid-configuration."`
	ClockSkew         time.Duration `yaml:"clock_skew" jsonschema_description:"By how much its clock may differ, from 1s to 5m." jsonschema:"default=1m"`
}

// issuerName is a word that reads well in a line of the log.
var issuerName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$`)

func (c checker) oidc(cfg *Config) {
	issuers, names := map[string]bool{}, map[string]bool{}
	for i, o := range cfg.OIDC {
		path := fmt.Sprintf("oidc[%d]", i)
		if o.Issuer == "" {
			c.fail(path, "has no issuer; write what iss of its tokens has, like https://login.example.com")
		} else if err := oidc.CheckURL(o.Issuer); err != nil {
			c.fail(path+".issuer", "%v", err)
		} else if issuers[o.Issuer] {
			c.fail(path+".issuer", "is there already; list each issuer once")
		}
		if o.JWKSURL != "" {
			if err := oidc.CheckURL(o.JWKSURL); err != nil {
				c.fail(path+".jwks_url", "%v", err)
			}
		}
		switch {
		case o.Name == "" && len(cfg.OIDC) > 1:
			c.fail(path, "has no name; with several issuers each needs one, for two people may have one subject")
		case o.Name != "" && !issuerName.MatchString(o.Name):
			c.fail(path+".name", "must hold lower-case letters, digits and - alone, at most 32")
		case o.Name != "" && names[o.Name]:
			c.fail(path+".name", "%q is taken by another issuer", o.Name)
		}
		issuers[o.Issuer], names[o.Name] = true, true
		if len(o.Audience) == 0 {
			c.fail(path, "has no audience: tokens that the issuer made for other services would be taken here. Write what it calls Manifold, which its tokens have in aud")
		}
		c.noneEmpty(path+".audience", o.Audience)
		c.noneEmpty(path+".authorized_parties", o.AuthorizedParties)
		if o.AuthorizedParties != nil && len(o.AuthorizedParties) == 0 {
			c.fail(path+".authorized_parties", "lists nobody; leave it out to take the tokens of all clients")
		}
		c.algorithms(path+".algorithms", o.Algorithms)
		if skew := path + ".clock_skew"; c.written(skew) && (o.ClockSkew < time.Second || o.ClockSkew > oidc.MostClockSkew) {
			c.fail(skew, "must be from 1s to 5m")
		}
		c.tokenRoles(path, o, cfg.Roles)
	}
}

func (c checker) algorithms(path string, list []string) {
	if list != nil && len(list) == 0 {
		c.fail(path, "lists none; leave it out for %s", strings.Join(oidc.DefaultAlgorithms, ", "))
	}
	for j, a := range list {
		at := fmt.Sprintf("%s[%d]", path, j)
		switch {
		case slices.Contains(oidc.Algorithms, a):
		case strings.EqualFold(a, "none"), strings.HasPrefix(strings.ToUpper(a), "HS"):
			c.fail(at, "%q can never be allowed: anybody could make such a token. Known are %s", a, strings.Join(oidc.Algorithms, ", "))
		default:
			c.fail(at, "unknown algorithm %q; known are %s", a, strings.Join(oidc.Algorithms, ", "))
		}
	}
}

func (c checker) tokenRoles(path string, o OIDC, known []Role) {
	if len(o.Roles) == 0 {
		c.fail(path, "maps no roles, so its tokens would open nothing; write what a value of %s gives, like roles: {graph-admin: [admin]}", o.RolesClaimOr())
	}
	for _, value := range slices.Sorted(maps.Keys(o.Roles)) {
		at := join(path+".roles", value)
		if value == "" || len(o.Roles[value]) == 0 {
			c.fail(at, "gives no role; name one of roles, or leave the line out")
		}
		for j, name := range o.Roles[value] {
			if !slices.ContainsFunc(known, func(r Role) bool { return r.Name == name }) {
				c.fail(fmt.Sprintf("%s[%d]", at, j), "there is no role %q; add it under roles", name)
			}
		}
	}
}

// RolesClaimOr is RolesClaim with its default.
func (o OIDC) RolesClaimOr() string {
	if o.RolesClaim == "" {
		return oidc.DefaultRolesClaim
	}
	return o.RolesClaim
}

func (c checker) noneEmpty(path string, list []string) {
	for j, each := range list {
		if each == "" {
			c.fail(fmt.Sprintf("%s[%d]", path, j), "is empty")
		}
	}
}

// written tells whether the file has a setting.
func (c checker) written(path string) bool {
	_, ok := c.at[path]
	return ok
}
