package pipedrive

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// told are the fields that a payload fills. idle are those that Manifold does not keep, or that say only that
// something happened.
var (
	told = []string{"name", "email", "active_flag", "is_deleted", "locale", "timezone_name", "default_currency", "icon_url", "created", "last_login"}
	idle = []string{"modified", "phone", "is_you", "signup_flow_variation"}
)

// Explained tells whether the payload holds everything that changed. A change that shows only its date is one of
// roles, permission sets or access, which no payload holds.
func (w Webhook) Explained() bool {
	if !w.change {
		return false
	}
	shown := false
	for name := range w.previous {
		switch {
		case slices.Contains(told, name):
			shown = true
		case !slices.Contains(idle, name):
			return false
		}
	}
	return shown
}

// Alter is the user as the delivery tells, on top of what is known; known is nil for a stranger. What the body lacks
// stays as known. The result is new, known is not written to. Doubt says that the truth needs a reading: the payload
// has no access, and an address that it brings has been seen by nobody.
func (w Webhook) Alter(source person.SourceID, known *person.Identity) (now *person.Identity, doubt bool) {
	if known != nil && (known.Pipedrive == nil || known.State == person.StateErased) {
		return known, false
	}
	if known == nil {
		if w.Deleted {
			return nil, false
		}
		known = &person.Identity{
			Key: w.Key(), Source: source, State: person.StateUnconfirmed,
			Pipedrive: &person.PipedriveUser{UserID: w.UserID, CompanyID: w.CompanyID, ActiveFlag: true},
		}
		doubt = true
	}
	next, user := *known, *known.Pipedrive
	now, next.Pipedrive = &next, &user

	w.user.text("name", &next.Name)
	w.user.text("email", &next.Email)
	w.user.text("locale", &user.Locale)
	w.user.text("timezone_name", &user.TimezoneName)
	w.user.text("default_currency", &user.DefaultCurrency)
	if raw, ok := w.user["icon_url"]; ok && string(raw) == "null" {
		next.AvatarURL = ""
	}
	w.user.text("icon_url", &next.AvatarURL)
	w.user.time("created", &next.CreatedAt)
	w.user.time("modified", &user.Modified)
	w.user.time("last_login", &user.LastLogin)
	next.LastSeenAt = user.LastLogin
	w.user.flag("active_flag", &user.ActiveFlag)
	w.user.flag("is_deleted", &user.IsDeleted)
	if w.Deleted {
		user.ActiveFlag, doubt = false, true
	}
	if strings.EqualFold(next.Name, next.Email) {
		next.Name = "" // an address is never kept as a name
	}
	switch {
	case user.IsDeleted:
		return erased(&next), doubt
	case !user.ActiveFlag:
		next.State, next.Grants = person.StateInactive, nil
	case next.Name == "" && next.Email != "" && user.LastLogin.IsZero():
		next.State = person.StateUnconfirmed
	default:
		next.State = person.StateActive
	}
	if next.State == person.StateActive && known.State != person.StateActive {
		doubt = true // what they may reach again is not in the payload
	}
	if next.Email != known.Email {
		next.EmailVerified, doubt = false, true
	}
	next.EmailVerified = next.EmailVerified && next.State == person.StateActive
	return now, doubt
}

// erased keeps what convert keeps of an erased user.
func erased(i *person.Identity) *person.Identity {
	return &person.Identity{
		Key: i.Key, Source: i.Source, State: person.StateErased, CreatedAt: i.CreatedAt,
		Pipedrive: &person.PipedriveUser{
			UserID: i.Pipedrive.UserID, CompanyID: i.Pipedrive.CompanyID, IsDeleted: true, Modified: i.Pipedrive.Modified,
		},
	}
}

// text, time and flag set what the record tells. What is missing, null or of another type tells nothing.
func (f fields) text(name string, to *string) {
	var s lenient.String
	if f.decode(name, &s); s != "" {
		*to = string(s)
	}
}

func (f fields) time(name string, to *time.Time) {
	var t lenient.Time
	if f.decode(name, &t); !t.IsZero() {
		*to = t.Time
	}
}

func (f fields) flag(name string, to *bool) {
	var b lenient.Bool
	if f.decode(name, &b); b.Valid {
		*to = b.Value
	}
}

func (f fields) int(name string) (n lenient.Int) {
	f.decode(name, &n)
	return n
}

func (f fields) decode(name string, into json.Unmarshaler) {
	if raw, ok := f[name]; ok {
		_ = into.UnmarshalJSON(raw) // lenient: never fails
	}
}
