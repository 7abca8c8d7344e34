package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

func TestStoreAndAudit(t *testing.T) {
	for _, c := range []struct{ file, wrong string }{
		{"store: {path: /var/lib/manifold.db}", ""},
		{"store: {postgres: 'postgres://m:hush@db/m'}\naudit: {key: " + strings.Repeat("k", 32) + ", head_every: 1m, personal_for: 8760h}", ""},
		{"store: {postgres: 'host=db dbname=m'}", ""},
		{"store: {path: a.db, postgres: 'postgres://m:hush@db/m'}", "store.path: there is one store; give path or postgres"},
		{"store: {postgres: 'mysql://m:hush@db/m'}", "store.postgres: not an address of PostgreSQL; write it like postgres://"},
		{"store: {postgres: 'postgres://m:hush@db:port/m'}", "store.postgres: not an address"},
		{"store: {paht: a.db}", `did you mean "path"`},
		{"audit: {key: short}", "audit.key: has 5 bytes, at least 32 are needed"},
		{"audit: {key: " + strings.Repeat("k", 32) + ", previous_keys: [" + strings.Repeat("j", 32) + "]}", ""},
		{"audit: {key: " + strings.Repeat("k", 32) + ", previous_keys: [short]}", "audit.previous_keys[0]: has 5 bytes"},
		{"audit: {key: " + strings.Repeat("k", 32) + ", previous_keys: [" + strings.Repeat("k", 32) + "]}", "audit.previous_keys[0]: is audit.key itself"},
		{"audit: {previous_keys: [" + strings.Repeat("k", 32) + "]}", "audit.previous_keys[0]: is of no use without audit.key"},
		{"audit: {head_every: 0s}", "audit.head_every: must be from 1s to 24h"},
		{"audit: {personal_for: 1h}", "audit.personal_for: must be at least 24h"},
		{"audit: {personal_for: -48h}", "audit.personal_for: must be at least 24h"},
	} {
		_, err := config.Parse("m.yaml", []byte(c.file), none)
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %v, want %q", c.file, err, c.wrong)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: the password is told: %v", c.file, err)
		}
	}
}

// TestWhereTheStoreIs: beside the file unless it says otherwise, and replicas must say.
func TestWhereTheStoreIs(t *testing.T) {
	dir := t.TempDir()
	load := func(text string) *config.Config {
		t.Helper()
		file := filepath.Join(dir, "m.yaml")
		if err := os.WriteFile(file, []byte(smallest+text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := config.Load(file, none)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for text, want := range map[string]string{
		"": filepath.Join(dir, "manifold.db"), "store: {path: x/y.db}": filepath.Join(dir, "x/y.db"), "store: {path: /z.db}": "/z.db", "store: {postgres: 'host=db'}": "",
	} {
		if got := load(text).Store.Path; got != want {
			t.Errorf("%q keeps it in %q, want %q", text, got, want)
		}
	}
	if got := load("").Audit.HeadEvery; got != 5*time.Minute {
		t.Errorf("the head is logged every %v", got)
	}
	const redis = "redis: {addresses: ['r:1']}\n"
	if err := load(redis).RequireServing("m.yaml"); err == nil || !strings.Contains(err.Error(), "redis: replicas that share a Redis share one store as well: add store.postgres") {
		t.Errorf("replicas without a store in common: %v", err)
	}
	for _, said := range []string{"store: {path: manifold.db}", "store: {postgres: 'host=db'}"} {
		if err := load(redis + said).RequireServing("m.yaml"); err != nil {
			t.Errorf("%s: %v", said, err)
		}
	}
	alone, err := config.Parse("m.yaml", []byte(smallest), none)
	if err != nil || alone.Store.Path != "" {
		t.Errorf("in memory: %+v, %v", alone, err)
	}
}
