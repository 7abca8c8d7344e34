package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
	"github.com/manifold-graph/manifold/upstream/cache"
	sharedcache "github.com/manifold-graph/manifold/upstream/cache/shared"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/collect/share"
	"github.com/manifold-graph/manifold/upstream/notify"
	"github.com/manifold-graph/manifold/upstream/seal"
	"github.com/manifold-graph/manifold/upstream/secret"
)

// commons is what replicas have in common: the ledger, the readings and the live reads. Of a process alone it is in
// memory.
type commons struct {
	store    budget.Store
	exchange collect.Exchange
	remote   func(kind string) cache.Remote
	renewals *collect.RenewSharing
	// news is what replicas ring each other for.
	news notify.Notifier
	// budgets is what answers are told of the ledger.
	budgets func(*collect.Costs) people.Budgets
	// lost tells whether Redis does not answer; nil without Redis.
	lost func() bool

	client   redis.UniversalClient
	password *secret.Source // nil without Redis
	runs     []func(context.Context) error
}

// newCommons makes what cfg names. It calls nobody yet. Look is how often is looked for news that no ring told; 0: as ever.
func newCommons(cfg *config.Config, look time.Duration, log *slog.Logger) (*commons, error) {
	if !cfg.Redis.Shared() {
		news := notify.NewMemory(notify.Options{Poll: look})
		return &commons{
			store:   budget.NewMemory(budget.SystemClock()),
			news:    news,
			runs:    []func(context.Context) error{news.Run},
			budgets: func(c *collect.Costs) people.Budgets { return c },
		}, nil
	}
	password := secretOf(cfg.Redis.PasswordFrom, cfg.Redis.Password, "redis.password", log)
	client, err := newRedis(cfg.Redis, password, log)
	if err != nil {
		return nil, err
	}
	readOptions, exchangeOptions := sharedcache.Options{Prefix: cfg.Redis.Prefix}, share.Options{Prefix: cfg.Redis.Prefix, Scope: scopes(cfg.Sources)}
	if secrets := cfg.Redis.EncryptionSecrets(); len(secrets) > 0 {
		ring, err := seal.New(secrets, log)
		if err != nil {
			return nil, fmt.Errorf("redis.encryption_keys: %w", err)
		}
		readOptions.Seal, readOptions.Open = ring.Seal, ring.Open
		exchangeOptions.Seal, exchangeOptions.Open = ring.Seal, ring.Open
	}
	reads, err := sharedcache.New(client, readOptions)
	if err != nil {
		return nil, err
	}
	ledger := shared.New(client, shared.Options{Prefix: cfg.Redis.Prefix, Log: log})
	exchange := share.New(client, exchangeOptions)
	c := &commons{store: ledger, exchange: exchange, remote: reads.Kind, lost: ledger.Lost, client: client, password: password}
	c.renewals = &collect.RenewSharing{Remote: reads.Kind, Codec: share.Pieces{}, Scope: exchangeOptions.Scope}
	news := notify.NewRedis(client, notify.Options{Prefix: cfg.Redis.Prefix, Poll: look})
	c.news = news
	c.runs = append(c.runs, ledger.Run, exchange.Run, reads.Run, password.Run, news.Run)
	c.budgets = func(costs *collect.Costs) people.Budgets {
		recent := collect.NewRecent(costs, 0)
		c.runs = append(c.runs, recent.Run)
		return recent
	}
	return c, nil
}

// scopes says which account stands behind a source's name, so that a name that is given to another account does not take
// over the readings of the one before.
func scopes(sources []config.Source) func(person.SourceID) string {
	by := make(map[person.SourceID]string, len(sources))
	for _, s := range sources {
		by[person.SourceID(s.ID)] = fmt.Sprintf("%s %s %s %s %s %s %t", s.System, s.BaseURL, s.CompanyID, s.OrganizationID, s.ProjectID, s.Environment, s.IncludePublics)
	}
	return func(id person.SourceID) string { return by[id] }
}

// run keeps what is shared going until ctx ends, then closes it.
func (c *commons) run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, run := range c.runs {
		wg.Go(func() { _ = run(ctx) })
	}
	wg.Wait()
	if c.client != nil {
		_ = c.client.Close()
	}
}
