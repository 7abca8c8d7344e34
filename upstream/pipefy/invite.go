package pipefy

import (
	"context"
	"strings"

	"github.com/manifold-graph/manifold/upstream/pipefy/generated"
	"github.com/manifold-graph/manifold/upstream/pipefy/scalar"
)

// Invitation asks for one member by e-mail. An address without an account gets one.
type Invitation struct {
	Email string
	Role  string
}

// InvitedRow is what became of the invitation at the same position.
type InvitedRow struct {
	// Email is the address as it was sent: in lower case.
	Email   string
	Outcome Outcome
	// User is the account behind Email, where the vendor told: it lists new users only.
	User User
}

// InviteMembers invites people into one place. Without an error there is a row
// for each invitation; rows can be rejected one by one. Message is the text of
// the invitation mail, the vendor's own when "".
func (c *Client) InviteMembers(ctx context.Context, at Place, message string, invitations []Invitation) ([]InvitedRow, error) {
	in := generated.InviteMembersInput{Message: scalar.Text(message)}
	var ok bool
	if in.OrganizationId, in.PipeId, in.TableId, ok = at.where(); !ok {
		return nil, c.wrong("a place to invite to")
	}
	rows := make([]InvitedRow, 0, len(invitations))
	for _, i := range invitations {
		email := strings.ToLower(strings.TrimSpace(i.Email))
		if email == "" || i.Role == "" {
			return nil, c.wrong("an e-mail address and a role for each invitation")
		}
		rows = append(rows, InvitedRow{Email: email})
		in.Emails = append(in.Emails, generated.EmailToInviteInput{Email: scalar.Text(email), RoleName: scalar.Text(i.Role)})
	}
	if len(rows) == 0 {
		return nil, c.wrong("somebody to invite")
	}
	data, err := generated.InviteMembers(ctx, c.writing(OpInviteMembers), in)
	whole, err := inPart(err)
	if err != nil {
		return nil, err
	}
	settleInvitations(rows, data.InviteMembers.Users, data.InviteMembers.Errors, whole)
	return rows, nil
}

// settleInvitations reads the payload. Success lists new users only, so a row
// that is not listed counts as applied when nothing at all went wrong. An error
// without a position blames every row that nothing else settles.
func settleInvitations(rows []InvitedRow, users []generated.UserFields, rowErrors []generated.RowError, whole bool) {
	rejected := make(map[int]bool, len(rowErrors))
	for _, e := range rowErrors {
		switch {
		case e.Index.Known && e.Index.Value >= 0 && e.Index.Value < len(rows):
			rejected[e.Index.Value] = true
		case len(rows) == 1:
			rejected[0] = true
		default:
			whole = false
		}
	}
	accounts := make(map[string]User, len(users))
	for _, u := range users {
		accounts[strings.ToLower(string(u.Email))] = userOf(u)
	}
	for i := range rows {
		user, listed := accounts[rows[i].Email]
		rows[i].User = user
		switch {
		case rejected[i] && listed:
			rows[i].Outcome = Unclear
		case rejected[i]:
			rows[i].Outcome = Rejected
		case listed, whole:
			rows[i].Outcome = Applied
		}
	}
}
