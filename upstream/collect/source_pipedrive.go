package collect

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect/plan"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// Pipedrive reads one company: the list of users, and once in a process's life
// whose credential it is, for neither the company nor the owner of a token changes.
type Pipedrive struct {
	id      person.SourceID
	client  *pipedrive.Client
	company string

	mu sync.Mutex
	me *pipedrive.Me
}

// NewPipedrive makes a Reader; the client's class and gate are the caller's
// choice. A credential of another company than the given one is refused, for
// records would take each other's place; "" takes any.
func NewPipedrive(id person.SourceID, client *pipedrive.Client, company string) *Pipedrive {
	return &Pipedrive{id: id, client: client, company: company}
}

// Read takes 20 tokens, and 2 more the first time.
func (p *Pipedrive) Read(ctx context.Context) (Reading, error) { return p.read(ctx, p.client) }

// Prices are the list's and a single user's.
func (p *Pipedrive) Prices() plan.Prices {
	one, _ := budget.CostOf(person.Pipedrive, pipedrive.OpUser)
	all, _ := budget.CostOf(person.Pipedrive, pipedrive.OpUsers)
	return plan.Prices{One: one.Tokens, All: all.Tokens}
}

// All is Read in another's name.
func (p *Pipedrive) All(ctx context.Context, w Work) (Reading, error) {
	return p.read(ctx, p.client.As(w.Class, w.Gate))
}

// One takes 2 tokens, and 2 more if nobody has asked yet whose credential it is.
func (p *Pipedrive) One(ctx context.Context, w Work, key person.Key, _ *person.Identity) (*person.Identity, error) {
	id, err := strconv.ParseInt(key.ID, 10, 64)
	if err != nil {
		return nil, nil // Pipedrive numbers its users
	}
	client := p.client.As(w.Class, w.Gate)
	me, err := p.owner(ctx, client)
	if err != nil {
		return nil, err
	}
	user, err := client.User(ctx, id)
	switch {
	case wire.KindOf(err) == wire.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return pipedrive.NewCompany(p.id, me).Identity(user), nil
}

// Identity is a user as a write of ours was answered with. It takes 2 tokens if nobody has asked yet whose credential it is.
func (p *Pipedrive) Identity(ctx context.Context, w Work, user pipedrive.User) (*person.Identity, error) {
	me, err := p.owner(ctx, p.client.As(w.Class, w.Gate))
	if err != nil {
		return nil, err
	}
	return pipedrive.NewCompany(p.id, me).Identity(user), nil
}

func (p *Pipedrive) read(ctx context.Context, client *pipedrive.Client) (Reading, error) {
	me, err := p.owner(ctx, client)
	if err != nil {
		return Reading{}, err
	}
	users, err := client.Users(ctx)
	if err != nil {
		if kind := wire.KindOf(err); kind == wire.Unauthorized || kind == wire.Denied {
			p.forget()
		}
		return Reading{}, err
	}
	// The list is newer than what was learned at the start: an administrator may have become none since.
	for _, u := range users.List {
		if u.ID == me.User.ID {
			me.User = u
			p.remember(me)
		}
	}
	return Reading{
		Batch: pipedrive.Convert(p.id, me, users, time.Time{}), // the collector says when
		Title: string(me.CompanyName), Owner: me.Key(), OwnerPhone: string(me.Phone),
	}, nil
}

func (p *Pipedrive) remember(me pipedrive.Me) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.me = &me
}

// forget makes the next reading ask again whose credential it is: a refusal may
// mean that it was replaced. No other failure does, and when the budget is low the list alone
// may be read: who asked again then would read nothing until the reset.
func (p *Pipedrive) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.me = nil
}

func (p *Pipedrive) owner(ctx context.Context, client *pipedrive.Client) (pipedrive.Me, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.me == nil {
		me, err := client.Me(ctx)
		if err != nil {
			return pipedrive.Me{}, err
		}
		if p.company != "" && me.Account() != p.company {
			return pipedrive.Me{}, fault.New(fault.SourceUnavailable,
				"%s has a token of company %s, and its company_id says %s. Correct one of them.", p.id, me.Account(), p.company)
		}
		p.me = &me
	}
	return *p.me, nil
}
