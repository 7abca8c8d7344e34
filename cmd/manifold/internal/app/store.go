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
	return openStore(ctx, cfg, log, false)
}

// openStore may hand the audit log over to a new audit.key.
func openStore(ctx context.Context, cfg *config.Config, log *slog.Logger, rotate bool) (*store.Store, []*secret.Source, error) {
	chain, earlier, err := auditChain(cfg)
	if err != nil {
		return nil, nil, err
	}
	engine, secrets, err := openEngine(ctx, cfg, log)
	if err != nil {
		return nil, nil, err
	}
	s, err := store.New(ctx, engine, chain, store.Options{Log: log, Earlier: earlier, Rotate: rotate && cfg.Audit.Key != "", HeadEvery: cfg.Audit.HeadEvery, PersonalFor: cfg.Audit.PersonalFor})
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
// store. Earlier are those that the log may be sealed with until now: the keys of before, and those derived from node keys.
// With a derived key a log goes on as it was begun, for node keys are rotated while replicas run.
func auditChain(cfg *config.Config) (chain *audit.Chain, earlier []*audit.Chain, err error) {
	newest, previous := cfg.NodeSecrets()
	var derived []*audit.Chain
	for _, secret := range append([][]byte{newest}, previous...) {
		c, err := derivedChain(secret)
		if err != nil {
			return nil, nil, err
		}
		derived = append(derived, c)
	}
	if cfg.Audit.Key == "" {
		return derived[0], derived[1:], nil
	}
	for _, k := range cfg.Audit.PreviousKeys {
		c, err := audit.NewChain([]byte(k.Reveal()))
		if err != nil {
			return nil, nil, err
		}
		earlier = append(earlier, c)
	}
	chain, err = audit.NewChain([]byte(cfg.Audit.Key.Reveal()))
	return chain, append(earlier, derived...), err
}

func derivedChain(nodeKey []byte) (*audit.Chain, error) {
	key, err := hkdf.Key(sha256.New, nodeKey, nil, "manifold audit key", audit.MinKey)
	if err != nil {
		return nil, fmt.Errorf("audit.key: %w", err)
	}
	return audit.NewChain(key)
}
