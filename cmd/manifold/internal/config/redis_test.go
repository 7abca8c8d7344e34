package config_test

import (
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

func TestRedis(t *testing.T) {
	for _, c := range []struct{ file, wrong string }{
		{"", ""},
		{"redis: {addresses: ['127.0.0.1:6379']}", ""},
		{"redis: {addresses: ['a:1', 'b:2'], cluster: true, username: u, password: p, tls: true, ca_file: ca.pem, prefix: eu}", ""},
		{"redis: {addresses: [localhost]}", "redis.addresses[0]: not an address"},
		{"redis: {addresses: ['a:1', 'b:2']}", "redis.addresses: several addresses are nodes of a Cluster"},
		{"redis: {password: p}", "redis: has no addresses"},
		{"redis: {addresses: ['a:1'], cluster: true, database: 2}", "redis.database: a Cluster has database 0 alone"},
		{"redis: {addresses: ['a:1'], ca_file: ca.pem}", "redis.ca_file: is read only with tls"},
		{"redis: {addresses: ['a:1'], username: u}", "redis.password: is missing"},
		{"redis: {addresses: ['a:1'], encryption_keys: [a-key-of-thirty-two-characters-xx, b-key-of-thirty-two-characters-xx]}", ""},
		{"redis: {addresses: ['a:1'], encryption_keys: [a-key-of-thirty-two-characters-xx, short]}", "redis.encryption_keys[1]: must have at least 32"},
		{"redis: {addresses: ['a:1'], encryption_keys: [a-key-of-thirty-two-characters-xx, a-key-of-thirty-two-characters-xx]}", "redis.encryption_keys[1]: is there twice"},
		{"redis: {encryption_keys: [a-key-of-thirty-two-characters-xx]}", "redis: has no addresses"},
		{"redis: {addresses: ['a:1'], prefix: '{x}'}", "redis.prefix: must begin"},
	} {
		got, err := config.Parse("m.yaml", []byte(c.file), none)
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: %v", c.file, err)
		case c.wrong == "" && got.Redis.Shared() != (c.file != ""):
			t.Errorf("%s: shared is %t", c.file, got.Redis.Shared())
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: %v, want %q", c.file, err, c.wrong)
		}
	}
}

// The example that the documents point to is one that replicas serve with.
func TestTheExampleOfReplicasLoads(t *testing.T) {
	const file = "../../../../examples/replicas.yaml"
	secrets := map[string]string{
		"MANIFOLD_NODE_KEY": strings.Repeat("n", 64), "FRONTEND_KEY": strings.Repeat("f", 64), "PROMETHEUS_KEY": strings.Repeat("p", 64),
		"PIPEDRIVE_TOKEN": "token", "PIPEDRIVE_WEBHOOK_PASSWORD": strings.Repeat("w", 64),
		"DATABASE_URL": "postgres://manifold:p@db.internal/manifold", "AUDIT_KEY": strings.Repeat("a", 64),
	}
	got, err := config.Load(file, environment(secrets))
	if err != nil {
		t.Fatal(err)
	}
	if err := got.RequireServing(file); err != nil {
		t.Error(err)
	}
	if !got.Redis.Shared() || got.Redis.Addresses[0] != "127.0.0.1:6379" || got.APIKeys[0].Allowance.Pipedrive != 5000 ||
		got.APIKeys[0].MaxOperationTokens != 2000 || !got.Sources[0].Webhook.IsSet() || got.Sources[0].RefreshFastest == 0 {
		t.Errorf("%+v", got)
	}
	if _, err := config.Load(file, none); err == nil || !strings.Contains(err.Error(), "MANIFOLD_NODE_KEY") {
		t.Errorf("without its secrets: %v", err)
	}
}
