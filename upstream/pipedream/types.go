package pipedream

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"

	"github.com/manifold-graph/manifold/upstream/wire"
	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// User is an external user. Pipedream knows neither name nor address of one.
type User struct {
	ID         lenient.String `json:"id"`
	ExternalID lenient.String `json:"external_id"`
	CreatedAt  lenient.Time   `json:"created_at"`
	UpdatedAt  lenient.Time   `json:"updated_at"`
}

// UnmarshalJSON refuses a user whom no other endpoint could name.
func (u *User) UnmarshalJSON(b []byte) error {
	type plain User
	return decodeWithID(b, (*plain)(u), &u.ExternalID)
}

func (u User) key() string { return string(u.ExternalID) }

// Account is a connected account without what is secret or prose: credentials
// and error have no field here.
type Account struct {
	ID lenient.String `json:"id"`
	// Name is the customer's or the provider's; often an e-mail address.
	Name lenient.String `json:"name"`
	// ExternalID is the external_user_id of the owner.
	ExternalID       lenient.String               `json:"external_id"`
	Healthy          lenient.Bool                 `json:"healthy"`
	Dead             lenient.Bool                 `json:"dead"`
	App              lenient.Object[App]          `json:"app"`
	AuthorizedScopes lenient.List[lenient.String] `json:"authorized_scopes"`
	CreatedAt        lenient.Time                 `json:"created_at"`
	UpdatedAt        lenient.Time                 `json:"updated_at"`
	ExpiresAt        lenient.Time                 `json:"expires_at"`
	LastRefreshedAt  lenient.Time                 `json:"last_refreshed_at"`
	NextRefreshAt    lenient.Time                 `json:"next_refresh_at"`
}

// UnmarshalJSON refuses an account without an id.
func (a *Account) UnmarshalJSON(b []byte) error {
	type plain Account
	return decodeWithID(b, (*plain)(a), &a.ID)
}

func (a Account) key() string { return string(a.ID) }

// App is what an account is connected to. Old answers have only the name.
type App struct {
	NameSlug lenient.String `json:"name_slug"`
	Name     lenient.String `json:"name"`
	AuthType lenient.String `json:"auth_type"`
}

// ProjectInfo is the apps linked to a project.
type ProjectInfo struct {
	Apps lenient.List[App] `json:"apps"`
}

// Judge implements wire.Judge.
func (p *ProjectInfo) Judge() wire.Verdict { return shape(p.Apps.Valid) }

// trigger is any of the four sorts of deployed triggers, without keys; of its props there are the accounts alone.
type trigger struct {
	ID           lenient.String `json:"id"`
	Type         lenient.String `json:"type"`
	Name         lenient.String `json:"name"`
	ComponentKey lenient.String `json:"component_key"`
	Active       lenient.Bool   `json:"active"`
	Props        accountProps   `json:"configured_props"`
	CreatedAt    lenient.Time   `json:"created_at"`
	UpdatedAt    lenient.Time   `json:"updated_at"`
}

// accountProps are the ids of the accounts among a component's props, {"slack": {"authProvisionId": "apn_1"}}, sorted. Other props
// may be secrets of customers, and are dropped.
type accountProps []string

var accountID = regexp.MustCompile(`^apn_[a-zA-Z0-9]+$`)

func (a *accountProps) UnmarshalJSON(b []byte) error {
	var props map[string]json.RawMessage
	if json.Unmarshal(b, &props) != nil {
		return nil // whatever it is, it names no account
	}
	for _, raw := range props {
		var prop struct {
			ID string `json:"authProvisionId"`
		}
		if json.Unmarshal(raw, &prop) == nil && accountID.MatchString(prop.ID) && !slices.Contains(*a, prop.ID) {
			*a = append(*a, prop.ID)
		}
	}
	slices.Sort(*a)
	return nil
}

func (t *trigger) UnmarshalJSON(b []byte) error {
	type plain trigger
	return decodeWithID(b, (*plain)(t), &t.ID)
}

func (t trigger) key() string { return string(t.ID) }

func decodeWithID(b []byte, into any, id *lenient.String) error {
	if err := json.Unmarshal(b, into); err != nil {
		return err
	}
	if *id == "" {
		return errNoID
	}
	return nil
}

// bare is a list as an array, or inside one of the wrappers that documents of
// different years show: {"data": …}, {"accounts": …}, {"data": {"accounts": …}}.
type bare[T any] struct{ lenient.List[T] }

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (l *bare[T]) UnmarshalJSON(b []byte) error {
	for range 2 {
		var wrapper struct{ Data, Accounts json.RawMessage }
		if !bytes.HasPrefix(b, []byte("{")) || json.Unmarshal(b, &wrapper) != nil {
			break
		}
		if b = wrapper.Data; b == nil {
			b = wrapper.Accounts
		}
	}
	return l.List.UnmarshalJSON(b)
}

// Judge implements wire.Judge.
func (l *bare[T]) Judge() wire.Verdict { return shape(l.Valid) }

// wrapped is an object by itself or inside {"data": …}.
type wrapped[T any] struct {
	value T
	valid bool
}

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (w *wrapped[T]) UnmarshalJSON(b []byte) error {
	var o lenient.Object[T]
	var data struct{ Data json.RawMessage }
	if json.Unmarshal(b, &data) == nil && data.Data != nil {
		b = data.Data
	}
	err := o.UnmarshalJSON(b)
	w.value, w.valid = o.Value, o.Valid
	return err
}

// Judge implements wire.Judge.
func (w *wrapped[T]) Judge() wire.Verdict { return shape(w.valid) }

func shape(good bool) wire.Verdict {
	if good {
		return wire.Verdict{}
	}
	return wire.Verdict{Kind: wire.Malformed, Cause: errShape}
}
