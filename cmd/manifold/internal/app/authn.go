package app

import (
	"fmt"
	"log/slog"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/authn"
	"github.com/manifold-graph/manifold/upstream/authn/oidc"
)

// authenticator tells the configured clients apart; nil where there are none. With it comes who vouches for tokens; nil
// where nobody does.
func authenticator(cfg *config.Config, log *slog.Logger, limited func()) (*authn.Authenticator, *oidc.Verifier, error) {
	if !cfg.Authenticates() {
		return nil, nil, nil
	}
	options := authn.Options{File: cfg.KeysFile, TrustedProxies: cfg.Proxies(), Log: log, Limited: limited}
	tokens, err := verifier(cfg, log)
	if err != nil {
		return nil, nil, err
	}
	if tokens != nil {
		options.Verifier = tokens
	}
	who, err := authn.New(clientsOf(cfg.APIKeys), Grants(cfg), options)
	return who, tokens, err
}

// authenticator is the server's, where nil must be no Authenticator at all.
func (a *App) authenticator() server.Authenticator {
	if a.authn == nil {
		return nil
	}
	return a.authn
}

func allowanceOf(who *authn.Authenticator) func(string, person.System) int {
	if who == nil {
		return nil
	}
	return who.Allowance
}

// Grants are the roles of the configuration.
func Grants(cfg *config.Config) authn.Grants {
	g := authn.Grants{Roles: map[string]authn.Role{}, OperationTokens: cfg.Limits.OperationTokens, ObjectsPerMinute: cfg.Limits.ObjectsPerMinute}
	for _, r := range cfg.Roles {
		g.Roles[r.Name] = authn.Role{
			Role:      access.Role{Name: r.Name, Scopes: scopesOf(r.Scopes), Rows: r.Rows()},
			Limits:    access.Limits{OperationTokens: r.MaxOperationTokens, ObjectsPerMinute: r.ObjectsPerMinute},
			Allowance: allowance(r.Allowance),
		}
	}
	return g
}

func clientsOf(keys []config.APIKey) []authn.Client {
	var out []authn.Client
	for _, k := range keys {
		c := authn.Client{
			Name: k.Name, Roles: k.Roles, Scopes: scopesOf(k.Scopes), Allowance: allowance(k.Allowance),
			Limits: access.Limits{OperationTokens: k.MaxOperationTokens, ObjectsPerMinute: k.ObjectsPerMinute},
		}
		if len(k.Roles) == 0 && k.Scopes == nil {
			c.Scopes = access.ReadScopes
		}
		digest := authn.DigestOf(k.Key.Reveal())
		if k.Digest != "" {
			if err := digest.UnmarshalText([]byte(k.Digest)); err != nil {
				panic(fmt.Errorf("api key %s: %w", k.Name, err)) // the configuration was checked
			}
		}
		c.Secrets = []authn.Secret{{Digest: digest, Expires: k.ExpiresAt()}}
		out = append(out, c)
	}
	return out
}

func scopesOf(names []string) []access.Scope {
	var out []access.Scope
	for _, s := range names {
		out = append(out, access.Scope(s))
	}
	return out
}

func allowance(a config.Allowance) authn.Allowance {
	out := authn.Allowance{}
	for system, n := range map[person.System]int{person.Pipedrive: a.Pipedrive, person.Pipefy: a.Pipefy, person.Pipedream: a.Pipedream} {
		if n > 0 {
			out[system] = n
		}
	}
	return out
}
