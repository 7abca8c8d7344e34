package app

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/upstream/secret"
	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/store/postgres"
	"github.com/manifold-graph/manifold/upstream/store/sqlite"
)

// opening bounds how long a start waits for the store: a replica that migrates keeps the others waiting.
const opening = 5 * time.Minute

// OpenStore opens the store that cfg names, in memory where it names none, and brings its schema up to date. Secrets
// change while somebody runs them.
func OpenStore(ctx context.Context, cfg *config.Config, log *slog.Logger) (*store.Store, []*secret.Source, error) {
	chain, earlier, err := auditChain(cfg)
	if err != nil {
		return nil, nil, err
	}
	engine, secrets, err := openEngine(ctx, cfg, log)
	if err != nil {
		return nil, nil, err
	}
	s, err := store.New(ctx, engine, chain, store.Options{Log: log, Earlier: earlier, HeadEvery: cfg.Audit.HeadEvery, PersonalFor: cfg.Audit.PersonalFor})
	if err != nil {
		return nil, nil, fmt.Errorf("store: %w", err)
	}
	return s, secrets, nil
}

func openEngine(ctx context.Context, cfg *config.Config, log *slog.Logger) (store.Engine, []*secret.Source, error) {
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	if cfg.Store.Postgres == "" {
		e, err := sqlite.Open(ctx, cfg.Store.Path, sqlite.Options{})
		return e, nil, err
	}
	url := secretOf(cfg.Store.PostgresFrom, cfg.Store.Postgres, "store.postgres", log)
	e, err := postgres.Open(ctx, url.Value(), func() string {
		c, err := postgres.Config(url.Value()) // a rotated password is for the next connection
		if err != nil {
			return ""
		}
		return c.Password
	})
	return e, []*secret.Source{url}, err
}

// auditChain is the chain of audit.key or, where there is none, of a key derived from node_key: both are outside of the
// store. Earlier are those derived from node keys of before, for a log goes on with the key that it was begun with.
func auditChain(cfg *config.Config) (chain *audit.Chain, earlier []*audit.Chain, err error) {
	if cfg.Audit.Key != "" {
		chain, err = audit.NewChain([]byte(cfg.Audit.Key.Reveal()))
		return chain, nil, err
	}
	newest, previous := cfg.NodeSecrets()
	for _, secret := range previous {
		c, err := derivedChain(secret)
		if err != nil {
			return nil, nil, err
		}
		earlier = append(earlier, c)
	}
	chain, err = derivedChain(newest)
	return chain, earlier, err
}

func derivedChain(nodeKey []byte) (*audit.Chain, error) {
	key, err := hkdf.Key(sha256.New, nodeKey, nil, "manifold audit key", audit.MinKey)
	if err != nil {
		return nil, fmt.Errorf("audit.key: %w", err)
	}
	return audit.NewChain(key)
}
