package pipedrive

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const maxBody = 1 << 20

// readBody reads what the request carries, up to maxBody.
func readBody(r *http.Request) (body []byte, tooLarge bool) {
	if r.Body == nil {
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	return body, err != nil || len(body) > maxBody
}

// flag is a boolean as v1 takes it: true, false, 1 or 0, also as text from a form.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseBool(strings.Trim(string(b), `"`))
	*f = flag(v)
	return err
}

// userInput is the body of both writes; fields that the operation does not take are ignored.
type userInput struct {
	Email      string   `json:"email"`
	Access     []Access `json:"access"`
	ActiveFlag *flag    `json:"active_flag"`
}

// decode reads a JSON body, or the form body that v1 takes as well.
func decode(r *http.Request, body []byte) (in userInput, err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return in, err
		}
		in.Email = form.Get("email")
		if form.Has("active_flag") {
			in.ActiveFlag = new(flag)
			if err := in.ActiveFlag.UnmarshalJSON([]byte(form.Get("active_flag"))); err != nil {
				return in, err
			}
		}
		if a := form.Get("access"); a != "" {
			return in, json.Unmarshal([]byte(a), &in.Access)
		}
		return in, nil
	}
	return in, json.Unmarshal(body, &in)
}

// add invites an address. A human known in another company keeps the user id.
func (s *Server) add(c *call, body []byte) answer {
	in, err := decode(c.Request, body)
	if err != nil || !strings.Contains(in.Email, "@") {
		return failed(http.StatusBadRequest, "Invalid email")
	}
	for _, a := range in.Access {
		if a.App == "" {
			return failed(http.StatusBadRequest, "access: app is required")
		}
	}
	if known := c.account.userByEmail(in.Email); known != nil {
		if s.opt.RefuseDuplicates {
			return failed(http.StatusBadRequest, "User with this email already exists.")
		}
		return succeeded(s.present(known, c.caller), nil)
	}
	if in.Access == nil {
		in.Access = []Access{{App: "sales"}}
	}
	u := &User{
		ID: s.idFor(c.account, in.Email), Email: in.Email, Invited: true, Active: in.ActiveFlag == nil || bool(*in.ActiveFlag),
		Lang: 1, Locale: "en_US", TimezoneName: "Etc/UTC", TimezoneOffset: "+00:00", DefaultCurrency: "EUR",
		Created: c.now, Access: in.Access,
	}
	if len(c.account.Roles) > 0 {
		u.RoleID = c.account.Roles[0].ID
	}
	c.account.byID[u.ID] = len(c.account.Users)
	c.account.Users = append(c.account.Users, u)
	s.tell(c.account, c.caller.ID, "create", nil, u)
	return succeeded(s.present(u, c.caller), nil)
}

// idFor is the id of the human behind an address that is new to company: theirs
// from another company, or a new one.
func (s *Server) idFor(company *account, email string) int64 {
	for _, a := range s.companies {
		if u := a.userByEmail(email); u != nil && company.user(u.ID) == nil {
			return u.ID
		}
	}
	s.nextID++
	return s.nextID - 1
}

func (c *Company) userByEmail(email string) *User {
	for _, u := range c.Users {
		if !u.Deleted && strings.EqualFold(u.Email, email) {
			return u
		}
	}
	return nil
}

// update sets active_flag, the one thing that can be changed. An erased user stays erased.
func (s *Server) update(c *call, body []byte) answer {
	in, err := decode(c.Request, body)
	if err != nil || in.ActiveFlag == nil {
		return failed(http.StatusBadRequest, "active_flag is required")
	}
	u := c.subject()
	if u == nil || u.Deleted {
		return userNotFound()
	}
	changed := *u
	changed.Active, changed.Modified = bool(*in.ActiveFlag), c.now
	c.account.Users[c.account.byID[u.ID]] = &changed
	s.tell(c.account, c.caller.ID, "change", u, &changed)
	return succeeded(s.present(&changed, c.caller), nil)
}
