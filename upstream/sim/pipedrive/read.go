package pipedrive

import (
	"net/http"
	"strings"
)

func (s *Server) list(c *call, _ []byte) answer {
	out := make([]userJSON, len(c.account.Users))
	for i, u := range c.account.Users {
		out[i] = s.present(u, c.caller)
	}
	return succeeded(out, nil)
}

func (s *Server) get(c *call, _ []byte) answer {
	u := c.subject()
	if u == nil {
		return userNotFound()
	}
	return succeeded(s.present(u, c.caller), nil)
}

func (s *Server) me(c *call, _ []byte) answer {
	return succeeded(meJSON{
		userJSON: s.present(c.caller, c.caller), CompanyID: c.account.ID, CompanyName: c.account.Name,
		CompanyDomain: c.account.Domain, CompanyCountry: text(c.account.Country), CompanyIndustry: text(c.account.Industry),
		Language: map[string]string{"language_code": "en", "country_code": "US"},
	}, nil)
}

// find matches part of a name, or part of an address, in any letter case. The
// documents do not say how it matches. Erased users have nothing to be found by.
func (s *Server) find(c *call, _ []byte) answer {
	q := c.URL.Query()
	term := strings.ToLower(q.Get("term"))
	if term == "" {
		return failed(http.StatusBadRequest, "Search term is required.")
	}
	byEmail := q.Get("search_by_email") == "1"
	out := []userJSON{}
	for _, u := range c.account.Users {
		j := s.present(u, c.caller)
		in := j.Name
		if byEmail && j.Email != nil {
			in = *j.Email
		}
		if !u.Deleted && strings.Contains(strings.ToLower(in), term) {
			out = append(out, j)
		}
	}
	return succeeded(out, nil)
}

// permissions are those of the user's permission set in the deals app. A user
// without that app may do nothing there.
func (s *Server) permissions(c *call, _ []byte) answer {
	u := c.subject()
	if u == nil {
		return userNotFound()
	}
	out := map[string]bool{}
	for _, set := range c.account.PermissionSets {
		for name, granted := range set.Permissions {
			out[name] = out[name] || granted && u.hasSet("sales", set.ID)
		}
	}
	return succeeded(out, nil)
}

func (u *User) hasSet(app, set string) bool {
	for _, a := range u.Access {
		if a.App == app && a.PermissionSetID == set {
			return true
		}
	}
	return false
}

// roleSettings are those of the user's role alone; a setting that it lacks is absent.
func (s *Server) roleSettings(c *call, _ []byte) answer {
	u := c.subject()
	if u == nil {
		return userNotFound()
	}
	out := map[string]int{}
	if r := c.account.role(u.RoleID); r != nil && r.Settings != nil {
		out = r.Settings
	}
	return succeeded(out, nil)
}

func (c *Company) role(id int64) *Role {
	for i := range c.Roles {
		if c.Roles[i].ID == id {
			return &c.Roles[i]
		}
	}
	return nil
}
