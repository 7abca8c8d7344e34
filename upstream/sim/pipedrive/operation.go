package pipedrive

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// operation is one row of the documented table.
type operation struct {
	name    string
	method  string
	version int
	path    string // {} stands for one segment
	cost    int    // tokens
	scope   string
	search  bool // also counts against the search limit
	serve   func(*Server, *call, []byte) answer
}

// operations are in the order in which they are tried: the literal paths come before {}.
var operations = []operation{
	{"listUsers", http.MethodGet, 1, "users", 20, scopeRead, false, (*Server).list},
	{"me", http.MethodGet, 1, "users/me", 2, scopeBase, false, (*Server).me},
	{"findUsers", http.MethodGet, 1, "users/find", 40, scopeRead, true, (*Server).find},
	{"getUser", http.MethodGet, 1, "users/{}", 2, scopeRead, false, (*Server).get},
	{"permissions", http.MethodGet, 1, "users/{}/permissions", 10, scopeRead, false, (*Server).permissions},
	{"roleAssignments", http.MethodGet, 1, "users/{}/roleAssignments", 10, scopeRead, false, (*Server).roleAssignments},
	{"roleSettings", http.MethodGet, 1, "users/{}/roleSettings", 10, scopeRead, false, (*Server).roleSettings},
	{"followersV1", http.MethodGet, 1, "users/{}/followers", 20, scopeRead, false, (*Server).followersV1},
	{"followers", http.MethodGet, 2, "users/{}/followers", 10, scopeRead, false, (*Server).followers},
	{"addUser", http.MethodPost, 1, "users", 10, scopeAdmin, false, (*Server).add},
	{"updateUser", http.MethodPut, 1, "users/{}", 10, scopeAdmin, false, (*Server).update},
}

// match finds the operation of a request. The status is 200 when there is one,
// 405 when only the verb is wrong, 404 when nothing has that path.
func match(method, path string) (op operation, params []string, status int) {
	version, rest, ok := strip(path)
	if !ok {
		return operation{}, nil, http.StatusNotFound
	}
	status = http.StatusNotFound
	segments := strings.Split(rest, "/")
	for _, op := range operations {
		params, ok := op.matches(version, segments)
		switch {
		case !ok:
		case op.method == method:
			return op, params, http.StatusOK
		default:
			status = http.StatusMethodNotAllowed
		}
	}
	return operation{}, nil, status
}

// strip takes the API's prefix off. v1 answers under two of them.
func strip(path string) (version int, rest string, ok bool) {
	path = strings.TrimSuffix(path, "/")
	for _, prefix := range []string{"/v1/", "/api/v1/"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			return 1, rest, true
		}
	}
	rest, ok = strings.CutPrefix(path, "/api/v2/")
	return 2, rest, ok
}

func (op operation) matches(version int, segments []string) (params []string, ok bool) {
	want := strings.Split(op.path, "/")
	if version != op.version || len(want) != len(segments) {
		return nil, false
	}
	for i, seg := range segments {
		value, err := url.PathUnescape(seg)
		if err != nil {
			return nil, false
		}
		if want[i] == "{}" {
			params = append(params, value)
		} else if want[i] != value {
			return nil, false
		}
	}
	return params, true
}

// OperationOf names the operation that r asks for ("listUsers"); "" for none.
func OperationOf(r *http.Request) string {
	op, _, _ := match(r.Method, r.URL.EscapedPath())
	return op.name
}

// Cost is what an operation costs in tokens, by its name; 0 for an unknown name.
func Cost(name string) int {
	i := slices.IndexFunc(operations, func(op operation) bool { return op.name == name })
	if i < 0 {
		return 0
	}
	return operations[i].cost
}

// subject is the user that the path names. A segment that is no number names nobody.
func (c *call) subject() *User {
	id, err := strconv.ParseInt(c.path[0], 10, 64)
	if err != nil {
		return nil
	}
	return c.account.user(id)
}
