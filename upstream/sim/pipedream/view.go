package pipedream

import "time"

// The JSON shapes, field by field as documented.

type accountView struct {
	ID               string         `json:"id"`
	Name             *string        `json:"name"`
	ExternalID       string         `json:"external_id"`
	Healthy          bool           `json:"healthy"`
	Dead             *bool          `json:"dead"`
	App              any            `json:"app"`
	CreatedAt        string         `json:"created_at"`
	UpdatedAt        string         `json:"updated_at"`
	AuthorizedScopes []string       `json:"authorized_scopes"`
	*refreshView                    // absent as a whole in older records
	Credentials      map[string]any `json:"credentials,omitempty"`
}

type refreshView struct {
	Error           *string `json:"error"`
	ExpiresAt       *string `json:"expires_at"`
	LastRefreshedAt *string `json:"last_refreshed_at"`
	NextRefreshAt   *string `json:"next_refresh_at"`
}

func viewAccount(a *Account, credentials bool) accountView {
	v := accountView{
		ID: a.ID, Name: a.Name, ExternalID: a.ExternalID, Healthy: a.Healthy, Dead: a.Dead, App: viewApp(a.App),
		CreatedAt: instant(a.CreatedAt), UpdatedAt: instant(a.UpdatedAt), AuthorizedScopes: orEmpty(a.AuthorizedScopes),
	}
	if f := a.Refresh; f != nil {
		v.refreshView = &refreshView{f.Error, optional(f.ExpiresAt), optional(f.LastRefreshedAt), optional(f.NextRefreshAt)}
	}
	if credentials {
		v.Credentials = a.Credentials
	}
	return v
}

type appView struct {
	ID               *string        `json:"id"`
	NameSlug         string         `json:"name_slug"`
	Name             string         `json:"name"`
	AuthType         *string        `json:"auth_type"`
	Description      *string        `json:"description"`
	ImgSrc           string         `json:"img_src"`
	CustomFieldsJSON *string        `json:"custom_fields_json"`
	Categories       []string       `json:"categories"`
	FeaturedWeight   int64          `json:"featured_weight"`
	ScopeProfiles    []ScopeProfile `json:"scope_profiles"`
}

// oldAppView is what the abridged sample of 2024 has.
type oldAppView struct {
	ID   *string `json:"id"`
	Name string  `json:"name"`
}

func viewApp(a *App) any {
	if a.NameSlug == "" {
		return oldAppView{filled(a.ID), a.Name}
	}
	return appView{
		ID: filled(a.ID), NameSlug: a.NameSlug, Name: a.Name, AuthType: filled(a.AuthType), Description: filled(a.Description),
		ImgSrc: a.ImgSrc, CustomFieldsJSON: filled(a.CustomFieldsJSON), Categories: orEmpty(a.Categories),
		FeaturedWeight: a.FeaturedWeight, ScopeProfiles: orEmpty(a.ScopeProfiles),
	}
}

type userView struct {
	ID         string  `json:"id"`
	ExternalID string  `json:"external_id"`
	CreatedAt  *string `json:"created_at,omitempty"`
	UpdatedAt  *string `json:"updated_at,omitempty"`
}

func viewUser(u *user) userView {
	v := userView{ID: u.ID, ExternalID: u.ExternalID}
	if !u.CreatedAt.IsZero() {
		v.CreatedAt = optional(&u.CreatedAt)
	}
	if !u.UpdatedAt.IsZero() {
		v.UpdatedAt = optional(&u.UpdatedAt)
	}
	return v
}

type projectView struct {
	ID                 string  `json:"id"`
	Name               string  `json:"name"`
	AppName            *string `json:"app_name"`
	SupportEmail       *string `json:"support_email"`
	RequireKeyAuthTest bool    `json:"connect_require_key_auth_test"`
}

func viewProject(p *project) projectView {
	return projectView{p.ID, p.Name, filled(p.AppName), filled(p.SupportEmail), p.RequireKeyAuthTest}
}

// instant is RFC 3339 with milliseconds and Z.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func optional(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := instant(*t)
	return &s
}

// filled gives null for the empty string.
func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
