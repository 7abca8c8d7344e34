package collect

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect/plan"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// Pipedream reads one environment of one project: its external users and all
// their accounts.
type Pipedream struct {
	id     person.SourceID
	client *pipedream.Client
	// calls is how many the last reading took.
	calls atomic.Int64

	mu sync.Mutex
	// half is what Read has read so far, since began; nil while nothing is left to be read on.
	half  *pipedream.Sweep
	began time.Time
}

// NewPipedream makes a Reader; the client's class and gate are the caller's choice.
func NewPipedream(id person.SourceID, client *pipedream.Client) *Pipedream {
	return &Pipedream{id: id, client: client}
}

// halfLife is for how long a sweep that was stopped can be read on: its first facts are that old when it ends.
const halfLife = time.Hour

// Read takes a call for every hundred users and every hundred accounts. Where it is stopped, by the budget, the deadline or
// a failure that passes, the next Read goes on.
func (p *Pipedream) Read(ctx context.Context) (Reading, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	older := time.Since(p.began)
	if p.half == nil || older >= halfLife {
		p.half, p.began, older = pipedream.NewSweep(), time.Now(), 0
	}
	r, err := p.sweep(ctx, p.client, p.half)
	if err != nil && passes(err) {
		return Reading{}, err
	}
	p.half = nil
	r.Older = older
	return r, err
}

// passes tells whether the same request may succeed later; else it may be the cursor that is refused.
func passes(err error) bool {
	switch wire.KindOf(err) {
	case wire.Refused, wire.Canceled, wire.Timeout, wire.Unreachable, wire.ServerError, wire.BurstLimited, wire.DailyLimited:
		return true
	}
	return false
}

// Prices are a call for one user, and for all as many as the last reading took.
func (p *Pipedream) Prices() plan.Prices {
	return plan.Prices{One: 1, All: max(2, int(p.calls.Load()))}
}

// All is a whole reading in another's name, from the first page on: who asks for it wants nothing older.
func (p *Pipedream) All(ctx context.Context, w Work) (Reading, error) {
	return p.sweep(ctx, p.client.As(w.Class, w.Gate), pipedream.NewSweep())
}

// crowded is the number of accounts from which the list without pages may have left some out.
const crowded = 100

// One takes a call, or a few for a user with very many accounts. What Pipedream tells of the user themself is only in
// the list of all, so that is kept as known.
func (p *Pipedream) One(ctx context.Context, w Work, key person.Key, known *person.Identity) (*person.Identity, error) {
	client := p.client.As(w.Class, w.Gate)
	accounts, err := client.UserAccounts(ctx, key.ID, "")
	if kind := wire.KindOf(err); kind == wire.TooLarge || len(accounts) >= crowded {
		var all pipedream.List[pipedream.Account]
		all, err = client.Accounts(ctx, pipedream.AccountFilter{ExternalUserID: &key.ID})
		accounts = all.Items
	}
	switch {
	case wire.KindOf(err) == wire.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case known == nil && len(accounts) == 0:
		return nil, nil // an answer that nobody may as well have
	}
	user := pipedream.User{ExternalID: lenient.String(key.ID)}
	if known != nil && known.Pipedream != nil {
		user.ID, user.CreatedAt.Time = lenient.String(known.Pipedream.UserID), known.CreatedAt
	}
	return pipedream.Identity(p.id, client.Project(), key.ID, user, accounts), nil
}

func (p *Pipedream) sweep(ctx context.Context, client *pipedream.Client, s *pipedream.Sweep) (Reading, error) {
	users, accounts, err := client.Sweep(ctx, s)
	if err != nil {
		return Reading{}, err
	}
	p.calls.Store(int64(s.Pages()))
	project := client.Project()
	return Reading{
		Batch: pipedream.Convert(p.id, project, users, accounts, time.Time{}), // the collector says when
		Title: project.ID + " (" + project.Environment + ")",
	}, nil
}
