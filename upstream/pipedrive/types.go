package pipedrive

import (
	"encoding/json"
	"errors"

	"github.com/manifold-graph/manifold/upstream/wire"
	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// User is a user record of the v1 endpoints without what is relative to the
// token that read it. Only ID is always there.
type User struct {
	ID                lenient.Int          `json:"id"`
	Name              lenient.String       `json:"name"`
	Email             lenient.String       `json:"email"`
	Lang              lenient.Int          `json:"lang"`
	Locale            lenient.String       `json:"locale"`
	TimezoneName      lenient.String       `json:"timezone_name"`
	TimezoneOffset    lenient.String       `json:"timezone_offset"`
	DefaultCurrency   lenient.String       `json:"default_currency"`
	IconURL           lenient.String       `json:"icon_url"`
	ActiveFlag        lenient.Bool         `json:"active_flag"`
	IsDeleted         lenient.Bool         `json:"is_deleted"`
	Activated         lenient.Bool         `json:"activated"`
	RoleID            lenient.Int          `json:"role_id"`
	Created           lenient.Time         `json:"created"`
	Modified          lenient.Time         `json:"modified"`
	LastLogin         lenient.Time         `json:"last_login"`
	HasCreatedCompany lenient.Bool         `json:"has_created_company"`
	Access            lenient.List[Access] `json:"access"`
}

// UnmarshalJSON refuses a record without an id, so that a list drops it.
func (u *User) UnmarshalJSON(b []byte) error {
	type plain User // without this method
	return decodeWithID(b, (*plain)(u), &u.ID)
}

// Access is one app that a user may use. App is an open set.
type Access struct {
	App             lenient.String `json:"app"`
	Admin           lenient.Bool   `json:"admin"`
	PermissionSetID lenient.String `json:"permission_set_id"`
}

// Me is the credential's own user and the company that it belongs to.
type Me struct {
	User          User
	Phone         lenient.String
	CompanyID     lenient.Int
	CompanyName   lenient.String
	CompanyDomain lenient.String
}

// UnmarshalJSON refuses an answer without both ids: together they are the key.
func (m *Me) UnmarshalJSON(b []byte) error {
	var company struct {
		Phone         lenient.String `json:"phone"`
		CompanyID     lenient.Int    `json:"company_id"`
		CompanyName   lenient.String `json:"company_name"`
		CompanyDomain lenient.String `json:"company_domain"`
	}
	if err := decodeWithID(b, &company, &company.CompanyID); err != nil {
		return err
	}
	m.Phone, m.CompanyID, m.CompanyName, m.CompanyDomain = company.Phone, company.CompanyID, company.CompanyName, company.CompanyDomain
	return json.Unmarshal(b, &m.User)
}

// Users is a list of users. Dropped counts records that had no readable id.
type Users struct {
	List    []User
	Dropped int
}

var errNoID = errors.New("a record has no id")

func decodeWithID(b []byte, into any, id *lenient.Int) error {
	if err := json.Unmarshal(b, into); err != nil {
		return err
	}
	if id.Value <= 0 {
		return errNoID
	}
	return nil
}

// envelope is what surrounds every answer. A 200 may carry success:false.
type envelope struct {
	Success   lenient.Bool `json:"success"`
	ErrorCode lenient.Int  `json:"errorCode"`
}

// one is an answer with an object in it.
type one[T any] struct {
	envelope
	Data lenient.Object[T] `json:"data"`
}

// Judge implements wire.Judge.
func (o *one[T]) Judge() wire.Verdict { return o.judge(o.Data.Valid) }

// page is an answer with a list in it, in v1's or v2's manner of paging or with none.
type page[T any] struct {
	envelope
	Data           lenient.List[T]            `json:"data"`
	AdditionalData lenient.Object[additional] `json:"additional_data"`
}

// Judge implements wire.Judge: anything but an array, or the null that v1 has
// for an empty one, is a failure and not an empty list.
func (p *page[T]) Judge() wire.Verdict { return p.judge(p.Data.Valid || p.Data.Null) }

type additional struct {
	Pagination lenient.Object[pagination] `json:"pagination"`
	NextCursor lenient.String             `json:"next_cursor"`
}

type pagination struct {
	More      lenient.Bool `json:"more_items_in_collection"`
	NextStart lenient.Int  `json:"next_start"`
}

// next is where the page after the one at start begins, for v1's paging.
// next_start is missing from some schemas: then the items received are counted.
// Paging that does not advance is at its end.
func (p *page[T]) next(start int64) (int64, bool) {
	paging := p.AdditionalData.Value.Pagination.Value
	next := start + int64(len(p.Data.Items)+p.Data.Dropped)
	if paging.NextStart.Valid {
		next = paging.NextStart.Value
	}
	return next, paging.More.Value && next > start
}

// permissions are named can_…, and the set changes without notice.
type permissions map[string]lenient.Bool

// roleSettings are small numbers by name.
type roleSettings map[string]lenient.Int

type roleAssignment struct {
	RoleID       lenient.Int    `json:"role_id"`
	ParentRoleID lenient.Int    `json:"parent_role_id"`
	Name         lenient.String `json:"name"`
	ActiveFlag   lenient.Bool   `json:"active_flag"`
	Type         lenient.String `json:"type"`
}

func (a *roleAssignment) UnmarshalJSON(b []byte) error {
	type plain roleAssignment
	return decodeWithID(b, (*plain)(a), &a.RoleID)
}

type follower struct {
	UserID  lenient.Int  `json:"user_id"`
	AddTime lenient.Time `json:"add_time"`
}

func (f *follower) UnmarshalJSON(b []byte) error {
	type plain follower
	return decodeWithID(b, (*plain)(f), &f.UserID)
}

type addUser struct {
	Email      string      `json:"email"`
	Access     []addAccess `json:"access,omitempty"`
	ActiveFlag bool        `json:"active_flag"`
}

type addAccess struct {
	App string `json:"app"`
}

type updateUser struct {
	ActiveFlag bool `json:"active_flag"`
}
