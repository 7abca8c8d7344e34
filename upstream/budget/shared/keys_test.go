package shared_test

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// TestEveryKeyBeginsWithThePrefix: a Redis user that may touch nothing else is enough, and no key names an account or a client.
func TestEveryKeyBeginsWithThePrefix(t *testing.T) {
	server := redistest.Start(t)
	admin := server.Client(heeding)
	if err := admin.Do(t.Context(), "ACL", "SETUSER", "gateway", "on", ">secret", "~gate:*", "&gate:*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	store := shared.New(server.Client(heeding, func(o *redis.Options) { o.Username, o.Password = "gateway", "secret" }),
		shared.Options{Prefix: "gate", Grace: -1})
	limits := budget.Limits{Account: "acme@example.com", Tokens: 1000, Credential: "acme-token", Burst: 20}
	ask := budget.Ask{Class: budget.Interactive, Tokens: 10, Allowance: 100, By: budget.Attribution{Client: "key:front", Operation: "Page", Field: "Person.id"}}

	store.Beat(t.Context())
	_, granted, err := store.Reserve(t.Context(), limits, ask)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Settle(t.Context(), limits, granted, budget.Outcome{Sent: true, Answered: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Peek(t.Context(), limits, ask, 0); err != nil {
		t.Fatal(err)
	}
	store.Beat(t.Context())
	if rows, err := store.Spent(t.Context(), limits); err != nil || len(rows) != 1 || rows[0].Tokens != 10 {
		t.Errorf("%+v, %v", rows, err)
	}
	if store.Lost() {
		t.Error("a call was refused")
	}
	keys, err := admin.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) < 6 {
		t.Fatalf("%q, %v", keys, err)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "gate:") || strings.Contains(key, "acme") || strings.Contains(key, "front") {
			t.Errorf("a key is %q", key)
		}
	}
}
