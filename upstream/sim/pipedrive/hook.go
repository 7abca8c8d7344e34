package pipedrive

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/manifold-graph/manifold/upstream/sim/hook"
)

// Subscription is a webhook of version 2 for every action on users.
type Subscription struct {
	ID  int64
	URL string
	// User and Password come as HTTP Basic authentication.
	User, Password string
}

// Subscribe has every change of a company's users told to an address from now on.
func (s *Server) Subscribe(companyID int64, sub Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.companies {
		if a.ID == companyID {
			a.subscriptions = append(a.subscriptions, sub)
		}
	}
}

// Edit is a change of one user that somebody makes in the web application: it costs no tokens. It tells whether there
// is such a user.
func (s *Server) Edit(companyID, userID int64, edit func(*User)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.companies {
		if u := a.user(userID); a.ID == companyID && u != nil {
			changed := *u
			edit(&changed)
			changed.ID, changed.Modified = u.ID, s.opt.Now()
			a.Users[a.byID[u.ID]] = &changed
			s.tell(a, u.ID, "change", u, &changed)
			return true
		}
	}
	return false
}

// hookUser is the user object inside a webhook, which differs from that of the API.
type hookUser struct {
	ID              string  `json:"id"`
	DefaultCurrency string  `json:"default_currency"`
	Name            string  `json:"name"`
	Email           *string `json:"email"`
	Phone           *string `json:"phone"`
	Locale          string  `json:"locale"`
	Lang            string  `json:"lang"`
	ActiveFlag      bool    `json:"active_flag"`
	LastLogin       *string `json:"last_login"`
	TimezoneName    string  `json:"timezone_name"`
	IconURL         *string `json:"icon_url"`
	Created         string  `json:"created"`
	Modified        *string `json:"modified"`
	Access          any     `json:"access"` // null in all examples
}

// hookMeta is in the order of the documented example. Ids are strings here.
type hookMeta struct {
	Action         string `json:"action"`
	Entity         string `json:"entity"`
	EntityID       string `json:"entity_id"`
	ID             string `json:"id"`
	CompanyID      string `json:"company_id"`
	CorrelationID  string `json:"correlation_id"`
	IsBulkEdit     bool   `json:"is_bulk_edit"`
	Timestamp      int64  `json:"timestamp"`
	Type           string `json:"type"`
	UserID         string `json:"user_id"`
	Version        string `json:"version"`
	WebhookID      string `json:"webhook_id"`
	WebhookOwnerID string `json:"webhook_owner_id"`
	ChangeSource   string `json:"change_source"`
	Attempt        int    `json:"attempt"`
	Host           string `json:"host"`
}

func (s *Server) hookUser(u *User) hookUser {
	shown := s.present(u, &User{}) // to nobody in particular
	return hookUser{
		ID: digits(u.ID), DefaultCurrency: shown.DefaultCurrency, Name: shown.Name, Email: shown.Email, Locale: shown.Locale,
		Lang: "en-GB", ActiveFlag: shown.ActiveFlag, LastLogin: shown.LastLogin, TimezoneName: shown.TimezoneName,
		IconURL: shown.IconURL, Created: shown.Created, Modified: stampOrNull(u.Modified),
	}
}

// tell sends what happened to everybody who has subscribed. Callers hold mu.
func (s *Server) tell(a *account, by int64, action string, before, after *User) {
	if s.opt.Outbox == nil || len(a.subscriptions) == 0 {
		return
	}
	data := s.hookUser(after)
	var previous map[string]json.RawMessage
	if before != nil {
		previous = changedMembers(s.hookUser(before), data)
	}
	meta := hookMeta{
		Action: action, Entity: "user", EntityID: digits(after.ID), ID: digits(after.ID), CompanyID: digits(a.ID), CorrelationID: correlationID(),
		Timestamp: s.opt.Now().Unix(), Type: "general", UserID: digits(by), Version: "2.0", ChangeSource: "app", Host: a.Domain + ".pipedrive.com",
	}
	for _, sub := range a.subscriptions {
		meta.WebhookID, meta.WebhookOwnerID = digits(sub.ID), digits(by)
		s.opt.Outbox.Send(hook.Delivery{
			URL:    sub.URL,
			Header: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(sub.User+":"+sub.Password))}},
			Body: func(attempt int) []byte {
				meta := meta
				meta.Attempt = attempt
				body, _ := json.Marshal(map[string]any{"meta": meta, "data": data, "previous": previous}) // plain values
				return body
			},
		})
	}
}

// changedMembers is what before has otherwise than after.
func changedMembers(before, after hookUser) map[string]json.RawMessage {
	var was, is map[string]json.RawMessage
	for _, each := range []struct {
		from hookUser
		to   *map[string]json.RawMessage
	}{{before, &was}, {after, &is}} {
		raw, _ := json.Marshal(each.from)
		_ = json.Unmarshal(raw, each.to)
	}
	for name := range was {
		if bytes.Equal(was[name], is[name]) {
			delete(was, name)
		}
	}
	return was
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }
