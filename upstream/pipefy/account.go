package pipefy

import (
	"context"
	"errors"

	"github.com/manifold-graph/manifold/upstream/pipefy/generated"
	"github.com/manifold-graph/manifold/upstream/pipefy/scalar"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// Me is the credential's owner. A credential without one is a Failure of kind NotFound.
func (c *Client) Me(ctx context.Context) (User, error) {
	data, err := generated.Me(ctx, c.reading(OpMe))
	if _, err = inPart(err); err != nil {
		return User{}, err
	}
	return userOf(data.Me), nil
}

// Organization is one organization, without its lists. One that is missing and
// one that is hidden look the same.
func (c *Client) Organization(ctx context.Context, id string) (Organization, error) {
	data, err := generated.Organization(ctx, c.reading(OpOrganization), scalar.Text(id))
	if _, err = inPart(err); err != nil {
		return Organization{}, err
	}
	o := organizationOf(data.Organization)
	if o.ID == "" {
		o.ID = id
	}
	return o, nil
}

// Organizations lists the credential's own organizations.
func (c *Client) Organizations(ctx context.Context) ([]Organization, error) {
	data, err := generated.Organizations(ctx, c.reading(OpOrganizations))
	if _, err = inPart(err); err != nil {
		return nil, err
	}
	var list []Organization
	for _, o := range data.Organizations {
		if o.Id != "" {
			list = append(list, organizationOf(o))
		}
	}
	return list, nil
}

// OrganizationMembers lists everybody in an organization. The list is plain, so
// Members.Total is the only evidence that it is complete.
func (c *Client) OrganizationMembers(ctx context.Context, id string) (Members, error) {
	data, err := generated.OrganizationMembers(ctx, c.reading(OpOrganizationMembers), scalar.Text(id))
	whole, err := inPart(err)
	if err != nil {
		return Members{}, err
	}
	o := data.Organization
	if o.Members == nil {
		return Members{}, c.noList(OpOrganizationMembers)
	}
	list, all := membersOf(o.Members)
	return Members{List: list, Total: o.MembersCount.Or(-1), Whole: whole && all}, nil
}

// OrganizationPipes lists the pipes of an organization to which the credential
// belongs, and with Options.PublicPipes the public ones.
func (c *Client) OrganizationPipes(ctx context.Context, id string) (Pipes, error) {
	data, err := generated.OrganizationPipes(ctx, c.reading(OpOrganizationPipes), scalar.Text(id), c.opts.PublicPipes)
	whole, err := inPart(err)
	if err != nil {
		return Pipes{}, err
	}
	o := data.Organization
	if o.Pipes == nil {
		return Pipes{}, c.noList(OpOrganizationPipes)
	}
	pipes := Pipes{Total: o.PipesCount.Or(-1), Whole: whole}
	seen := make(map[scalar.Text]bool, len(o.Pipes))
	for _, p := range o.Pipes {
		if p.Id == "" {
			pipes.Whole = false
		} else if !seen[p.Id] {
			seen[p.Id] = true
			pipes.List = append(pipes.List, Pipe{
				ID: string(p.Id), UUID: string(p.Uuid), Name: string(p.Name), Public: p.Public.Value, Role: string(p.Role),
			})
		}
	}
	return pipes, nil
}

const (
	tablePage = 50
	// maxTablePages ends a listing that the vendor never ends.
	maxTablePages = 1000
)

// OrganizationTables lists the tables of an organization that the credential may
// see, page by page. Paging that runs in circles or breaks off in the middle
// leaves Tables.Whole false.
func (c *Client) OrganizationTables(ctx context.Context, id string) (Tables, error) {
	tables := Tables{Total: -1, Whole: true}
	seen, cursors := map[scalar.Text]bool{}, map[scalar.Text]bool{}
	for after := scalar.Text(""); ; {
		data, err := generated.OrganizationTables(ctx, c.reading(OpOrganizationTables), scalar.Text(id), tablePage, after)
		whole, err := inPart(err)
		if err != nil {
			return Tables{}, err
		}
		page := data.Organization.Tables
		if page.Nodes == nil {
			if len(cursors) == 0 {
				return Tables{}, c.noList(OpOrganizationTables)
			}
			whole = false
		}
		tables.Total = max(tables.Total, page.TotalCount.Or(-1))
		for _, t := range page.Nodes {
			if t.Id == "" {
				whole = false
			} else if !seen[t.Id] {
				seen[t.Id] = true
				tables.List = append(tables.List, Table{
					ID: string(t.Id), InternalID: string(t.InternalId), UUID: string(t.Uuid), Name: string(t.Name), Public: t.Public.Value,
				})
			}
		}
		tables.Whole = tables.Whole && whole
		if !page.PageInfo.HasNextPage.Value {
			return tables, nil
		}
		after = page.PageInfo.EndCursor
		if after == "" || cursors[after] || len(cursors) == maxTablePages {
			tables.Whole = false
			return tables, nil
		}
		cursors[after] = true
	}
}

var errNoList = errors.New("the list that was asked for is null")

// noList is the failure of an answer whose list is null: not an empty list.
func (c *Client) noList(operation string) error {
	return &wire.Failure{Kind: wire.Denied, Source: c.wire.Source(), Operation: operation, Status: 200, Sent: true, Cause: errNoList}
}

// inPart takes the error of a generated function apart: data that came with
// problems are good, but not whole.
func inPart(err error) (whole bool, _ error) {
	if _, ok := errors.AsType[*partial](err); ok {
		return false, nil
	}
	return err == nil, err
}
