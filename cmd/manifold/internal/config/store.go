package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/upstream/store/postgres"
)

// Store is where decisions, running acts and the audit log are kept.
type Store struct {
	Path     string `yaml:"path" jsonschema_description:"The SQLite file, relative to this file; made when it is not there. manifold.db beside this file when neither this nor postgres is set. For one process, or several on one machine."`
	Postgres Secret `yaml:"postgres" origin:"PostgresFrom" jsonschema_description:"Instead of path: the PostgreSQL that all replicas share, such as postgres://manifold:PASSWORD@db.internal/manifold?sslmode=verify-full"`

	PostgresFrom *Origin `yaml:"-"`
	// defaulted: nobody said where.
	defaulted bool
}

// Audit is how the audit log is kept.
type Audit struct {
	Key          Secret        `yaml:"key" origin:"KeyFrom" jsonschema_description:"Secret of at least 32 bytes that chains the audit log, the same for all replicas. Keep it outside the database. Left out, it is derived from node_key. Make one with: openssl rand -hex 32"`
	PreviousKeys []Secret      `yaml:"previous_keys" jsonschema_description:"Keys of before. The next serve hands the log over to key, and writes that down; verifying needs those that any kept entry is sealed with. Restart all replicas: one that has the old key alone can change nothing any more."`
	HeadEvery    time.Duration `yaml:"head_every" jsonschema_description:"How often the head of the log goes to the process's log while it moves." jsonschema:"default=5m"`
	PersonalFor  time.Duration `yaml:"personal_for" jsonschema_description:"How long reasons, addresses, states before and after, and whose accounts they were, lie beside the audit log, such as 17520h; 0: until they are erased." jsonschema:"default=0s"`

	KeyFrom *Origin `yaml:"-"`
}

// defaultStore is the file that is kept beside the configuration when nothing else is said.
const defaultStore = "manifold.db"

// completeStore says where the store is, given where the configuration is.
func (c *Config) completeStore(folder string) {
	if c.Store.Path == "" && c.Store.Postgres == "" {
		c.Store.Path, c.Store.defaulted = defaultStore, true
	}
	if c.Store.Path != "" && !filepath.IsAbs(c.Store.Path) {
		c.Store.Path = filepath.Join(folder, c.Store.Path)
	}
}

func (c checker) store(s Store, a Audit) {
	if s.Path != "" && s.Postgres != "" {
		c.fail("store.path", "there is one store; give path or postgres, not both")
	}
	if s.Postgres != "" {
		if _, err := postgres.Config(s.Postgres.Reveal()); err != nil {
			c.fail("store.postgres", "%v", err)
		}
	}
	if n := len(a.Key); n > 0 && n < audit.MinKey {
		c.fail("audit.key", "has %d bytes, at least %d are needed; %s", n, audit.MinKey, makeKey)
	}
	for i, k := range a.PreviousKeys {
		at := fmt.Sprintf("audit.previous_keys[%d]", i)
		switch {
		case len(k) < audit.MinKey:
			c.fail(at, "has %d bytes, at least %d are needed", len(k), audit.MinKey)
		case k == a.Key:
			c.fail(at, "is audit.key itself; a new audit.key comes first, and the one of before here")
		case a.Key == "":
			c.fail(at, "is of no use without audit.key")
		case slices.Contains(a.PreviousKeys[:i], k):
			c.fail(at, "is there twice")
		}
	}
	if a.HeadEvery < time.Second || a.HeadEvery > 24*time.Hour {
		c.fail("audit.head_every", "must be from 1s to 24h")
	}
	if a.PersonalFor != 0 && a.PersonalFor < 24*time.Hour {
		c.fail("audit.personal_for", "must be at least 24h, or 0 for no end")
	}
}

// replicas holds what several processes need against what there is.
func (c checker) replicas(cfg *Config) {
	if cfg.Redis.Shared() && cfg.Store.defaulted {
		c.fail("redis", "replicas that share a Redis share one store as well: add store.postgres. If this process is the only one, say so with store: {path: %s}", defaultStore)
	}
}
