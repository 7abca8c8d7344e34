package collect_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/collect/plan"
	"github.com/manifold-graph/manifold/upstream/recall"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// company is a Renewable of numbered users, which charges what Pipedrive would.
type company struct {
	takes time.Duration
	// spoil may fail a reading; nil: it does not.
	spoil func() error

	mu    sync.Mutex
	names map[string]string
	calls map[string]int
	class []wire.Class
}

func newCompany(users int) *company {
	c := &company{takes: 100 * time.Millisecond, names: map[string]string{}, calls: map[string]int{}}
	for i := range users {
		c.names[strconv.Itoa(i+1)] = "first"
	}
	return c
}

func (c *company) Prices() plan.Prices { return plan.Prices{One: 2, All: 20} }

func (c *company) call(ctx context.Context, w collect.Work, operation, what string) error {
	ticket, err := w.Gate.Admit(ctx, wire.Call{Source: "acme", Operation: operation, Class: w.Class})
	if err != nil {
		return err
	}
	if !recall.Begin(ctx) {
		ticket.Done(wire.Outcome{Kind: wire.Canceled})
		return context.Cause(ctx)
	}
	defer ticket.Done(wire.Outcome{Sent: true, Status: 200})
	c.mu.Lock()
	c.calls[what]++
	c.class = append(c.class, w.Class)
	c.mu.Unlock()
	select {
	case <-time.After(c.takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	if c.spoil != nil {
		return c.spoil()
	}
	return nil
}

func (c *company) identity(id string) *person.Identity {
	c.mu.Lock()
	defer c.mu.Unlock()
	name, ok := c.names[id]
	if !ok {
		return nil
	}
	number, _ := strconv.ParseInt(id, 10, 64)
	return &person.Identity{Key: keyed(id), Source: "acme", Name: name, Pipedrive: &person.PipedriveUser{UserID: number}}
}

func (c *company) One(ctx context.Context, w collect.Work, key person.Key, _ *person.Identity) (*person.Identity, error) {
	if err := c.call(ctx, w, "users.get", "one "+key.ID); err != nil {
		return nil, err
	}
	return c.identity(key.ID), nil
}

func (c *company) All(ctx context.Context, w collect.Work) (collect.Reading, error) {
	if err := c.call(ctx, w, "users.list", "all"); err != nil {
		return collect.Reading{}, err
	}
	return c.Read(ctx)
}

// Read is the source's own rhythm, and free.
func (c *company) Read(context.Context) (collect.Reading, error) {
	r := reading("acme")
	c.mu.Lock()
	ids := make([]string, 0, len(c.names))
	for id := range c.names {
		ids = append(ids, id)
	}
	c.mu.Unlock()
	for _, id := range ids {
		r.Batch.Identities = append(r.Batch.Identities, c.identity(id))
	}
	return r, nil
}

func (c *company) rename(id, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names[id] = name; name == "" {
		delete(c.names, id)
	}
}

// made is how many calls were made of one sort, or of all.
func (c *company) made(what ...string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, m := range c.calls {
		if len(what) == 0 || slices.Contains(what, k) {
			n += m
		}
	}
	return n
}

func keyed(id string) person.Key {
	return person.Key{System: person.Pipedrive, Account: "7001", ID: id}
}

// renewing is a collector that has read a company once, and a Renewer of it.
type renewing struct {
	*collect.Renewer
	*company
	collector *collect.Collector
	costs     *collect.Costs
}

func renew(t *testing.T, users int, limits budget.Limits, test func(t *testing.T, r *renewing)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &renewing{company: newCompany(users)}
		limits.Account, limits.Credential = "7001", "token"
		limits.Tokens = cmp.Or(limits.Tokens, 30_000)
		r.costs = collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())),
			map[person.SourceID]collect.Charge{acme: {System: person.Pipedrive, Limits: limits}}, collect.CostOptions{})
		r.collector = newCollector(t, collect.Source{ID: acme, System: person.Pipedrive, Reader: r.company})
		r.collector.Refresh(t.Context())
		r.Renewer = collect.NewRenewer(r.collector, r.costs, map[person.SourceID]collect.Renewable{acme: r.company}, collect.RenewOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()
		test(t, r)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// users are what the picture shows of some.
func (r *renewing) users(t *testing.T, ids ...string) []*person.Identity {
	t.Helper()
	var all []*person.Identity
	for _, id := range ids {
		i, ok := r.collector.Current().View(access.Principal{}).Identity(keyed(id))
		if !ok {
			t.Fatalf("nobody knows %s", id)
		}
		all = append(all, i.Raw())
	}
	return all
}

func (r *renewing) name(id string) string {
	if i, ok := r.collector.Current().View(access.Principal{}).Identity(keyed(id)); ok {
		return i.Raw().Name
	}
	return "nobody"
}

func within(age time.Duration) people.Asker {
	return people.Asker{Client: "console", Operation: "Page", Wanted: people.Wanted{MaxAge: &age}}
}

func numbers(from, to int) (ids []string) {
	for i := from; i <= to; i++ {
		ids = append(ids, strconv.Itoa(i))
	}
	return ids
}

func TestRenewReadsOnlyWhatIsTooOld(t *testing.T) {
	renew(t, 50, budget.Limits{}, func(t *testing.T, r *renewing) {
		two := r.users(t, "1", "2")
		r.rename("1", "second")
		if got := r.Renew(t.Context(), people.Asker{}, two); got != nil {
			t.Errorf("without a word on age: %+v", got)
		}
		time.Sleep(time.Minute)
		if got := r.Renew(t.Context(), within(time.Minute), two); got != nil || r.made() != 0 {
			t.Errorf("new enough: %+v", got)
		}
		got := r.Renew(t.Context(), within(59*time.Second), two)
		want := people.Renewal{Source: acme, Cost: people.Cost{Source: acme, Calls: 2, Tokens: 4}}
		if len(got) != 1 || got[0] != want || r.name("1") != "second" {
			t.Errorf("too old: %+v, and 1 is called %s", got, r.name("1"))
		}
		if got := r.Renew(t.Context(), within(59*time.Second), r.users(t, "1", "2")); got != nil || r.made() != 2 {
			t.Errorf("just read: %+v", got)
		}
		if r.class[0] != wire.Interactive {
			t.Errorf("charged as %v", r.class[0])
		}
	})
}

func TestRenewTakesTheListWhereThatIsCheaper(t *testing.T) {
	renew(t, 50, budget.Limits{}, func(t *testing.T, r *renewing) {
		ten := r.users(t, numbers(1, 10)...)
		r.rename("50", "second")
		r.rename("3", "")
		time.Sleep(time.Hour)
		got := r.Renew(t.Context(), within(time.Minute), ten)
		if len(got) != 1 || got[0].Err != nil || got[0].Cost.Tokens != 20 || r.made("all") != 1 || r.made() != 1 {
			t.Errorf("%+v after %v", got, r.calls)
		}
		if r.name("50") != "second" || r.name("3") != "nobody" || count(t, r.collector) != 49 {
			t.Errorf("the list was not taken whole: 50 is called %s, 3 %s", r.name("50"), r.name("3"))
		}
		if s := source(r.collector, acme); s.Version != 2 || time.Since(s.AsOf) != 100*time.Millisecond {
			t.Errorf("%+v", s)
		}
	})
}

func TestAUserWhoIsGoneLeavesThePicture(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		gone := r.users(t, "2")
		r.rename("2", "")
		if got := r.Renew(t.Context(), within(time.Minute), gone); len(got) != 1 || got[0].Err != nil || r.name("2") != "nobody" {
			t.Errorf("%+v, and 2 is called %s", got, r.name("2"))
		}
		if got := r.Renew(t.Context(), within(0), gone); got != nil {
			t.Errorf("nobody can be renewed: %+v", got)
		}
	})
}

// TestI5AThousandRenewalsAreOneCall of one user; and of the list, which serves also those who want single users of it.
func TestI5AThousandRenewalsAreOneCall(t *testing.T) {
	renew(t, 50, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		for _, ids := range [][]string{{"1"}, numbers(1, 50)} {
			before, one := r.made(), r.users(t, ids...)
			var mu sync.Mutex
			var calls, tokens int
			var all sync.WaitGroup
			for i := range 1000 {
				all.Go(func() {
					some := one[:1+i%len(one)]
					if i == 0 {
						some = one
					}
					time.Sleep(time.Duration(i) * 90 * time.Microsecond)
					for _, got := range r.Renew(t.Context(), within(time.Second), some) {
						mu.Lock()
						calls, tokens = calls+got.Cost.Calls, tokens+got.Cost.Tokens
						mu.Unlock()
						if got.Err != nil || got.Cost.Calls == 0 && got.Cost.Saved == 0 {
							t.Errorf("%+v", got)
						}
					}
				})
			}
			all.Wait()
			if r.made()-before != 1 || calls != 1 {
				t.Errorf("%d calls, of which the callers report %d for %d tokens", r.made()-before, calls, tokens)
			}
			time.Sleep(time.Hour)
		}
	})
}

// TestAReadingThatBeganTooEarlyServesNobodyLater: what is on its way may be older than a caller wants.
func TestAReadingThatBeganTooEarlyServesNobodyLater(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		r.takes = 10 * time.Second
		time.Sleep(time.Hour)
		one := r.users(t, "1")
		var both sync.WaitGroup
		both.Go(func() { r.Renew(t.Context(), within(time.Second), one) })
		time.Sleep(5 * time.Second)
		r.rename("1", "second")
		both.Go(func() { r.Renew(t.Context(), within(time.Second), one) })
		both.Wait()
		if r.made() != 2 || r.name("1") != "second" {
			t.Errorf("%d calls, and 1 is called %s", r.made(), r.name("1"))
		}
	})
}

func TestTheReadingOutlivesItsCaller(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		r.takes = 5 * time.Second
		time.Sleep(time.Hour)
		r.rename("1", "second")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		got := r.Renew(ctx, within(time.Minute), r.users(t, "1"))
		f := fault.From(got[0].Err)
		if f == nil || f.Kind != fault.SourceUnavailable || f.RetryAfter == 0 || f.Source != "acme" || got[0].Cost.Tokens != 2 || time.Since(began) != time.Second {
			t.Errorf("%+v: %+v after %s", got, f, time.Since(began))
		}
		time.Sleep(5 * time.Second)
		if r.name("1") != "second" {
			t.Error("the reading ended with its caller")
		}
	})
}

func TestOnlyIfCachedAsksNobody(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		a := within(time.Minute)
		a.Wanted.OnlyIfCached = true
		got := r.Renew(t.Context(), a, r.users(t, "1", "2"))
		if f := fault.From(got[0].Err); len(got) != 1 || f.Kind != fault.SourceUnavailable || f.Source != "acme" || got[0].Cost.Calls != 0 || r.made() != 0 {
			t.Errorf("%+v: %+v", got, f)
		}
		a = within(2 * time.Hour)
		a.Wanted.OnlyIfCached = true
		if got := r.Renew(t.Context(), a, r.users(t, "1")); got != nil {
			t.Errorf("new enough: %+v", got)
		}
	})
}

// TestAFailureIsSharedAndRemembered: a source that is down is not asked by every caller, and its failure leaves no
// reading that others would wait for.
func TestAFailureIsSharedAndRemembered(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		r.spoil = func() error { return &wire.Failure{Kind: wire.ServerError, Source: "acme", Status: 500} }
		for range 10 {
			got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1", "2"))
			if f := fault.From(got[0].Err); f == nil || f.Kind != fault.SourceUnavailable || f.Source != "acme" {
				t.Errorf("%+v: %+v", got, f)
			}
		}
		if r.made() != 2 || r.name("1") != "first" {
			t.Errorf("%d calls", r.made())
		}
		r.spoil = nil
		time.Sleep(time.Minute)
		if got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1", "2")); got[0].Err != nil || r.made() != 4 {
			t.Errorf("afterwards %+v, %d calls", got, r.made())
		}
	})
}

func TestRenewStaysWithinTheBudget(t *testing.T) {
	renew(t, 30, budget.Limits{Tokens: 20}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		got := r.Renew(t.Context(), within(time.Minute), r.users(t, numbers(1, 30)...))
		if f := fault.From(got[0].Err); f == nil || f.Kind != fault.BudgetExhausted || r.made() != 0 || r.name("1") != "first" {
			t.Errorf("%+v: %+v", got, f)
		}
	})
}

func TestAPanicInARenewalIsAnError(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		r.spoil = func() error { panic("a mistake of ours") }
		got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1"))
		if f := fault.From(got[0].Err); f == nil || f.Kind != fault.Internal {
			t.Errorf("%+v", got)
		}
	})
}

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

// TestAReadingInTheQueueIsWithdrawnWithItsLastCaller, and the next one starts another, which costs as much as if there had
// been none before.
func TestAReadingInTheQueueIsWithdrawnWithItsLastCaller(t *testing.T) {
	renew(t, 3, budget.Limits{Burst: 1}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		r.rename("1", "second")
		held, err := r.costs.Gate(budget.Attribution{}).Admit(t.Context(), list)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := r.costs.Budget(acme)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got := r.Renew(ctx, within(time.Minute), r.users(t, "1"))
		if f := fault.From(got[0].Err); f == nil || f.Kind != fault.SourceUnavailable || got[0].Cost.Tokens != 0 {
			t.Errorf("%+v", got)
		}
		synctest.Wait()
		held.Done(wire.Outcome{})
		time.Sleep(time.Minute)
		if after, _ := r.costs.Budget(acme); r.made() != 0 || after.Spent != before.Spent-20 {
			t.Errorf("%d calls for nobody; %d tokens are spent, before it were %d and 20 that were given back", r.made(), after.Spent, before.Spent)
		}
		if got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1")); got[0].Err != nil || r.made() != 1 || r.name("1") != "second" {
			t.Errorf("%+v after %d calls", got, r.made())
		}
	})
}
