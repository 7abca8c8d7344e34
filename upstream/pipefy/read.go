package pipefy

import (
	"context"
	"errors"
	"net/http"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// Reading is one whole reading of an organization: its people, and the member
// lists of every pipe and table that the credential may list.
type Reading struct {
	// Owner is the credential's owner; the zero User when the vendor does not tell.
	Owner        User
	Organization Organization
	Members      Members
	Pipes        Pipes
	PipeRosters  Rosters
	Tables       Tables
	TableRosters Rosters
	// PipesHidden and TablesHidden say that the list itself was withheld.
	PipesHidden, TablesHidden bool
}

// Read reads an organization. What the credential may not see is a gap in the
// reading; an error means that the source is failing, or refuses the
// organization or its member list.
func (c *Client) Read(ctx context.Context, organization string) (*Reading, error) {
	r := new(Reading)
	var err error
	if r.Owner, err = c.Me(ctx); err != nil && !hidden(err) {
		return nil, err
	}
	if r.Organization, err = c.Organization(ctx, organization); err != nil {
		return nil, err
	}
	if r.Members, err = c.OrganizationMembers(ctx, organization); err != nil {
		return nil, err
	}
	if r.Pipes, err = c.OrganizationPipes(ctx, organization); err != nil && !hidden(err) {
		return nil, err
	}
	r.PipesHidden = err != nil
	if r.Tables, err = c.OrganizationTables(ctx, organization); err != nil && !hidden(err) {
		return nil, err
	}
	r.TablesHidden = err != nil
	if r.PipeRosters, err = c.PipeMembers(ctx, idsOf(r.Pipes.List, func(p Pipe) string { return p.ID })); err != nil {
		return nil, err
	}
	if r.TableRosters, err = c.TableMembers(ctx, idsOf(r.Tables.List, func(t Table) string { return t.ID })); err != nil {
		return nil, err
	}
	return r, nil
}

// hidden tells whether err is GraphQL's word about one field, rather than a
// refusal of the whole request.
func hidden(err error) bool {
	f, ok := errors.AsType[*wire.Failure](err)
	return ok && f.Status == http.StatusOK && (f.Kind == wire.Denied || f.Kind == wire.NotFound)
}

func idsOf[T any](list []T, id func(T) string) []string {
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = id(t)
	}
	return ids
}
