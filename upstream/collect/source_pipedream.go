package collect

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedream"
)

// Pipedream reads one environment of one project: its external users and all
// their accounts.
type Pipedream struct {
	id     person.SourceID
	client *pipedream.Client
}

// NewPipedream makes a Reader; the client's class and gate are the caller's choice.
func NewPipedream(id person.SourceID, client *pipedream.Client) *Pipedream {
	return &Pipedream{id: id, client: client}
}

// Read takes a call for every hundred users and every hundred accounts.
func (p *Pipedream) Read(ctx context.Context) (Reading, error) {
	users, err := p.client.Users(ctx)
	if err != nil {
		return Reading{}, err
	}
	accounts, err := p.client.Accounts(ctx, pipedream.AccountFilter{})
	if err != nil {
		return Reading{}, err
	}
	project := p.client.Project()
	return Reading{
		Batch: pipedream.Convert(p.id, project, users, accounts, time.Time{}), // the collector says when
		Title: project.ID + " (" + project.Environment + ")",
	}, nil
}
