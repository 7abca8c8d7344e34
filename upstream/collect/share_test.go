package collect_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/collect/share"
)

// line is a replica's way to the exchange. It can be cut, in whole or for renewals alone.
type line struct {
	collect.Exchange
	cut, cutRenewals, unreadable atomic.Bool
}

var errCut = errors.New("the line is cut")

func (l *line) away() error {
	if l.cut.Load() {
		return errCut
	}
	return nil
}

func (l *line) TryLease(ctx context.Context, s person.SourceID) (collect.Lease, error) {
	if err := l.away(); err != nil {
		return collect.Lease{}, err
	}
	return l.Exchange.TryLease(ctx, s)
}

func (l *line) Renew(ctx context.Context, s person.SourceID, f collect.Fence) error {
	if l.cutRenewals.Load() || l.cut.Load() {
		return errCut
	}
	return l.Exchange.Renew(ctx, s, f)
}

func (l *line) Release(ctx context.Context, s person.SourceID, f collect.Fence) error {
	if err := l.away(); err != nil {
		return err
	}
	return l.Exchange.Release(ctx, s, f)
}

func (l *line) Publish(ctx context.Context, s person.SourceID, f collect.Fence, r collect.Report) (uint64, error) {
	if err := l.away(); err != nil {
		return 0, err
	}
	return l.Exchange.Publish(ctx, s, f, r)
}

func (l *line) Announce(ctx context.Context, s person.SourceID, changes []directory.Change) error {
	if err := l.away(); err != nil {
		return err
	}
	return l.Exchange.Announce(ctx, s, changes)
}

func (l *line) Latest(ctx context.Context, s person.SourceID, known, held uint64) (collect.Report, error) {
	if err := l.away(); err != nil {
		return collect.Report{}, err
	}
	r, err := l.Exchange.Latest(ctx, s, known, held)
	if err == nil && r.Reading != nil && l.unreadable.Load() {
		r.Reading = nil
		return r, collect.ErrUnreadable
	}
	return r, err
}

// replica is one of several that share readings.
type replica struct {
	*collect.Collector
	line *line
	stop func()
}

// join starts a replica that reads with r, every 15 minutes.
func join(t *testing.T, x collect.Exchange, r collect.Reader) *replica {
	t.Helper()
	l := &line{Exchange: x}
	c := collect.New([]collect.Source{{ID: "acme", System: person.Pipedrive, Reader: r, Every: 15 * time.Minute}}, picture(t),
		collect.Options{Jitter: func() float64 { return 0 }, Exchange: l})
	return &replica{c, l, start(t, c)}
}

// kill ends a replica as a lost machine ends: it tells nobody.
func (r *replica) kill() {
	r.line.cut.Store(true)
	r.stop()
}

// growing finds one person more with each reading.
func growing() *scripted {
	names := []string{"ann", "bob", "cy", "dee", "eve", "fay", "gus", "hal", "ivy", "jo"}
	return &scripted{read: func(n int) (collect.Reading, error) { return reading("acme", names[:min(n, len(names))]...), nil }}
}

func sameGraph(t *testing.T, replicas ...*replica) {
	t.Helper()
	for _, r := range replicas[1:] {
		if diff := directory.Diff(replicas[0].Current(), r.Current()); len(diff) > 0 {
			t.Errorf("two replicas differ: %+v", diff)
		}
		a, b := source(replicas[0].Collector, "acme"), source(r.Collector, "acme")
		if !a.AsOf.Equal(b.AsOf) || a.Health != b.Health || a.Reason != b.Reason || a.Code != b.Code || !a.RetryAt.Equal(b.RetryAt) || a.Title != b.Title {
			t.Errorf("two replicas say of the source:\n%+v\n%+v", a, b)
		}
	}
}

func TestOneReplicaReadsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, vendor := share.NewMemory(share.Options{}), growing()
		a, b, c := join(t, x, vendor), join(t, x, vendor), join(t, x, vendor)
		defer c.stop()
		defer b.stop()
		defer a.stop()
		synctest.Wait()
		for round := range 4 {
			if n := vendor.reads.Load(); n != int64(round+1) {
				t.Fatalf("%d readings in round %d", n, round+1)
			}
			if n := count(t, a.Collector); n != round+1 {
				t.Errorf("%d people in round %d", n, round+1)
			}
			sameGraph(t, a, b, c)
			time.Sleep(15 * time.Minute)
			synctest.Wait()
		}
	})
}

func TestANewReplicaCallsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, vendor := share.NewMemory(share.Options{}), growing()
		a := join(t, x, vendor)
		time.Sleep(10 * time.Minute)
		a.stop() // the whole fleet is down for a while
		time.Sleep(4 * time.Minute)
		b := join(t, x, vendor)
		defer b.stop()
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if n := vendor.reads.Load(); n != 1 || count(t, b.Collector) != 1 {
			t.Errorf("%d readings, %d people", n, count(t, b.Collector))
		}
		time.Sleep(2 * time.Second) // the old rhythm goes on
		synctest.Wait()
		if n := vendor.reads.Load(); n != 2 {
			t.Errorf("%d readings when the next was due", n)
		}
	})
}

// TestAFailureIsToldToAll: and whoever takes over waits as the vendor wished.
func TestAFailureIsToldToAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &scripted{read: func(n int) (collect.Reading, error) {
			if n == 2 {
				return collect.Reading{}, &fault.Error{Kind: fault.BudgetExhausted, Message: "The day's budget is spent.", RetryAfter: 5 * time.Hour}
			}
			return reading("acme", "ann"), nil
		}}
		x := share.NewMemory(share.Options{})
		a := join(t, x, vendor)
		synctest.Wait()
		b := join(t, x, vendor)
		defer b.stop()
		time.Sleep(16 * time.Minute)
		synctest.Wait()
		sameGraph(t, a, b)
		if s := source(b.Collector, "acme"); s.Health != person.HealthDegraded || s.Code != "BUDGET_EXHAUSTED" || s.Reason != "The day's budget is spent." || count(t, b.Collector) != 1 {
			t.Errorf("the follower says %+v", s)
		}
		a.kill()
		time.Sleep(4 * time.Hour)
		if n := vendor.reads.Load(); n != 2 {
			t.Errorf("%d readings: the new leader does not wait as the old one was told to", n)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := source(b.Collector, "acme"); s.Health != person.HealthOK || vendor.reads.Load() != 3 {
			t.Errorf("after the reset: %+v, %d readings", s, vendor.reads.Load())
		}
	})
}

func TestALeaderThatDiesInAReadingCostsOneMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &scripted{read: func(n int) (collect.Reading, error) {
			if n == 1 {
				time.Sleep(4 * time.Minute) // far longer than a lease lasts
			}
			return reading("acme", "ann"), nil
		}}
		x := share.NewMemory(share.Options{})
		a := join(t, x, vendor)
		synctest.Wait()
		b, c := join(t, x, vendor), join(t, x, vendor)
		defer c.stop()
		defer b.stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := vendor.reads.Load(); n != 1 {
			t.Fatalf("%d readings, though the lease of the one under way is renewed", n)
		}
		go a.kill()
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if n := vendor.reads.Load(); n != 2 || count(t, b.Collector) != 1 || count(t, c.Collector) != 1 {
			t.Errorf("a lease after its death: %d readings, %d and %d people", n, count(t, b.Collector), count(t, c.Collector))
		}
		time.Sleep(10 * time.Minute) // the dead one's reading ends, and nobody hears of it
		if n := vendor.reads.Load(); n != 2 {
			t.Errorf("%d readings", n)
		}
	})
}

func TestALeaderThatStopsHandsOverAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, vendor := share.NewMemory(share.Options{}), growing()
		a := join(t, x, vendor)
		synctest.Wait()
		b := join(t, x, vendor)
		defer b.stop()
		time.Sleep(15*time.Minute - time.Second)
		a.stop()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := vendor.reads.Load(); n != 2 || count(t, b.Collector) != 2 {
			t.Errorf("%d readings, %d people", n, count(t, b.Collector))
		}
	})
}

// TestALateReadingIsDropped: its reader lost the lease without knowing.
func TestALateReadingIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := growing()
		slow := &scripted{read: func(int) (collect.Reading, error) {
			time.Sleep(time.Minute)
			return reading("acme", "somebody", "who", "left", "since"), nil
		}}
		x := share.NewMemory(share.Options{})
		a := join(t, x, slow)
		defer a.stop()
		synctest.Wait()
		a.line.cutRenewals.Store(true)
		b := join(t, x, vendor)
		defer b.stop()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if slow.reads.Load() != 1 || vendor.reads.Load() != 1 {
			t.Errorf("%d and %d readings", slow.reads.Load(), vendor.reads.Load())
		}
		if n := count(t, b.Collector); n != 1 {
			t.Errorf("%d people: a late reading has taken the place of a newer one", n)
		}
		sameGraph(t, a, b)
	})
}

// TestCutOffServesAndReadsHalfAsOften: then it comes back, and only one reads.
func TestCutOffServesAndReadsHalfAsOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, vendorA, vendorB := share.NewMemory(share.Options{}), growing(), growing()
		a := join(t, x, vendorA)
		defer a.stop()
		synctest.Wait()
		b := join(t, x, vendorB)
		defer b.stop()
		synctest.Wait()
		b.line.cut.Store(true)
		time.Sleep(30*time.Minute - time.Second)
		synctest.Wait()
		if n := vendorB.reads.Load(); n != 0 || count(t, b.Collector) != 1 {
			t.Errorf("cut off: %d readings, %d people", n, count(t, b.Collector))
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := vendorB.reads.Load(); n != 1 {
			t.Errorf("%d readings when what is held is two rhythms old", n)
		}
		time.Sleep(29 * time.Minute)
		synctest.Wait()
		if n := vendorB.reads.Load(); n != 1 {
			t.Errorf("%d readings, one rhythm later", n)
		}
		b.line.cut.Store(false)
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if n := vendorB.reads.Load(); n != 1 {
			t.Errorf("%d readings, though the line is back", n)
		}
		sameGraph(t, a, b)
	})
}

// TestAReplicaThatCannotUnpackReadsForItself: nobody else's reading will ever do.
func TestAReplicaThatCannotUnpackReadsForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, vendorA, vendorB := share.NewMemory(share.Options{}), growing(), growing()
		a := join(t, x, vendorA)
		defer a.stop()
		synctest.Wait()
		l := &line{Exchange: x}
		l.unreadable.Store(true)
		b := collect.New([]collect.Source{{ID: "acme", System: person.Pipedrive, Reader: vendorB}}, picture(t),
			collect.Options{Jitter: func() float64 { return 0 }, Exchange: l})
		defer start(t, b)()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := vendorB.reads.Load(); n != 1 || count(t, b) != 1 {
			t.Errorf("%d readings, %d people", n, count(t, b))
		}
	})
}

// TestChangesReachAllReplicas: also the one that was away, the one that starts later, and through an exchange that forgot.
func TestChangesReachAllReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &scripted{read: func(int) (collect.Reading, error) { return reading("acme", "ann", "bob", "cy"), nil }}
		x := share.NewMemory(share.Options{})
		a, b := join(t, x, vendor), join(t, x, vendor)
		defer b.stop()
		defer a.stop()
		time.Sleep(time.Minute)
		gone := func(r *replica, n int) {
			ch := []directory.Change{{Key: reading("acme", "ann", "bob").Batch.Identities[n].Key, ObservedAt: time.Now()}}
			r.Patch(ch)
			r.Announce(ch)
		}
		gone(b, 0)
		synctest.Wait()
		if n := count(t, a.Collector); n != 2 {
			t.Errorf("%d people at the other replica", n)
		}
		b.line.cut.Store(true)
		gone(a, 1)
		synctest.Wait()
		if n := count(t, b.Collector); n != 2 {
			t.Errorf("%d people where nothing can be heard", n)
		}
		b.line.cut.Store(false)
		c := join(t, x, vendor)
		defer c.stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := count(t, c.Collector); n != 1 {
			t.Errorf("%d people at a replica that started later", n)
		}
		sameGraph(t, a, c)
		time.Sleep(15 * time.Minute) // the next reading knows better
		synctest.Wait()
		if n := count(t, b.Collector); n != 3 {
			t.Errorf("%d people after a newer reading", n)
		}
		sameGraph(t, a, b, c)
	})
}
