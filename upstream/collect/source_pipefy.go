package collect

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect/plan"
	"github.com/manifold-graph/manifold/upstream/pipefy"
)

// Pipefy reads one organization: its members, and those of every pipe and table
// that the credential may list.
type Pipefy struct {
	id           person.SourceID
	client       *pipefy.Client
	organization string
	// calls is how many the last reading took.
	calls atomic.Int64
}

// NewPipefy makes a Reader; the client's class and gate are the caller's choice.
func NewPipefy(id person.SourceID, client *pipefy.Client, organization string) *Pipefy {
	return &Pipefy{id: id, client: client, organization: organization}
}

// Read takes five calls, one more for every further 50 tables, and one for every
// batch of pipes or tables.
func (p *Pipefy) Read(ctx context.Context) (Reading, error) { return p.read(ctx, p.client) }

// Prices have none for a single member: what one may reach is only in the member lists of all pipes and tables.
func (p *Pipefy) Prices() plan.Prices { return plan.Prices{All: max(1, int(p.calls.Load()))} }

// One is never asked for.
func (p *Pipefy) One(context.Context, Work, person.Key, *person.Identity) (*person.Identity, error) {
	return nil, fault.New(fault.Internal, "Pipefy members cannot be read one by one.")
}

// All is Read in another's name.
func (p *Pipefy) All(ctx context.Context, w Work) (Reading, error) {
	return p.read(ctx, p.client.As(w.Class, w.Gate))
}

func (p *Pipefy) read(ctx context.Context, client *pipefy.Client) (Reading, error) {
	r, err := client.Read(ctx, p.organization)
	if err != nil {
		return Reading{}, err
	}
	// What comes before the member lists takes five.
	p.calls.Store(int64(5 + r.PipeRosters.Documents + r.TableRosters.Documents))
	return Reading{
		Batch: r.Batch(p.id, time.Time{}), // the collector says when
		Title: r.Organization.Name, Owner: r.OwnerKey(),
	}, nil
}
