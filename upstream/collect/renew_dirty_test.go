package collect_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// TestDirtyIsGathered: what webhooks mark within two seconds is read once, on refresh's account.
func TestDirtyIsGathered(t *testing.T) {
	renew(t, 50, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		r.rename("1", "second")
		r.rename("51", "new")
		for range 100 {
			r.MarkDirty(acme, keyed("1"))
			r.MarkDirty(acme, keyed("51"), keyed("1"))
			time.Sleep(10 * time.Millisecond)
		}
		r.MarkDirty("unknown", keyed("1"))
		if r.made() != 0 {
			t.Error("it was not gathered")
		}
		time.Sleep(2 * time.Second)
		if r.made() != 2 || r.made("one 1") != 1 || r.name("1") != "second" || r.name("51") != "new" {
			t.Errorf("%v; 1 is called %s, 51 %s", r.calls, r.name("1"), r.name("51"))
		}
		if slices.Contains(r.class, wire.Interactive) {
			t.Errorf("charged as %v", r.class)
		}
		for _, id := range numbers(1, 15) {
			r.MarkDirty(acme, keyed(id))
		}
		time.Sleep(3 * time.Second)
		if r.made() != 3 || r.made("all") != 1 {
			t.Errorf("many: %v", r.calls)
		}
		r.MarkDirty(acme)
		time.Sleep(3 * time.Second)
		if r.made("all") != 2 {
			t.Errorf("all: %v", r.calls)
		}
	})
}

// TestWhatIsCleanAlreadyIsNotRead: the source was read whole after the mark.
func TestWhatIsCleanAlreadyIsNotRead(t *testing.T) {
	renew(t, 5, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		r.MarkDirty(acme, keyed("1"))
		time.Sleep(time.Second)
		r.collector.Refresh(t.Context())
		time.Sleep(2 * time.Second)
		if r.made() != 0 {
			t.Errorf("%v", r.calls)
		}
	})
}

func TestACallerJoinsWhatIsReadForWebhooks(t *testing.T) {
	renew(t, 5, budget.Limits{}, func(t *testing.T, r *renewing) {
		r.takes = time.Second
		time.Sleep(time.Hour)
		r.rename("1", "second")
		r.MarkDirty(acme, keyed("1"))
		time.Sleep(2500 * time.Millisecond)
		got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1"))
		if r.made() != 1 || len(got) != 1 || got[0].Err != nil || got[0].Cost.Calls != 0 || got[0].Cost.Saved != 2 || r.name("1") != "second" {
			t.Errorf("%+v after %v", got, r.calls)
		}
	})
}

// TestAListBesideTheRhythmOutdatesOneThatBeganBefore and ended after it.
func TestAListBesideTheRhythmOutdatesOneThatBeganBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollector(t, collect.Source{ID: acme, System: person.Pipedrive, Reader: &scripted{read: func(int) (collect.Reading, error) {
			time.Sleep(time.Minute)
			return reading(acme, "old"), nil
		}}})
		var slow sync.WaitGroup
		slow.Go(func() { c.Refresh(t.Context()) })
		time.Sleep(30 * time.Second)
		beside := reading(acme, "new", "newer")
		beside.Batch.AsOf = time.Now()
		if err := c.Accept(acme, beside); err != nil {
			t.Error(err)
		}
		slow.Wait()
		if n := count(t, c); n != 2 || !source(c, acme).AsOf.Equal(beside.Batch.AsOf) {
			t.Errorf("%d people", n)
		}
		if err := c.Accept("nobody", beside); fault.KindOf(err) != fault.SourceUnavailable || errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
