package action

import (
	"time"
)

// Order is what every act is asked with.
type Order struct {
	Reason         string
	IdempotencyKey *string
}

// Taking is what every act that takes something away is asked with beside that.
type Taking struct {
	DryRun    bool
	PlanToken *string
	Force     bool
}

// AddPipedriveUserInput invites a user into a Pipedrive company.
type AddPipedriveUserInput struct {
	Order
	// Source is the configured name of the company; nil where there is but one.
	Source *string
	Email  string
	Apps   []string
}

// SetPipedriveUserActiveInput activates or deactivates a Pipedrive user.
type SetPipedriveUserActiveInput struct {
	Order
	Taking
	UserID string
	Active bool
}

// InvitePipefyMembersInput invites people into an organization, pipe or table.
type InvitePipefyMembersInput struct {
	Order
	PlaceID string
	Members []Invitation
	Message *string
}

// Invitation is one person to invite.
type Invitation struct {
	Email string
	Role  string
}

// SetPipefyRoleInput gives a member another role.
type SetPipefyRoleInput struct {
	Order
	Taking
	MemberID string
	PlaceID  string
	Role     string
}

// RemovePipefyMemberInput takes a member out of an organization, pipe or table.
type RemovePipefyMemberInput struct {
	Order
	Taking
	MemberID string
	PlaceID  string
}

// DeletePipedreamAccountInput deletes one connected account.
type DeletePipedreamAccountInput struct {
	Order
	Taking
	UserID    string
	AccountID string
}

// DeletePipedreamUserInput deletes an external user with all accounts and deployed triggers.
type DeletePipedreamUserInput struct {
	Order
	Taking
	UserID string
}

// OffboardPersonInput takes all access from people.
type OffboardPersonInput struct {
	Order
	Taking
	PersonIDs []string
	// At is when to begin; nil: at once.
	At *time.Time
}

// CancelActionInput stops what has not begun.
type CancelActionInput struct {
	Order
	ActionID string
}
