package collect

import (
	"context"
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
}

// NewPipedream makes a Reader; the client's class and gate are the caller's choice.
func NewPipedream(id person.SourceID, client *pipedream.Client) *Pipedream {
	return &Pipedream{id: id, client: client}
}

// Read takes a call for every hundred users and every hundred accounts.
func (p *Pipedream) Read(ctx context.Context) (Reading, error) { return p.read(ctx, p.client) }

// Prices are a call for one user, and for all as many as the last reading took.
func (p *Pipedream) Prices() plan.Prices {
	return plan.Prices{One: 1, All: max(2, int(p.calls.Load()))}
}

// All is Read in another's name.
func (p *Pipedream) All(ctx context.Context, w Work) (Reading, error) {
	return p.read(ctx, p.client.As(w.Class, w.Gate))
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

func (p *Pipedream) read(ctx context.Context, client *pipedream.Client) (Reading, error) {
	users, err := client.Users(ctx)
	if err != nil {
		return Reading{}, err
	}
	accounts, err := client.Accounts(ctx, pipedream.AccountFilter{})
	if err != nil {
		return Reading{}, err
	}
	pages := func(n int) int { return max(1, (n+99)/100) }
	p.calls.Store(int64(pages(len(users.Items)) + pages(len(accounts.Items))))
	project := client.Project()
	return Reading{
		Batch: pipedream.Convert(p.id, project, users, accounts, time.Time{}), // the collector says when
		Title: project.ID + " (" + project.Environment + ")",
	}, nil
}
