package config

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

func (c checker) sources(list []Source) {
	ids := map[string]bool{}
	for i, s := range list {
		path := fmt.Sprintf("sources[%d]", i)
		switch {
		case s.ID == "":
			c.fail(path, "has no id; give it one, such as %s", s.suggestedID())
		case !sourceID.MatchString(s.ID):
			c.fail(path+".id", "must be of lower-case letters, digits and dashes, at most 64")
		case ids[s.ID]:
			c.fail(path+".id", "%q is taken by another source", s.ID)
		}
		ids[s.ID] = true
		if _, known := officials[s.System]; !known {
			if s.System == "" {
				c.fail(path, "has no system; it is one of pipedrive, pipefy, pipedream")
			}
			continue // enums tells about a wrong one
		}
		c.baseURL(path+".base_url", s.BaseURL)
		if s.TokenURL != "" {
			c.baseURL(path+".token_url", s.TokenURL)
		}
		if s.RefreshFastest != 0 && (s.RefreshFastest < 10*time.Second || s.RefreshFastest > s.RefreshEvery) {
			c.fail(path+".refresh_fastest", "must be from 10s to refresh_every")
		}
		if s.RefreshEvery < 10*time.Second {
			c.fail(path+".refresh_every", "must be at least 10s")
		}
		c.belongs(reflect.ValueOf(s), path, s.System)
		c.credential(s, path)
		c.budget(s, path+".budget")
		c.webhook(s, path+".webhook")
	}
	c.readOnce(list)
}

func (s Source) suggestedID() string {
	if s.System == "" {
		return "sales"
	}
	return s.System
}

// baseURL refuses plain http except on loopback, for a credential travels with every call.
func (c checker) baseURL(path, raw string) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		c.fail(path, "not an address; write it like https://api.example.com")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		c.fail(path, "must have no user, query or fragment")
	case u.Scheme == "http" && !IsLoopbackHost(u.Hostname()):
		c.fail(path, "must be https: a credential would travel in the clear")
	}
}

// belongs refuses settings that mean nothing in this source's system.
func (c checker) belongs(v reflect.Value, path, system string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		at := join(path, f.Tag.Get("yaml"))
		if systems, ok := f.Tag.Lookup("systems"); ok && !slices.Contains(strings.Split(systems, ","), system) {
			// Only what the file says is judged: defaults are filled in for the right system alone.
			if _, written := c.at[at]; written && !v.Field(i).IsZero() {
				c.fail(at, "does not apply to %s (it belongs to %s)", system, strings.ReplaceAll(systems, ",", " and "))
			}
		}
		if v.Field(i).Kind() == reflect.Struct {
			c.belongs(v.Field(i), at, system)
		}
	}
}

func (c checker) credential(s Source, path string) {
	pair := s.ClientID != "" && s.ClientSecret != ""
	half := (s.ClientID != "") != (s.ClientSecret != "")
	switch {
	case s.System == Pipedrive && s.Token == "":
		c.fail(path+".token", "is missing: the API token of an admin, from Pipedrive's personal preferences")
	case s.System == Pipefy && half, s.System == Pipedream && half:
		c.fail(path, "client_id and client_secret go together; one of them is missing")
	case s.System == Pipefy && pair && s.Token != "":
		c.fail(path+".token", "give either token or client_id and client_secret, not both")
	case s.System == Pipefy && !pair && s.Token == "":
		c.fail(path, "has no credential; give client_id and client_secret of a service account, or token")
	case s.System == Pipedream && !pair:
		c.fail(path, "has no credential; give client_id and client_secret of an OAuth client of the workspace")
	}
	switch {
	case s.System == Pipefy && !digits.MatchString(s.OrganizationID):
		c.fail(path+".organization_id", "is missing or not a number; it stands in app.pipefy.com/organizations/NUMBER")
	case s.System == Pipedream && !projectID.MatchString(s.ProjectID):
		c.fail(path+".project_id", "is missing or not of the form proj_abc123; it stands in the project's settings")
	}
}

// leastTokens is two readings' worth of a company, me (2) and the list of users (20),
// for refreshing may spend no more than half of a day's tokens.
const leastTokens = 2 * (2 + 20)

func (c checker) budget(s Source, path string) {
	b := s.Budget
	if b.Tokens < 0 {
		c.fail(path+".tokens", "must not be negative")
	}
	if b.Burst < 0 {
		c.fail(path+".burst", "must not be negative")
	}
	if b.Tokens > 0 && (b.Plan != "" || b.Seats != 0 || b.Share != nil) {
		c.fail(path, "give either tokens or plan and seats with a share, not both")
	}
	if (b.Plan == "") != (b.Seats == 0) {
		c.fail(path, "plan and seats go together; one of them is missing")
	}
	if b.Seats < 0 || b.Seats > 1_000_000 {
		c.fail(path+".seats", "must be from 1 to 1000000")
	}
	if b.Share != nil && !(*b.Share > 0 && *b.Share <= 1) {
		c.fail(path+".share", "must be above 0 and at most 1")
	} else if n := b.perDay(); s.System == Pipedrive && n >= 0 && n < leastTokens {
		c.fail(path, "leaves %d tokens a day; at least %d are needed to read the company once, for refreshing takes no more than half", n, leastTokens)
	}
	if b.ResetHour != nil && (*b.ResetHour < 0 || *b.ResetHour > 23) {
		c.fail(path+".reset_hour", "must be from 0 to 23")
	}
}
