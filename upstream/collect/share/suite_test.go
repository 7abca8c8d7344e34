package share

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// shortLease is long enough for a busy machine, and short enough to wait for.
const shortLease = 400 * time.Millisecond

// conform shows what every Exchange promises. Each call of open gives one that knows nothing.
func conform(t *testing.T, open func(*testing.T, Options) collect.Exchange) {
	t.Run("one replica at a time has the lease", func(t *testing.T) {
		x := open(t, Options{})
		first := mustLease(t, x, "crm")
		if first.Fence == 0 || first.For != 15*time.Second {
			t.Fatalf("the first asker got %+v", first)
		}
		if other := mustLease(t, x, "crm"); other.Fence != 0 || other.For <= 0 || other.For > first.For {
			t.Errorf("the second asker got %+v", other)
		}
		if other := mustLease(t, x, "ops"); other.Fence == 0 {
			t.Error("the lease of one source keeps another from being read")
		}
		if err := x.Release(t.Context(), "crm", first.Fence-1); err != nil {
			t.Error(err)
		}
		if other := mustLease(t, x, "crm"); other.Fence != 0 {
			t.Error("somebody else has ended the lease")
		}
		if err := x.Release(t.Context(), "crm", first.Fence); err != nil {
			t.Error(err)
		}
		if next := mustLease(t, x, "crm"); next.Fence <= first.Fence {
			t.Errorf("after fence %d came %d", first.Fence, next.Fence)
		}
		if err := x.Renew(t.Context(), "crm", first.Fence); !errors.Is(err, collect.ErrLeaseLost) {
			t.Errorf("a lease that was released is renewed: %v", err)
		}
	})
	t.Run("a lease ends by itself unless it is renewed", func(t *testing.T) {
		x := open(t, Options{Lease: shortLease})
		var (
			first       collect.Lease
			began, last time.Time // last is before the server renewed it
		)
		take := func() {
			last = time.Now()
			first, began = mustLease(t, x, "crm"), last
		}
		for take(); time.Since(began) < 2*shortLease; {
			pause(t, shortLease/8)
			asked := time.Now()
			switch err := x.Renew(t.Context(), "crm", first.Fence); {
			case err == nil:
				last = asked
			case time.Since(last) < shortLease:
				t.Fatalf("%v after it was renewed: %v", time.Since(last), err)
			default:
				take() // a machine so busy that a lease went by
			}
		}
		for {
			other := mustLease(t, x, "crm")
			if other.Fence != 0 {
				break
			}
			pause(t, other.For)
		}
		if took := time.Since(last); took < shortLease*3/4 {
			t.Errorf("a renewed lease was given away after %v", took)
		}
		if err := x.Renew(t.Context(), "crm", first.Fence); !errors.Is(err, collect.ErrLeaseLost) {
			t.Errorf("a lease that somebody else has is renewed: %v", err)
		}
	})
	t.Run("a reading reaches whoever asks, once", func(t *testing.T) {
		x := open(t, Options{ChunkBytes: 1000})
		lease := mustLease(t, x, "crm")
		if r := mustLatest(t, x, 0, 0); r.Version != 0 || r.Reading != nil || r.Standing != nil {
			t.Errorf("an empty exchange tells %+v", r)
		}
		sent, standing := company(300), collect.Standing{RetryAt: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
		version := mustPublish(t, x, lease.Fence, collect.Report{Reading: sent, Standing: &standing})
		r := mustLatest(t, x, 0, 0)
		if r.Version != version || r.ReadingVersion != version || cmp.Diff(sent, r.Reading) != "" || *r.Standing != standing {
			t.Errorf("version %d of %d, %v\n%s", r.Version, version, r.Standing, cmp.Diff(sent, r.Reading))
		}
		if r := mustLatest(t, x, version, version); r.Version != version || r.Reading != nil || r.Standing != nil || r.ReadingVersion != version {
			t.Errorf("told twice: %+v", r)
		}
		if r := mustLatest(t, x, version-1, version); r.Reading != nil || r.ReadingVersion != version {
			t.Error("a reading that is held is sent again")
		}
		// Another reading takes its place.
		sent = company(2)
		next := mustPublish(t, x, lease.Fence, collect.Report{Reading: sent})
		if r := mustLatest(t, x, version, version); next <= version || r.Version != next || cmp.Diff(sent, r.Reading) != "" || *r.Standing != standing {
			t.Errorf("after version %d came %d: %+v", version, next, r)
		}
		if r := mustLatest(t, x, 0, 0); r.Reading == nil || len(r.Reading.Batch.Identities) != 2 {
			t.Error("who starts up does not get the newest reading")
		}
	})
	t.Run("failures are told and leave the reading", func(t *testing.T) {
		x := open(t, Options{})
		lease := mustLease(t, x, "crm")
		version := mustPublish(t, x, lease.Fence, collect.Report{Reading: company(1), Standing: &collect.Standing{}})
		down := collect.Standing{Reason: "crm did not answer.", Code: "SOURCE_UNAVAILABLE", RetryAt: time.Now().UTC()}
		mustPublish(t, x, lease.Fence, collect.Report{Standing: &down})
		if r := mustLatest(t, x, version, version); r.Reading != nil || cmp.Diff(&down, r.Standing) != "" {
			t.Errorf("to a replica that follows: %+v", r)
		}
		if r := mustLatest(t, x, 0, 0); r.Reading == nil || r.ReadingVersion != version || cmp.Diff(&down, r.Standing) != "" {
			t.Errorf("to a replica that starts up: %+v", r)
		}
	})
	t.Run("who was fenced out is refused", func(t *testing.T) {
		x := open(t, Options{})
		old := mustLease(t, x, "crm")
		if err := x.Release(t.Context(), "crm", old.Fence); err != nil {
			t.Fatal(err)
		}
		next := mustLease(t, x, "crm")
		// It is late, but nobody knows better yet.
		mustPublish(t, x, old.Fence, collect.Report{Reading: company(1)})
		version := mustPublish(t, x, next.Fence, collect.Report{Reading: company(2)})
		for _, late := range []collect.Report{{Reading: company(3)}, {Standing: &collect.Standing{Code: "INTERNAL"}}} {
			if _, err := x.Publish(t.Context(), "crm", old.Fence, late); !errors.Is(err, collect.ErrLeaseLost) {
				t.Errorf("a late word is taken: %v", err)
			}
		}
		if r := mustLatest(t, x, 0, 0); r.Version != version || len(r.Reading.Batch.Identities) != 2 || r.Standing != nil {
			t.Errorf("after a late word: %+v", r)
		}
	})
	t.Run("an exchange that forgot is told again under the same version", func(t *testing.T) {
		x := open(t, Options{})
		lease := mustLease(t, x, "crm")
		const before = 1_700_000_000_000_000
		version := mustPublish(t, x, lease.Fence, collect.Report{Reading: company(1), ReadingVersion: before})
		r := mustLatest(t, x, 0, 0)
		if version <= before || r.Version != version || r.ReadingVersion != before || r.Reading == nil {
			t.Errorf("version %d: %+v", version, r)
		}
		mustPublish(t, x, lease.Fence, collect.Report{Reading: company(2), ReadingVersion: before - 1})
		if r := mustLatest(t, x, 0, 0); len(r.Reading.Batch.Identities) != 1 {
			t.Error("an older reading has taken the place of a newer one")
		}
	})
	t.Run("changes reach all, and a bounded number of them whoever missed them", func(t *testing.T) {
		x := open(t, Options{Announcements: 3})
		news, stop := x.Watch("crm")
		defer stop()
		var all []directory.Change
		for n, i := range company(5).Batch.Identities {
			ch := directory.Change{Key: i.Key, Identity: i, ObservedAt: time.Date(2026, 11, 21, 10, 0, n, 0, time.UTC)}
			if n == 4 {
				ch.Identity = nil
			}
			all = append(all, ch)
			if err := x.Announce(t.Context(), "crm", all[n:]); err != nil {
				t.Fatal(err)
			}
		}
		await(t, news)
		r := mustLatest(t, x, 0, 0)
		if diff := cmp.Diff(all[2:], r.Changes); diff != "" || r.Reading != nil {
			t.Errorf("(-announced +told)\n%s", diff)
		}
		if again := mustLatest(t, x, r.Version, 0); len(again.Changes) != 0 {
			t.Errorf("told twice: %+v", again.Changes)
		}
		if err := x.Announce(t.Context(), "crm", all[:1]); err != nil {
			t.Fatal(err)
		}
		if again := mustLatest(t, x, r.Version, 0); cmp.Diff(all[:1], again.Changes) != "" {
			t.Errorf("told after that: %+v", again.Changes)
		}
	})
	t.Run("watchers hear of their source", func(t *testing.T) {
		x := open(t, Options{Poll: time.Hour})
		one, stop := x.Watch("crm")
		two, stopTwo := x.Watch("crm")
		defer stop()
		lease := mustLease(t, x, "crm")
		forget(one, two)
		mustPublish(t, x, lease.Fence, collect.Report{Standing: &collect.Standing{}})
		await(t, one)
		await(t, two)
		stopTwo()
		if err := x.Release(t.Context(), "crm", lease.Fence); err != nil {
			t.Fatal(err)
		}
		await(t, one)
	})
	t.Run("a caller who left is told nothing", func(t *testing.T) {
		x := open(t, Options{})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := x.Publish(gone, "crm", 1, collect.Report{Reading: company(1)}); err == nil || errors.Is(err, collect.ErrLeaseLost) {
			t.Errorf("publish: %v", err)
		}
		if _, err := x.Latest(gone, "crm", 0, 0); err == nil || errors.Is(err, collect.ErrUnreadable) {
			t.Errorf("latest: %v", err)
		}
		if err := x.Renew(gone, "crm", mustLease(t, x, "crm").Fence); err == nil || errors.Is(err, collect.ErrLeaseLost) {
			t.Errorf("renew: %v", err)
		}
	})
}

func TestMemoryConforms(t *testing.T) {
	conform(t, func(_ *testing.T, o Options) collect.Exchange { return NewMemory(o) })
}

func TestRedisConforms(t *testing.T) {
	server := redistest.Start(t)
	conform(t, func(t *testing.T, o Options) collect.Exchange { return running(t, server.Client(contextTimeouts), o) })
}

func TestRedisClusterConforms(t *testing.T) {
	cluster := redistest.StartCluster(t)
	client := cluster.Client(func(o *redis.ClusterOptions) { o.ContextTimeoutEnabled = true })
	conform(t, func(t *testing.T, o Options) collect.Exchange { return running(t, client, o) })
}

func contextTimeouts(o *redis.Options) { o.ContextTimeoutEnabled = true }

// running is an Exchange under keys of its own, with its Run.
func running(t *testing.T, client redis.UniversalClient, o Options) *Exchange {
	o.Prefix = "t" + time.Now().Format("150405.000000000")
	x := New(client, o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	news, stop := x.Watch("the subscription is there")
	defer stop()
	await(t, news)
	return x
}

func mustLease(t *testing.T, x collect.Exchange, source person.SourceID) collect.Lease {
	t.Helper()
	l, err := x.TryLease(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustPublish(t *testing.T, x collect.Exchange, fence collect.Fence, r collect.Report) uint64 {
	t.Helper()
	v, err := x.Publish(t.Context(), "crm", fence, r)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mustLatest(t *testing.T, x collect.Exchange, known, held uint64) collect.Report {
	t.Helper()
	r, err := x.Latest(t.Context(), "crm", known, held)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// await waits for a signal.
func await(t *testing.T, news <-chan struct{}) {
	t.Helper()
	select {
	case <-news:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody was woken in 10 s")
	}
}

// forget drops signals from before.
func forget(all ...<-chan struct{}) {
	for _, news := range all {
		select {
		case <-news:
		default:
		}
	}
}

// pause lets a lease in a real server run; there is no other clock to move.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
