package pipedrive

import (
	"slices"
	"time"
)

// State is everything that the simulator begins with.
type State struct {
	Companies []*Company
}

// Company is one company account with its users, roles and credentials.
type Company struct {
	ID       int64
	Name     string
	Domain   string // the part before .pipedrive.com
	Country  string // ISO 3166 alpha-2; "" is sent as null
	Industry string // "" is sent as null

	Users          []*User
	Roles          []Role
	PermissionSets []PermissionSet
	Tokens         []Token

	// Budget is the tokens per day; 0 means 30,000, one seat of the smallest plan.
	Budget int
	// Burst is the requests per 2 s of an API token; 0 means 20. OAuth tokens get four times as many.
	Burst int
}

// User is one user of one company. Users are replaced, never written to.
type User struct {
	// ID is the same in every company that the human belongs to.
	ID    int64
	Name  string
	Email string
	Phone string // seen only by the user's own token; "" is sent as null

	Lang            int
	Locale          string
	TimezoneName    string
	TimezoneOffset  string
	DefaultCurrency string
	IconURL         string // "" is sent as null

	Active            bool
	Deleted           bool // erased: the name becomes "(deleted user)" and the address goes
	Invited           bool // not accepted yet: the name is the address
	HasCreatedCompany bool
	RoleID            int64
	// Created, Modified and LastLogin are sent in UTC; a zero Modified or LastLogin is sent as null.
	Created, Modified, LastLogin time.Time

	Access    []Access
	Followers []Follower
}

// Access is one entry of a user's access list. An app that is not granted has no entry.
type Access struct {
	App             string `json:"app"`
	Admin           bool   `json:"admin"`
	PermissionSetID string `json:"permission_set_id"`
}

// Follower is a user who follows another.
type Follower struct {
	UserID int64
	Added  time.Time
}

// Role is a node of the company's role tree. ParentID 0 is the root's.
type Role struct {
	ID, ParentID int64
	Name         string
	Active       bool
	// Settings are the role's defaults (deal_default_visibility); any may be absent.
	Settings map[string]int
	// More are further roles that a user of this role is assigned to.
	More []int64
}

// PermissionSet is what users with an access entry naming it may do.
type PermissionSet struct {
	ID          string
	Permissions map[string]bool // can_…
}

// Token is a credential. It belongs to one user and one company.
type Token struct {
	Value  string
	UserID int64
	// OAuth tokens come as a bearer and are bound to Scopes; the others come as x-api-token
	// and may do all that their user may.
	OAuth   bool
	Scopes  []string
	Expires time.Time // zero: never
}

func (u *User) has(app string, admin bool) bool {
	return slices.ContainsFunc(u.Access, func(a Access) bool { return a.App == app && (a.Admin || !admin) })
}

// Users is a company's users as they are now, in the order in which they are listed; nil for an
// unknown company. Users are shared and MUST NOT be written to.
func (s *Server) Users(companyID int64) []*User {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.companies {
		if a.ID == companyID {
			return slices.Clone(a.Users)
		}
	}
	return nil
}
