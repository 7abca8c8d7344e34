package share

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// TestASpoiltReadingIsNotThere: gone and spoilt chunks, and a head that nobody understands.
func TestASpoiltReadingIsNotThere(t *testing.T) {
	client := redistest.Start(t).Client(contextTimeouts)
	ctx := t.Context()
	for name, spoil := range map[string]func(x *Exchange, chunks []string) error{
		"a chunk is gone":    func(_ *Exchange, chunks []string) error { return client.Del(ctx, chunks[1]).Err() },
		"a chunk is another": func(_ *Exchange, chunks []string) error { return client.Set(ctx, chunks[1], "zstd", 0).Err() },
		"a bit has flipped": func(_ *Exchange, chunks []string) error {
			return client.SetBit(ctx, chunks[0], 99, 1-int(client.GetBit(ctx, chunks[0], 99).Val())).Err()
		},
		"no manifest": func(x *Exchange, _ []string) error {
			return client.HSet(ctx, x.keys("crm").head, "manifest", "?").Err()
		},
		"a manifest that lies": func(x *Exchange, _ []string) error {
			return client.HSet(ctx, x.keys("crm").head, "manifest", `{"raw":99999999999999}`).Err()
		},
	} {
		x := running(t, client, Options{ChunkBytes: 500})
		version := mustPublish(t, x, 1, collect.Report{Reading: company(100), Standing: &collect.Standing{Code: "INTERNAL"}})
		chunks := client.Keys(ctx, x.keys("crm").chunk+"*").Val()
		if len(chunks) < 3 {
			t.Fatalf("%d chunks", len(chunks))
		}
		if err := spoil(x, chunks); err != nil {
			t.Fatal(err)
		}
		r, err := x.Latest(ctx, "crm", 0, 0)
		if !errors.Is(err, collect.ErrUnreadable) || r.Reading != nil || r.Version != version || r.Standing == nil {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// TestAnotherReleaseSharesNothing: keys carry the layout's number, and the account or credential behind a name.
func TestAnotherReleaseSharesNothing(t *testing.T) {
	x := New(nil, Options{})
	if k := x.keys("crm"); !strings.Contains(k.head, "share1:") || strings.Contains(k.head, "crm") {
		t.Errorf("key %q", k.head)
	}
	other := New(nil, Options{Scope: func(person.SourceID) string { return "another company" }})
	if x.keys("crm") == other.keys("crm") {
		t.Error("readings of two accounts meet in one key")
	}
}

// TestOldReadingsLeaveRedis: what was replaced, or never published, does not stay.
func TestOldReadingsLeaveRedis(t *testing.T) {
	client := redistest.Start(t).Client(contextTimeouts)
	x := running(t, client, Options{ChunkBytes: 500})
	ctx := t.Context()
	mustPublish(t, x, 2, collect.Report{Reading: company(50)})
	old := client.Keys(ctx, x.keys("crm").chunk+"*").Val()
	for _, k := range append(old, x.keys("crm").head) {
		if ttl := client.PTTL(ctx, k).Val(); ttl < 23*time.Hour || ttl > 24*time.Hour {
			t.Errorf("%s is kept for %v", k, ttl)
		}
	}
	mustPublish(t, x, 2, collect.Report{Reading: company(50)})
	if _, err := x.Publish(ctx, "crm", 1, collect.Report{Reading: company(50)}); !errors.Is(err, collect.ErrLeaseLost) {
		t.Fatal(err)
	}
	kept := 0
	for _, k := range client.Keys(ctx, x.keys("crm").chunk+"*").Val() {
		if ttl := client.PTTL(ctx, k).Val(); ttl > grace || ttl < 0 {
			kept++
		}
	}
	if kept != len(old) {
		t.Errorf("%d chunks are kept of a reading of %d", kept, len(old))
	}
}

// TestRedisAwayIsNotUnreadable: a replica must not read a vendor because of a hiccup, nor take it for an emptied Redis.
func TestRedisAwayIsNotUnreadable(t *testing.T) {
	server := redistest.Start(t)
	x := New(server.Client(contextTimeouts, func(o *redis.Options) { o.MaxRetries, o.DialerRetries = -1, 1 }), Options{})
	mustPublish(t, x, 1, collect.Report{Reading: company(1)})
	server.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := x.Latest(ctx, "crm", 0, 0)
	if err == nil || errors.Is(err, collect.ErrUnreadable) {
		t.Errorf("frozen: %v", err)
	}
	if _, err := x.TryLease(ctx, "crm"); err == nil || errors.Is(err, collect.ErrLeaseLost) {
		t.Errorf("frozen: %v", err)
	}
	server.Kill()
	if _, err := x.Latest(t.Context(), "crm", 0, 0); err == nil || errors.Is(err, collect.ErrUnreadable) {
		t.Errorf("gone: %v", err)
	}
}

// TestAFailedOverMasterKeepsWhatWasTold runs over a real Cluster whose master dies.
func TestAFailedOverMasterKeepsWhatWasTold(t *testing.T) {
	cluster := redistest.StartCluster(t)
	client := cluster.Client(func(o *redis.ClusterOptions) { o.ContextTimeoutEnabled = true })
	x := running(t, client, Options{ChunkBytes: 500})
	lease := mustLease(t, x, "crm")
	version := mustPublish(t, x, lease.Fence, collect.Report{Reading: company(100)})
	master := cluster.MasterOf(x.tag("crm"))
	node := master.Client()
	if n := node.Wait(t.Context(), 1, 5*time.Second).Val(); n < 1 {
		t.Fatal("the replica has nothing")
	}
	master.Kill()
	cluster.MasterOf(x.tag("crm"))
	cluster.Await("the reading is told by the new master", func(ctx context.Context) error {
		r, err := x.Latest(ctx, "crm", 0, 0)
		if err == nil && (r.Version != version || len(r.Reading.Batch.Identities) != 100) {
			t.Fatalf("%+v", r)
		}
		return err
	})
	cluster.Await("a newer reading is told", func(ctx context.Context) error {
		_, err := x.Publish(ctx, "crm", lease.Fence, collect.Report{Reading: company(1)})
		return err
	})
	if _, err := x.Publish(t.Context(), "crm", lease.Fence-1, collect.Report{Reading: company(2)}); !errors.Is(err, collect.ErrLeaseLost) {
		t.Errorf("the new master lets the old leader speak: %v", err)
	}
}
