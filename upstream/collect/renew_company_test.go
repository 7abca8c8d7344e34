package collect_test

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
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
