package pipefy

import (
	"context"
	"strings"

	"github.com/manifold-graph/manifold/upstream/pipefy/generated"
	"github.com/manifold-graph/manifold/upstream/pipefy/scalar"
)

// RoleChange gives a user, by id, a role.
type RoleChange struct {
	UserID string
	Role   string
}

// RoleRow is what became of the change at the same position.
type RoleRow struct {
	UserID  string
	Outcome Outcome
	// Role is the role that the vendor now reports; "" when it reports none.
	Role string
}

// SetRole gives a member another role in one place. Nil means that the vendor
// confirmed it.
func (c *Client) SetRole(ctx context.Context, at Place, change RoleChange) error {
	in := generated.SetRoleInput{Member: memberInput(change)}
	var ok bool
	if in.OrganizationId, in.PipeId, in.TableId, ok = at.where(); !ok || change.UserID == "" || change.Role == "" {
		return c.wrong("a place, a user id and a role")
	}
	data, err := generated.SetRole(ctx, c.writing(OpSetRole), in)
	whole, err := inPart(err)
	if err != nil {
		return err
	}
	switch m := memberOf(data.SetRole.Member); {
	case !whole || m.User.ID != change.UserID:
		return c.doubt(OpSetRole, errNoOutcome)
	case m.Role != "" && !strings.EqualFold(m.Role, change.Role):
		return c.doubt(OpSetRole, errOtherRole)
	}
	return nil
}

// SetRoles gives several members their roles in one place. Without an error
// there is a row for each change.
func (c *Client) SetRoles(ctx context.Context, at Place, changes []RoleChange) ([]RoleRow, error) {
	var in generated.SetRolesInput
	var ok bool
	if in.OrganizationId, in.PipeId, in.TableId, ok = at.where(); !ok || len(changes) == 0 {
		return nil, c.wrong("a place and somebody to change")
	}
	rows := make([]RoleRow, 0, len(changes))
	for _, change := range changes {
		if change.UserID == "" || change.Role == "" {
			return nil, c.wrong("a user id and a role for each change")
		}
		in.Members = append(in.Members, memberInput(change))
		rows = append(rows, RoleRow{UserID: change.UserID})
	}
	data, err := generated.SetRoles(ctx, c.writing(OpSetRoles), in)
	whole, err := inPart(err)
	if err != nil {
		return nil, err
	}
	now := make(map[string]string, len(rows))
	for _, m := range data.SetRoles.Members {
		if m.User.Id != "" {
			now[string(m.User.Id)] = string(m.RoleName)
		}
	}
	whole = whole && len(data.SetRoles.Errors) == 0
	for i := range rows {
		role, listed := now[rows[i].UserID]
		rows[i].Role = role
		if listed && (strings.EqualFold(role, changes[i].Role) || role == "" && whole) {
			rows[i].Outcome = Applied
		}
	}
	return rows, nil
}

func memberInput(change RoleChange) generated.MemberInput {
	return generated.MemberInput{UserId: scalar.Text(change.UserID), RoleName: scalar.Text(change.Role)}
}
