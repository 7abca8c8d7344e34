package pipedrive

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	defaultLimit = 100
	maxLimit     = 500
)

// assignmentJSON is one role of a user.
type assignmentJSON struct {
	UserID       int64  `json:"user_id"`
	RoleID       int64  `json:"role_id"`
	ParentRoleID *int64 `json:"parent_role_id"`
	Name         string `json:"name"`
	ActiveFlag   bool   `json:"active_flag"`
	Type         string `json:"type"`
}

// paginationJSON is v1's offset page. next_start is there only when there is more.
type paginationJSON struct {
	Start     int  `json:"start"`
	Limit     int  `json:"limit"`
	More      bool `json:"more_items_in_collection"`
	NextStart *int `json:"next_start,omitempty"`
}

func (s *Server) roleAssignments(c *call, _ []byte) answer {
	u := c.subject()
	if u == nil {
		return userNotFound()
	}
	start, ok1 := number(c.URL.Query(), "start", 0, 0)
	limit, ok2 := number(c.URL.Query(), "limit", defaultLimit, 1)
	if !ok1 || !ok2 {
		return failed(http.StatusBadRequest, "start and limit must be numbers")
	}
	all := c.account.assignments(u)
	from := min(start, len(all))
	to := from + min(limit, maxLimit, len(all)-from)
	page := paginationJSON{Start: start, Limit: limit, More: to < len(all)}
	if page.More {
		page.NextStart = &to
	}
	return succeeded(all[from:to], map[string]any{"pagination": page})
}

func (c *Company) assignments(u *User) []assignmentJSON {
	out := []assignmentJSON{}
	ids := []int64{u.RoleID}
	if r := c.role(u.RoleID); r != nil {
		ids = append(ids, r.More...)
	}
	for _, id := range ids {
		r := c.role(id)
		if r == nil {
			continue
		}
		a := assignmentJSON{UserID: u.ID, RoleID: r.ID, Name: r.Name, ActiveFlag: r.Active, Type: "1"}
		if r.ParentID != 0 {
			a.ParentRoleID = &r.ParentID
		}
		out = append(out, a)
	}
	return out
}

// followerJSON is v2's follower; v2 writes times in RFC 3339.
type followerJSON struct {
	UserID  int64  `json:"user_id"`
	AddTime string `json:"add_time"`
}

func (s *Server) followers(c *call, _ []byte) answer {
	u := c.subject()
	if u == nil {
		return userNotFound()
	}
	q := c.URL.Query()
	limit, ok := number(q, "limit", defaultLimit, 1)
	from, valid := cursorOffset(q.Get("cursor"), u.ID)
	if !ok || !valid {
		return failed(http.StatusBadRequest, "Invalid cursor or limit")
	}
	from = min(from, len(u.Followers))
	to := from + min(limit, maxLimit, len(u.Followers)-from)
	out := make([]followerJSON, 0, to-from)
	for _, f := range u.Followers[from:to] {
		out = append(out, followerJSON{f.UserID, f.Added.UTC().Format(time.RFC3339)})
	}
	var next *string
	if to < len(u.Followers) {
		next = new(cursor(u.ID, to))
	}
	return succeeded(out, map[string]any{"next_cursor": next})
}

func (s *Server) followersV1(c *call, _ []byte) answer {
	u := c.subject()
	if u == nil {
		return userNotFound()
	}
	out := make([]int64, 0, len(u.Followers))
	for _, f := range u.Followers {
		out = append(out, f.UserID)
	}
	return succeeded(out, nil)
}

// cursor is opaque to clients: the list that it belongs to and the offset in it.
func cursor(user int64, offset int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(user, 10) + "/" + strconv.Itoa(offset)))
}

// cursorOffset reads a cursor of user's list back. An empty one is the beginning.
func cursorOffset(c string, user int64) (offset int, ok bool) {
	if c == "" {
		return 0, true
	}
	raw, err := base64.RawURLEncoding.DecodeString(c)
	if err != nil {
		return 0, false
	}
	prefix := strconv.FormatInt(user, 10) + "/"
	if len(raw) < len(prefix) || string(raw[:len(prefix)]) != prefix {
		return 0, false
	}
	offset, err = strconv.Atoi(string(raw[len(prefix):]))
	return offset, err == nil && offset >= 0
}

// number reads a query parameter that must be at least low; absent means fallback.
func number(q url.Values, name string, fallback, low int) (int, bool) {
	if !q.Has(name) {
		return fallback, true
	}
	n, err := strconv.Atoi(q.Get(name))
	return n, err == nil && n >= low
}
