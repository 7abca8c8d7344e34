package share

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// vendor is a company that hires somebody between any two readings.
type vendor struct{ reads atomic.Int64 }

func (v *vendor) Read(ctx context.Context) (collect.Reading, error) {
	r := company(int(v.reads.Add(1)))
	return *r, ctx.Err()
}

// fleet is several collectors over one server, each with connections of its own.
type fleet struct {
	t      *testing.T
	server *redistest.Server
	every  time.Duration
	linker *link.Linker
}

func newFleet(t *testing.T, every time.Duration) *fleet {
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	return &fleet{t: t, server: redistest.Start(t), every: every, linker: linker}
}

// join starts a replica; stop ends it as a lost machine ends, without a word.
func (f *fleet) join(v *vendor) (c *collect.Collector, stop func()) {
	f.t.Helper()
	client := f.server.Client(contextTimeouts, func(o *redis.Options) {
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.MaxRetries, o.DialerRetries = 200*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond, -1, 1
	})
	x := New(client, Options{Lease: shortLease, Poll: 50 * time.Millisecond, ChunkBytes: 1 << 10})
	c = collect.New([]collect.Source{{ID: "crm", System: person.Pipedrive, Reader: v, Every: f.every}},
		collect.Picture{Linker: f.linker, PersonID: func(k person.Key) (id person.ID) { copy(id[:], k.ID); return }},
		collect.Options{Jitter: func() float64 { return 0 }, Exchange: x})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	go func() { _ = c.Run(ctx); done <- struct{}{} }()
	go func() { _ = x.Run(ctx); done <- struct{}{} }()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			_ = client.Close() // before the end, so that no lease is released
			cancel()
			<-done
			<-done
		}
	}
	f.t.Cleanup(stop)
	return c, stop
}

// until waits for something to become so.
func (f *fleet) until(what string, so func() bool) {
	f.t.Helper()
	tick, limit := time.NewTicker(5*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-limit:
			f.t.Fatalf("in 30 s it did not become true that %s", what)
		}
	}
}

func held(c *collect.Collector) int { return len(directory.Diff(nobody, c.Current())) }

var nobody = directory.Build(directory.Input{Linker: func() *link.Linker { l, _ := link.New(link.Rules{}); return l }(), PersonID: func(person.Key) person.ID { return person.ID{} }})

func same(a, b *collect.Collector) bool { return len(directory.Diff(a.Current(), b.Current())) == 0 }

// TestThreeReplicasReadOncePerRhythm, over real Redis; one dies, one is added, all agree.
func TestThreeReplicasReadOncePerRhythm(t *testing.T) {
	f, v, began := newFleet(t, 500*time.Millisecond), new(vendor), time.Now()
	a, stopA := f.join(v)
	b, stopB := f.join(v)
	c, _ := f.join(v)
	f.until("five readings were made, and all have the last", func() bool {
		return held(a) >= 5 && same(a, b) && same(b, c)
	})
	if n, most := v.reads.Load(), int64(time.Since(began)/f.every)+1; n > most {
		t.Errorf("%d readings in %v: not one for all", n, time.Since(began))
	}
	stopA()
	before := v.reads.Load()
	stopB()
	f.until("the last one reads on", func() bool { return v.reads.Load() >= before+2 && held(c) >= int(before)+2 })
}

// TestRedisEmptiedIsFilledAgain: nobody reads a vendor for that, nobody's graph loses anything, and who starts up gets all.
func TestRedisEmptiedIsFilledAgain(t *testing.T) {
	f, v := newFleet(t, time.Hour), new(vendor)
	a, _ := f.join(v)
	f.until("it was read", func() bool { return held(a) == 1 })
	b, _ := f.join(v)
	f.until("the other has it", func() bool { return held(b) == 1 })
	f.server.Kill()
	f.server.Start()
	started := new(vendor)
	started.reads.Store(1_000) // it would bring a thousand
	probe := New(f.server.Client(contextTimeouts), Options{})
	f.until("the reading is in Redis again", func() bool {
		r, err := probe.Latest(context.Background(), "crm", 0, 0)
		return err == nil && r.Reading != nil
	})
	c, _ := f.join(started)
	f.until("a new replica has it", func() bool { return held(c) == 1 })
	if n := v.reads.Load(); n != 1 || started.reads.Load() != 1_000 {
		t.Errorf("%d readings, and %d by the new replica", n, started.reads.Load()-1_000)
	}
	if held(a) != 1 || held(b) != 1 || !same(a, c) {
		t.Errorf("%d and %d people are left", held(a), held(b))
	}
}

// TestRedisFrozenIsServedThrough: what is held is served; after two rhythms each reads for itself; then they agree again.
func TestRedisFrozenIsServedThrough(t *testing.T) {
	f, va, vb := newFleet(t, time.Second), new(vendor), new(vendor)
	a, _ := f.join(va)
	f.until("it was read", func() bool { return held(a) > 0 })
	b, _ := f.join(vb)
	f.until("the other has it", func() bool { return held(b) > 0 })
	f.server.Freeze()
	crm, _ := b.Current().View(access.Principal{}).Source("crm")
	asOf, n := crm.State().AsOf, vb.reads.Load()
	f.until("the other reads for itself", func() bool {
		if held(b) == 0 {
			t.Fatal("nothing is served")
		}
		return vb.reads.Load() > n
	})
	if age := time.Since(asOf); age < 2*f.every {
		t.Errorf("it reads for itself when what it holds is %v old, not two rhythms", age)
	}
	f.server.Thaw()
	f.until("all agree again", func() bool { return same(a, b) })
}
