package pipedrive

import (
	"encoding/json"
	"time"
)

// userJSON is the user object on the wire. A nil pointer without omitempty is null.
type userJSON struct {
	ID                int64           `json:"id"`
	Name              string          `json:"name"`
	Email             *string         `json:"email"`
	Lang              int             `json:"lang"`
	Locale            string          `json:"locale"`
	TimezoneName      string          `json:"timezone_name"`
	TimezoneOffset    string          `json:"timezone_offset"`
	DefaultCurrency   string          `json:"default_currency"`
	IconURL           *string         `json:"icon_url"`
	ActiveFlag        bool            `json:"active_flag"`
	IsDeleted         bool            `json:"is_deleted"`
	IsAdmin           *int            `json:"is_admin,omitempty"`
	Activated         *bool           `json:"activated,omitempty"`
	RoleID            int64           `json:"role_id"`
	Created           string          `json:"created"`
	HasCreatedCompany bool            `json:"has_created_company"`
	IsYou             bool            `json:"is_you"`
	Access            []Access        `json:"access"`
	Phone             *string         `json:"phone"`
	Modified          json.RawMessage `json:"modified,omitempty"`
	LastLogin         *string         `json:"last_login"`
}

// meJSON is what only /users/me adds.
type meJSON struct {
	userJSON
	CompanyID       int64             `json:"company_id"`
	CompanyName     string            `json:"company_name"`
	CompanyDomain   string            `json:"company_domain"`
	CompanyCountry  *string           `json:"company_country"`
	CompanyIndustry *string           `json:"company_industry"`
	Language        map[string]string `json:"language"`
}

// erasedName is what a permanently deleted user is called.
const erasedName = "(deleted user)"

// present shows u as caller sees it: is_you, phone and modified depend on who asks.
func (s *Server) present(u, caller *User) userJSON {
	j := userJSON{
		ID: u.ID, Name: u.Name, Email: &u.Email, Lang: u.Lang, Locale: u.Locale,
		TimezoneName: u.TimezoneName, TimezoneOffset: u.TimezoneOffset, DefaultCurrency: u.DefaultCurrency,
		IconURL: text(u.IconURL), ActiveFlag: u.Active, IsDeleted: u.Deleted, RoleID: u.RoleID,
		Created: stamp(u.Created), HasCreatedCompany: u.HasCreatedCompany, IsYou: u.ID == caller.ID,
		Access: u.Access, LastLogin: stampOrNull(u.LastLogin),
	}
	if j.Access == nil {
		j.Access = []Access{}
	}
	if u.Invited {
		j.Name = u.Email
	}
	if u.Deleted {
		j.Name, j.Email, j.IconURL, j.ActiveFlag = erasedName, nil, nil, false
	}
	if j.IsYou {
		j.Phone = text(u.Phone)
	}
	if caller.has("account_settings", false) {
		// The key is there for these callers alone, and null when nothing was ever changed.
		j.Modified, _ = json.Marshal(stampOrNull(u.Modified))
	}
	if s.opt.HideUndocumented {
		activated := !u.Invited
		j.Activated = &activated
	} else {
		admin := 0
		if u.has("global", true) {
			admin = 1
		}
		j.IsAdmin = &admin
	}
	return j
}

// stamp writes a time as v1 does: UTC without a zone mark.
func stamp(t time.Time) string { return t.UTC().Format(time.DateTime) }

func stampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(stamp(t))
}

// text is s, or null for an empty one.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
