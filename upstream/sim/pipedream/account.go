package pipedream

import "net/http"

// credentials tells whether the call asks for secrets.
func (c *call) credentials() bool { return c.query.Get("include_credentials") == "true" }

// listAccounts answers GET /accounts. An unknown user has no accounts.
func (s *Server) listAccounts(c *call) reply {
	from := c.env.accounts
	if id := c.externalID(); id != "" {
		from = keyset[*Account]{}
		if u := c.env.byExternal[id]; u != nil {
			from = u.accounts
		}
	}
	return respond(s, c, from, c.accountFilter(), func(a *Account) accountView { return viewAccount(a, c.credentials()) })
}

// accountFilter reads app (slug or id) and oauth_app_id; nil lets everything through.
func (c *call) accountFilter() func(*Account) bool {
	app, oauthApp := c.query.Get("app"), c.query.Get("oauth_app_id")
	if app == "" && oauthApp == "" {
		return nil
	}
	return func(a *Account) bool {
		return (app == "" || a.App.is(app)) && (oauthApp == "" || a.App.ID == oauthApp)
	}
}

// listUserAccounts answers GET /users/{id}/accounts with a bare array.
func (s *Server) listUserAccounts(c *call) reply {
	if !c.mayTouch(c.id) {
		return notFound()
	}
	out := []accountView{}
	u := c.env.byExternal[c.id]
	if u == nil {
		return reply{http.StatusOK, out}
	}
	if n := s.opts.UserAccountLimit; n > 0 && len(u.accounts.items) > n {
		return reply{http.StatusRequestEntityTooLarge, map[string]string{
			"error": "account_limit_reached", "message": "The user has too many accounts",
		}}
	}
	match := c.accountFilter()
	for _, a := range u.accounts.items {
		if match == nil || match(a) {
			out = append(out, viewAccount(a, c.credentials()))
		}
	}
	return reply{http.StatusOK, out}
}

// account finds the path's account among those that the bearer may touch.
func (c *call) account() (*Account, bool) {
	a, ok := c.env.accounts.get(c.id)
	if !ok || !c.mayTouch(a.ExternalID) {
		return nil, false
	}
	return a, true
}

func (s *Server) getAccount(c *call) reply {
	a, ok := c.account()
	if !ok {
		return notFound()
	}
	view := viewAccount(a, c.credentials())
	if s.opts.WrapRetrieve {
		return reply{http.StatusOK, map[string]any{"data": view}}
	}
	return reply{http.StatusOK, view}
}

// deleteAccount takes the triggers that use the account along.
func (s *Server) deleteAccount(c *call) reply {
	a, ok := c.account()
	if !ok {
		return gone(s.opts.RepeatedDelete)
	}
	c.env.dropAccount(a)
	return reply{status: http.StatusNoContent}
}

// deleteAppAccounts has no user filter: everybody in the environment loses the app.
func (s *Server) deleteAppAccounts(c *call) reply {
	if c.who.connect != nil {
		return refuse(http.StatusForbidden, "insufficient scope")
	}
	c.env.dropApp(c.id)
	return reply{status: http.StatusNoContent}
}

// gone is the answer to deleting what is not there.
func gone(status int) reply {
	if status == http.StatusNotFound {
		return notFound()
	}
	return reply{status: status}
}
