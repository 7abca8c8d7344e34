package pipedrive

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// The operations, as gates and logs name them.
const (
	OpUsers           = "users.list"
	OpUser            = "users.get"
	OpMe              = "users.me"
	OpFind            = "users.find"
	OpPermissions     = "users.permissions"
	OpRoleAssignments = "users.roleAssignments"
	OpRoleSettings    = "users.roleSettings"
	OpFollowers       = "users.followers"
	OpAdd             = "users.add"
	OpUpdate          = "users.update"
)

// pageSize is the most that paged calls give; they cost the same at any size.
const pageSize = 500

// maxPages ends a server that always promises one more page.
const maxPages = 200

// Options tune a Client. The zero Options are good.
type Options struct {
	Limits    wire.Limits
	Clock     func() time.Time
	Rand      func() float64
	Transport http.RoundTripper
	Logger    *slog.Logger
	UserAgent string
}

// Client calls one company's account with one credential. Its errors are
// *wire.Failure, what a gate answered, or a *fault.Error for arguments that are
// refused before any call.
type Client struct{ wire *wire.Client }

// New makes a client of the host root baseURL ("https://acme.pipedrive.com").
// credential is TokenCredential or an OAuth bearer.
func New(source person.SourceID, baseURL string, credential wire.Authorizer, opt Options) (*Client, error) {
	w, err := wire.New(wire.Config{
		Source: string(source), BaseURL: baseURL, Credential: credential, Classify: classify, Limits: opt.Limits,
		Clock: opt.Clock, Rand: opt.Rand, Transport: opt.Transport, Logger: opt.Logger, UserAgent: opt.UserAgent,
	})
	if err != nil {
		return nil, err
	}
	return &Client{w}, nil
}

// TokenCredential sends a personal API token.
func TokenCredential(token string) wire.Authorizer { return wire.HeaderToken("x-api-token", token) }

// As is a copy whose calls are of the given class and ask the given gate.
func (c *Client) As(class wire.Class, gate wire.Gate) *Client { return &Client{c.wire.As(class, gate)} }

// Me reads the credential's own user and company: 2 tokens.
func (c *Client) Me(ctx context.Context) (Me, error) {
	var out one[Me]
	err := c.read(ctx, OpMe, "/api/v1/users/me", nil, &out)
	return out.Data.Value, err
}

// Users reads all users of the company, deactivated ones included: 20 tokens.
// The endpoint has no pages.
func (c *Client) Users(ctx context.Context) (Users, error) {
	return c.list(ctx, OpUsers, "/api/v1/users", nil)
}

// FindUsers searches by name, or by e-mail address: 40 tokens, twice the price of Users.
func (c *Client) FindUsers(ctx context.Context, term string, byEmail bool) (Users, error) {
	if term == "" {
		return Users{}, fault.New(fault.BadUserInput, "A search of Pipedrive users needs a term.")
	}
	query := url.Values{"term": {term}}
	if byEmail {
		query.Set("search_by_email", "1")
	}
	return c.list(ctx, OpFind, "/api/v1/users/find", query)
}

// User reads one user: 2 tokens.
func (c *Client) User(ctx context.Context, id int64) (User, error) {
	var out one[User]
	err := c.read(ctx, OpUser, userPath("v1", id, ""), nil, &out)
	return out.Data.Value, err
}

// Permissions reads a user's permissions, ordered by name: 10 tokens.
func (c *Client) Permissions(ctx context.Context, id int64) ([]person.Permission, error) {
	var out one[permissions]
	err := c.read(ctx, OpPermissions, userPath("v1", id, "/permissions"), nil, &out)
	return out.Data.Value.convert(), err
}

// RoleSettings reads the defaults that a user's role sets, ordered by name: 10
// tokens. They depend on the role alone.
func (c *Client) RoleSettings(ctx context.Context, id int64) ([]person.RoleSetting, error) {
	var out one[roleSettings]
	err := c.read(ctx, OpRoleSettings, userPath("v1", id, "/roleSettings"), nil, &out)
	return out.Data.Value.convert(), err
}

// RoleAssignments reads all roles of a user: 10 tokens for each page of 500.
func (c *Client) RoleAssignments(ctx context.Context, id int64) ([]person.RoleAssignment, error) {
	var all []person.RoleAssignment
	start := int64(0)
	for range maxPages {
		var out page[roleAssignment]
		query := url.Values{"start": {strconv.FormatInt(start, 10)}, "limit": {strconv.Itoa(pageSize)}}
		if err := c.read(ctx, OpRoleAssignments, userPath("v1", id, "/roleAssignments"), query, &out); err != nil {
			return nil, err
		}
		for _, a := range out.Data.Items {
			all = append(all, a.convert())
		}
		next, more := out.next(start)
		if !more {
			return all, nil
		}
		start = next
	}
	return nil, &wire.Failure{Kind: wire.TooLarge, Source: c.wire.Source(), Operation: OpRoleAssignments, Cause: errEndless}
}

// Followers reads one page, of at most 500, of the users who follow a user: 10
// tokens. cursor is "" for the first page; next is "" after the last.
func (c *Client) Followers(ctx context.Context, id int64, cursor string) (followers []person.Follower, next string, err error) {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	var out page[follower]
	if err := c.read(ctx, OpFollowers, userPath("v2", id, "/followers"), query, &out); err != nil {
		return nil, "", err
	}
	for _, f := range out.Data.Items {
		followers = append(followers, person.Follower{UserID: f.UserID.Value, AddedAt: f.AddTime.Time})
	}
	if next = string(out.AdditionalData.Value.NextCursor); next == cursor {
		next = "" // a cursor that leads to itself leads nowhere
	}
	return followers, next, nil
}

// NewUser is an invitation. Apps are the apps it opens ("sales"); empty leaves
// them to Pipedrive, which opens sales.
type NewUser struct {
	Email    string
	Apps     []string
	Inactive bool
}

// AddUser invites a user, who then takes a seat: 10 tokens. It is never repeated
// once it was sent: a Failure with Ambiguous set leaves open whether the
// invitation went out.
func (c *Client) AddUser(ctx context.Context, u NewUser) (User, error) {
	if u.Email == "" {
		return User{}, fault.New(fault.BadUserInput, "A new Pipedrive user needs an e-mail address.")
	}
	body := addUser{Email: u.Email, ActiveFlag: !u.Inactive}
	for _, app := range u.Apps {
		body.Access = append(body.Access, addAccess{app})
	}
	return c.write(ctx, http.MethodPost, OpAdd, "/api/v1/users", body)
}

// SetUserActive activates or deactivates a user: 10 tokens.
func (c *Client) SetUserActive(ctx context.Context, id int64, active bool) (User, error) {
	return c.write(ctx, http.MethodPut, OpUpdate, userPath("v1", id, ""), updateUser{active})
}

func userPath(version string, id int64, rest string) string {
	return "/api/" + version + "/users/" + strconv.FormatInt(id, 10) + rest
}

func (c *Client) read(ctx context.Context, op, path string, query url.Values, out any) error {
	_, err := c.wire.Do(ctx, wire.Request{Method: http.MethodGet, Path: path, Query: query, Operation: op}, out)
	return err
}

func (c *Client) write(ctx context.Context, method, op, path string, body any) (User, error) {
	var out one[User]
	_, err := c.wire.Do(ctx, wire.Request{Method: method, Path: path, Body: body, Operation: op, Write: true}, &out)
	return out.Data.Value, err
}

func (c *Client) list(ctx context.Context, op, path string, query url.Values) (Users, error) {
	var out page[User]
	if err := c.read(ctx, op, path, query, &out); err != nil {
		return Users{}, err
	}
	if op == OpUsers && len(out.Data.Items) == 0 {
		// The credential's own user is always there: nobody is no answer.
		return Users{}, &wire.Failure{Kind: wire.Malformed, Source: c.wire.Source(), Operation: op, Sent: true, Cause: errNoData}
	}
	return Users{List: out.Data.Items, Dropped: out.Data.Dropped}, nil
}
