package app

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/secret"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// pipedreamScopes is the least that reading takes.
const pipedreamScopes = "connect:accounts:read connect:users:read connect:deployed_triggers:read"

// pipedreamWrites is the least that acts take. Reading goes on with a token that cannot delete.
const pipedreamWrites = "connect:accounts:read connect:accounts:write connect:users:read connect:users:write"

// Pipedream allows 2,000 account calls in five minutes, per project.
const (
	pipedreamRequests = 2000
	pipedreamWindow   = 5 * time.Minute
)

// pipedreamSweep bounds one reading: a quarter of the window reads 50,000 records
// in five minutes, so a large project takes several windows.
const pipedreamSweep = time.Hour

// clients are one source's client, of the kind that its system has; the others are nil.
type clients struct {
	config.Source
	pipedrive *pipedrive.Client
	pipefy    *pipefy.Client
	pipedream *pipedream.Client
	// deletes is pipedream with the right to delete.
	deletes *pipedream.Client
	// secret is the source's credential. It has to run where it may change.
	secret *secret.Source
}

// dial makes a source's client. It calls nobody yet.
func dial(s config.Source, transport http.RoundTripper, log *slog.Logger) (clients, error) {
	var (
		c          = clients{Source: s}
		id         = person.SourceID(s.ID)
		credential wire.Authorizer
		err        error
	)
	switch s.SystemOf() {
	case person.Pipedrive:
		c.secret = secretOf(s.TokenFrom, s.Token, s.ID+".token", log)
		c.pipedrive, err = pipedrive.New(id, s.BaseURL, wire.SecretHeader("x-api-token", "", c.secret), pipedrive.Options{
			Transport: transport, Logger: log, UserAgent: userAgent,
		})
	case person.Pipefy:
		if credential, c.secret, err = pipefyCredential(s, transport, log); err != nil {
			return c, err
		}
		c.pipefy, err = pipefy.New(wire.Config{
			Source: s.ID, BaseURL: s.BaseURL, Credential: credential, Transport: transport, Logger: log, UserAgent: userAgent,
		}, pipefy.Options{PipeRemoval: pipefy.PipeRemoval(s.RemoveFromPipe), PublicPipes: s.IncludePublics})
	case person.Pipedream:
		options := pipedream.Options{Transport: transport, Logger: log, UserAgent: userAgent}
		c.secret = secretOf(s.ClientSecretFrom, s.ClientSecret, s.ID+".client_secret", log)
		for scope, client := range map[string]**pipedream.Client{pipedreamScopes: &c.pipedream, pipedreamWrites: &c.deletes} {
			credential, err = wire.NewOAuth(wire.OAuthConfig{
				Source: s.ID, TokenURL: s.TokenURL, ClientID: s.ClientID, Secret: c.secret, Scope: scope,
				Transport: transport, Logger: log, UserAgent: userAgent,
			})
			if err != nil {
				return c, err
			}
			if *client, err = pipedream.New(id, s.BaseURL, pipedream.Project{ID: s.ProjectID, Environment: s.Environment}, credential, options); err != nil {
				return c, err
			}
		}
	default:
		err = fmt.Errorf("source %s: unknown system %q", s.ID, s.System)
	}
	return c, err
}

func pipefyCredential(s config.Source, transport http.RoundTripper, log *slog.Logger) (wire.Authorizer, *secret.Source, error) {
	if s.Token != "" {
		token := secretOf(s.TokenFrom, s.Token, s.ID+".token", log)
		return wire.SecretHeader("Authorization", "Bearer ", token), token, nil
	}
	of := secretOf(s.ClientSecretFrom, s.ClientSecret, s.ID+".client_secret", log)
	credential, err := wire.NewOAuth(wire.OAuthConfig{
		Source: s.ID, TokenURL: s.TokenURL, ClientID: s.ClientID, Secret: of, Form: true,
		Transport: transport, Logger: log, UserAgent: userAgent,
	})
	return credential, of, err
}

// secretOf is a secret of the configuration, which knows its first value.
func secretOf(from *config.Origin, value config.Secret, name string, log *slog.Logger) *secret.Source {
	read := from.Reader()
	if read == nil {
		return secret.Fixed(value.Reveal())
	}
	return secret.New(read, value.Reveal(), secret.Options{Every: from.Every, Name: name, Log: log})
}

// charge says on whose account the source's calls go. The environments of one
// Pipedream project share its window. Every other source has an account of its
// own: a company or organization is read by one source alone.
func charge(s config.Source) collect.Charge {
	l := budget.Limits{Account: s.ID, Credential: s.ID, Burst: s.Budget.Burst, Tokens: s.Budget.Tokens}
	switch s.SystemOf() {
	case person.Pipedrive:
		if l.Tokens == 0 {
			// 0 would mean "not limited".
			l.Tokens = max(1, int(budget.DefaultTokens*s.Budget.PortionOfTokens()))
			if tokens, ok := budget.ShareOf(budget.Plan(s.Budget.Plan), s.Budget.Seats, s.Budget.PortionOfTokens()); ok {
				l.Tokens = tokens
			}
		}
		if h := s.Budget.ResetHour; h != nil {
			reset := time.Duration(*h) * time.Hour
			l.Reset = &reset
		}
	case person.Pipedream:
		l.Account = "pipedream/" + s.ProjectID
		l.Tokens, l.Window = cmp.Or(l.Tokens, pipedreamRequests), pipedreamWindow
		l.RefreshTokens = max(1, l.Tokens/4) // the company's own product shares the window
	}
	return collect.Charge{System: s.SystemOf(), Limits: l}
}

// charges says it of every source. Sources that share an account share the
// smallest of their limits.
func charges(sources []config.Source) map[person.SourceID]collect.Charge {
	least := make(map[string]budget.Limits)
	for _, s := range sources {
		l := charge(s).Limits
		if known, ok := least[l.Account]; !ok || l.Tokens < known.Tokens {
			least[l.Account] = l
		}
	}
	out := make(map[person.SourceID]collect.Charge, len(sources))
	for _, s := range sources {
		c := charge(s)
		c.Limits.Tokens, c.Limits.RefreshTokens = least[c.Limits.Account].Tokens, least[c.Limits.Account].RefreshTokens
		out[person.SourceID(s.ID)] = c
	}
	return out
}

// reader reads the source whole, as a refresh, on the source's own account; beside its rhythm, on another's.
func (c clients) reader(gate wire.Gate) interface {
	collect.Reader
	collect.Renewable
} {
	id := person.SourceID(c.ID)
	switch {
	case c.pipedrive != nil:
		return collect.NewPipedrive(id, c.pipedrive.As(wire.Refresh, gate), c.CompanyID)
	case c.pipefy != nil:
		return collect.NewPipefy(id, c.pipefy.As(wire.Refresh, gate), c.OrganizationID)
	}
	return collect.NewPipedream(id, c.pipedream.As(wire.Refresh, gate))
}

// details adds the source to those that details are read from.
func (c clients) details(to collect.DetailSources) {
	id := person.SourceID(c.ID)
	switch {
	case c.pipedrive != nil:
		to.Pipedrive[id] = func(class wire.Class, gate wire.Gate) collect.PipedriveDetails { return c.pipedrive.As(class, gate) }
	case c.pipedream != nil:
		to.Pipedream[id] = func(class wire.Class, gate wire.Gate) collect.PipedreamDetails { return c.pipedream.As(class, gate) }
	}
}
