package pipedream

import (
	"net/http"
	"strings"
)

// listUsers answers GET /users; q is a partial match on the external id.
func (s *Server) listUsers(c *call) reply {
	var match func(*user) bool
	if q := c.query.Get("q"); q != "" {
		match = func(u *user) bool { return strings.Contains(u.ExternalID, q) }
	}
	return respond(s, c, c.env.users, match, viewUser)
}

// deleteUser takes all accounts and deployed triggers along.
func (s *Server) deleteUser(c *call) reply {
	u := c.env.byExternal[c.id]
	if u == nil || !c.mayTouch(c.id) {
		return gone(s.opts.UnknownUserDelete)
	}
	c.env.dropUser(u)
	return reply{status: http.StatusNoContent}
}
