package person

import "time"

// Permission is one of a Pipedrive user's permissions. Name is an open set (can_…).
type Permission struct {
	Name    string
	Granted bool
}

// RoleAssignment is one role that a Pipedrive user has.
type RoleAssignment struct {
	RoleID       int64
	ParentRoleID *int64
	Name         string
	// Type is the vendor's own word ("1"); "" where it has none.
	Type     string
	IsActive bool
}

// RoleSetting is one default that a Pipedrive role sets (deal_default_visibility).
type RoleSetting struct {
	Name  string
	Value int
}

// Follower is one Pipedrive user who follows another.
type Follower struct {
	UserID int64
	// AddedAt is zero where the vendor does not tell.
	AddedAt time.Time
}

// DeployedTrigger is something that runs for a Pipedream external user.
type DeployedTrigger struct {
	ID   string
	Name string
	// Type is the vendor's own word: DeployedComponent, HttpInterface, TimerInterface.
	Type         string
	ComponentKey string
	// Active is nil for interfaces, which have no such state.
	Active *bool
	// Accounts are the ids of the connected accounts that it uses, sorted: with one of them it goes.
	Accounts  []string
	CreatedAt time.Time
	UpdatedAt time.Time
}
