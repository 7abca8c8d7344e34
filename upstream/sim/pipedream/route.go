package pipedream

import (
	"net/http"
	"net/url"
	"strings"
)

// route is one documented operation. Under /v1/connect/{project_id} the path begins at "/".
type route struct {
	method, path string
	scope        string // "" is any scope
	// oauthOnly refuses Connect tokens; open needs no bearer at all.
	oauthOnly, open bool
	// limited counts against the accounts budget of the project; writes take the state for itself.
	limited, writes bool
	handle          func(*Server, *call) reply
}

const (
	accountsRead  = "connect:accounts:read"
	accountsWrite = "connect:accounts:write"
	usersRead     = "connect:users:read"
	usersWrite    = "connect:users:write"
	triggersRead  = "connect:deployed_triggers:read"
	triggersWrite = "connect:deployed_triggers:write"
	projectsRead  = "connect:projects:read"
	tokensCreate  = "connect:tokens:create"
)

var routes = []route{
	{method: "POST", path: "/v1/oauth/token", open: true, handle: (*Server).oauthToken},
	{method: "GET", path: "/v1/connect/apps", handle: (*Server).listApps},
	{method: "GET", path: "/v1/connect/apps/{id}", handle: (*Server).getApp},
	{method: "GET", path: "/v1/connect/projects", scope: projectsRead, oauthOnly: true, handle: (*Server).listProjects},
	{method: "GET", path: "/v1/connect/projects/{id}", scope: projectsRead, oauthOnly: true, handle: (*Server).getProject},

	{method: "GET", path: "/accounts", scope: accountsRead, limited: true, handle: (*Server).listAccounts},
	{method: "GET", path: "/accounts/{id}", scope: accountsRead, limited: true, handle: (*Server).getAccount},
	{method: "DELETE", path: "/accounts/{id}", scope: accountsWrite, limited: true, writes: true, handle: (*Server).deleteAccount},
	{method: "DELETE", path: "/apps/{id}/accounts", scope: accountsWrite, limited: true, writes: true, handle: (*Server).deleteAppAccounts},
	{method: "GET", path: "/users", scope: usersRead, oauthOnly: true, handle: (*Server).listUsers},
	{method: "GET", path: "/users/{id}/accounts", scope: accountsRead, limited: true, handle: (*Server).listUserAccounts},
	{method: "DELETE", path: "/users/{id}", scope: usersWrite, writes: true, handle: (*Server).deleteUser},
	{method: "GET", path: "/deployed-triggers", scope: triggersRead, handle: (*Server).listTriggers},
	{method: "DELETE", path: "/deployed-triggers/{id}", scope: triggersWrite, writes: true, handle: (*Server).deleteTrigger},
	{method: "GET", path: "/projects/info", handle: (*Server).projectInfo},
	{method: "POST", path: "/tokens", scope: tokensCreate, oauthOnly: true, handle: (*Server).createToken},
}

func (r *route) inProject() bool { return r != nil && !strings.HasPrefix(r.path, "/v1/") }

func (r *route) name() string {
	if r == nil {
		return ""
	}
	return r.method + " " + r.path
}

// match finds the route of a request. Path parameters are decoded segment by segment from the path
// as it was sent, so that an id may hold an encoded slash. An empty parameter matches nothing.
func match(method string, u *url.URL) (found *route, projectID, id string, wrongMethod bool) {
	segments := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, raw := range segments {
		var err error
		if segments[i], err = url.PathUnescape(raw); err != nil {
			return nil, "", "", false
		}
	}
	var inner []string
	if len(segments) > 3 && segments[0] == "v1" && segments[1] == "connect" {
		projectID, inner = segments[2], segments[3:]
	}
	for i := range routes {
		r := &routes[i]
		path := segments
		if r.inProject() {
			path = inner
		}
		param, ok := r.matches(path)
		if ok && r.method == method {
			return r, projectID, param, false
		}
		wrongMethod = wrongMethod || ok
	}
	return nil, "", "", wrongMethod
}

func (r *route) matches(segments []string) (param string, ok bool) {
	want := strings.Split(strings.TrimPrefix(r.path, "/"), "/")
	if len(want) != len(segments) {
		return "", false
	}
	for i, w := range want {
		if w == "{id}" && segments[i] != "" {
			param = segments[i]
		} else if w != segments[i] {
			return "", false
		}
	}
	return param, true
}

// call is one request on its way through a handler.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	route *route
	query url.Values
	who   principal
	id    string // the path's parameter

	project     *project
	environment string
	env         *environment
}

// externalID is the user whom the call is about: a Connect token's own, else the one that the
// query names. Empty means everybody: what the service does with an empty filter is not documented,
// and this is the reading that hurts a careless client.
func (c *call) externalID() string {
	if c.who.connect != nil {
		return c.who.connect.externalID
	}
	return c.query.Get("external_user_id")
}

// mayTouch tells whether the bearer may act on that user.
func (c *call) mayTouch(externalID string) bool {
	return c.who.connect == nil || c.who.connect.externalID == externalID
}
