package pipefy

import (
	"context"
	"slices"
	"strings"

	"github.com/manifold-graph/manifold/upstream/pipefy/generated"
	"github.com/manifold-graph/manifold/upstream/pipefy/scalar"
)

// RemoveUserFromOrg takes a user out of an organization, and with it out of all
// of its pipes and tables and off all cards. Nil means that the vendor confirmed it.
// The address is sent as the vendor spells it.
func (c *Client) RemoveUserFromOrg(ctx context.Context, organization, email string) error {
	email = strings.TrimSpace(email)
	if organization == "" || email == "" {
		return c.wrong("an organization and an e-mail address")
	}
	data, err := generated.RemoveUserFromOrg(ctx, c.writing(OpRemoveUserFromOrg),
		generated.RemoveUserFromOrgInput{Email: scalar.Text(email), OrganizationId: scalar.Text(organization)})
	return c.settleRemoval(OpRemoveUserFromOrg, data.RemoveUserFromOrg, err)
}

// RemoveUserFromTable takes a member off a table.
func (c *Client) RemoveUserFromTable(ctx context.Context, table, email string) error {
	email = strings.TrimSpace(email)
	if table == "" || email == "" {
		return c.wrong("a table and an e-mail address")
	}
	data, err := generated.RemoveUserFromTable(ctx, c.writing(OpRemoveUserFromTable),
		generated.RemoveUserFromTableInput{Email: scalar.Text(email), TableId: scalar.Text(table)})
	return c.settleRemoval(OpRemoveUserFromTable, data.RemoveUserFromTable, err)
}

// RemoveUserFromPipe takes a member off a pipe by Options.PipeRemoval, for which
// it needs pipe.ID and user.Email, or both uuids. Pipefy has been seen to confirm
// it for members who keep their access through the organization.
func (c *Client) RemoveUserFromPipe(ctx context.Context, pipe Pipe, user User) error {
	if c.opts.PipeRemoval == RemoveMembersFromPipe {
		return c.removeByUUID(ctx, pipe.UUID, user.UUID)
	}
	in := generated.RemoveUserFromPipeInput{Email: scalar.Text(strings.TrimSpace(user.Email)), PipeId: scalar.Text(pipe.ID)}
	if in.Email == "" || in.PipeId == "" {
		return c.wrong("a pipe and an e-mail address")
	}
	if c.opts.PipeRemoval == RemoveUserFromRepo {
		data, err := generated.RemoveUserFromRepo(ctx, c.writing(OpRemoveUserFromPipe), in)
		return c.settleRemoval(OpRemoveUserFromPipe, data.RemoveUserFromRepo, err)
	}
	data, err := generated.RemoveUserFromPipe(ctx, c.writing(OpRemoveUserFromPipe), in)
	return c.settleRemoval(OpRemoveUserFromPipe, data.RemoveUserFromPipe, err)
}

func (c *Client) removeByUUID(ctx context.Context, pipe, user string) error {
	if pipe == "" || user == "" {
		return c.wrong("the uuids of a pipe and of a user")
	}
	data, err := generated.RemoveMembersFromPipe(ctx, c.writing(OpRemoveUserFromPipe),
		generated.RemoveMembersFromPipeInput{PipeUuid: scalar.Text(pipe), UsersUuids: []scalar.Text{scalar.Text(user)}})
	p := data.RemoveMembersFromPipe
	if err := c.settleRemoval(OpRemoveUserFromPipe, generated.Removal{Success: p.Success}, err); err != nil {
		return err
	}
	if len(p.Errors) > 0 {
		return c.doubt(OpRemoveUserFromPipe, errNoOutcome)
	}
	if p.RemovedUsersUuids != nil && !slices.Contains(p.RemovedUsersUuids, scalar.Text(user)) {
		return c.doubt(OpRemoveUserFromPipe, errNotListed)
	}
	return nil
}

// settleRemoval reads the outcome of a removal: only a plain success confirms it.
func (c *Client) settleRemoval(operation string, r generated.Removal, err error) error {
	whole, err := inPart(err)
	switch {
	case err != nil:
		return err
	case r.Success.Known && !r.Success.Value:
		return c.refused(operation)
	case !r.Success.Known || !whole:
		return c.doubt(operation, errNoOutcome)
	}
	return nil
}
