package collect

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipefy"
)

// Pipefy reads one organization: its members, and those of every pipe and table
// that the credential may list.
type Pipefy struct {
	id           person.SourceID
	client       *pipefy.Client
	organization string
}

// NewPipefy makes a Reader; the client's class and gate are the caller's choice.
func NewPipefy(id person.SourceID, client *pipefy.Client, organization string) *Pipefy {
	return &Pipefy{id: id, client: client, organization: organization}
}

// Read takes five calls, one more for every further 50 tables, and one for every
// batch of pipes or tables.
func (p *Pipefy) Read(ctx context.Context) (Reading, error) {
	r, err := p.client.Read(ctx, p.organization)
	if err != nil {
		return Reading{}, err
	}
	return Reading{
		Batch: r.Batch(p.id, time.Time{}), // the collector says when
		Title: r.Organization.Name, Owner: r.OwnerKey(),
	}, nil
}
