package pipedream

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// The operations, as gates and logs name them.
const (
	OpUsers            = "users.list"
	OpDeleteUser       = "users.delete"
	OpUserAccounts     = "users.accounts"
	OpAccounts         = "accounts.list"
	OpAccount          = "accounts.get"
	OpDeleteAccount    = "accounts.delete"
	OpDeployedTriggers = "deployedTriggers.list"
	OpProjectInfo      = "projects.info"
)

// Project is one environment of one project: "development" or "production".
type Project struct {
	ID          string
	Environment string
}

// Account is the project as in person.Key.Account.
func (p Project) Account() string { return p.ID + "/" + p.Environment }

var projectID = regexp.MustCompile(`^proj_[a-zA-Z0-9]+$`)

func (p Project) validate() error {
	if !projectID.MatchString(p.ID) {
		return fmt.Errorf("the project id must look like proj_abc123")
	}
	if p.Environment != "development" && p.Environment != "production" {
		return fmt.Errorf("the environment must be development or production")
	}
	return nil
}

// Options tune a Client. The zero Options are good.
type Options struct {
	Limits    wire.Limits
	Clock     func() time.Time
	Rand      func() float64
	Transport http.RoundTripper
	Logger    *slog.Logger
	UserAgent string
	// MaxPages ends a list whose pages do not end; 10,000.
	MaxPages int
}

// Client calls one environment of one project. Its errors are *wire.Failure, what
// a gate answered, or a *fault.Error for ids that are refused before any call.
type Client struct {
	wire     *wire.Client
	project  Project
	maxPages int
}

// Credential is the OAuth client of a workspace. scope is space-separated; ""
// asks for everything, so name the least that is needed.
func Credential(source person.SourceID, baseURL, clientID, clientSecret, scope string, opt Options) (wire.Authorizer, error) {
	tokenURL, err := url.JoinPath(baseURL, "/v1/oauth/token")
	if err != nil {
		return nil, fmt.Errorf("source %s: the base URL must look like https://host", source)
	}
	return wire.NewOAuth(wire.OAuthConfig{
		Source: string(source), TokenURL: tokenURL, ClientID: clientID, ClientSecret: clientSecret, Scope: scope,
		Limits: opt.Limits, Clock: opt.Clock, Rand: opt.Rand, Transport: opt.Transport, Logger: opt.Logger, UserAgent: opt.UserAgent,
	})
}

// New makes a client of the host root baseURL ("https://api.pipedream.com").
func New(source person.SourceID, baseURL string, project Project, credential wire.Authorizer, opt Options) (*Client, error) {
	if err := project.validate(); err != nil {
		return nil, fmt.Errorf("source %s: %w", source, err)
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.MaxPages <= 0 {
		opt.MaxPages = 10_000
	}
	w, err := wire.New(wire.Config{
		Source: string(source), BaseURL: baseURL, Credential: credential, Classify: classifier(opt.Clock), Limits: opt.Limits,
		Clock: opt.Clock, Rand: opt.Rand, Transport: opt.Transport, Logger: opt.Logger, UserAgent: opt.UserAgent,
	})
	if err != nil {
		return nil, err
	}
	return &Client{w, project, opt.MaxPages}, nil
}

// As is a copy whose calls are of the given class and ask the given gate.
func (c *Client) As(class wire.Class, gate wire.Gate) *Client {
	return &Client{c.wire.As(class, gate), c.project, c.maxPages}
}

// Project is what the client reads.
func (c *Client) Project() Project { return c.project }

// ProjectInfo reads the apps linked to the project: the cheapest call that
// proves the credential, the project and the environment.
func (c *Client) ProjectInfo(ctx context.Context) (ProjectInfo, error) {
	var out ProjectInfo
	err := c.read(ctx, OpProjectInfo, "/projects/info", nil, &out)
	return out, err
}

// Users reads every external user of the project, page by page.
func (c *Client) Users(ctx context.Context) (List[User], error) {
	return pages[User](ctx, c, OpUsers, "/users", nil)
}

// AccountFilter narrows Accounts. A nil ExternalUserID means everybody's, so that
// an empty id cannot by accident.
type AccountFilter struct {
	ExternalUserID *string
	// App is a name slug ("slack"); "" means every app.
	App string
}

// Accounts reads connected accounts, page by page: the whole project's with the
// zero filter.
func (c *Client) Accounts(ctx context.Context, filter AccountFilter) (List[Account], error) {
	query := url.Values{}
	if filter.ExternalUserID != nil {
		if err := checkExternalUserID(*filter.ExternalUserID); err != nil {
			return List[Account]{}, err
		}
		query.Set("external_user_id", *filter.ExternalUserID)
	}
	if filter.App != "" {
		query.Set("app", filter.App)
	}
	return pages[Account](ctx, c, OpAccounts, "/accounts", query)
}

// UserAccounts reads the accounts of one external user in one call without
// pages. Accounts with a filter serves users with very many accounts better:
// this endpoint has a ceiling near 100.
func (c *Client) UserAccounts(ctx context.Context, externalUserID, app string) ([]Account, error) {
	if err := checkExternalUserID(externalUserID); err != nil {
		return nil, err
	}
	query := url.Values{}
	if app != "" {
		query.Set("app", app)
	}
	var out bare[Account]
	err := c.read(ctx, OpUserAccounts, "/users/"+url.PathEscape(externalUserID)+"/accounts", query, &out)
	return out.Items, err
}

// Account reads one account by its apn_… id.
func (c *Client) Account(ctx context.Context, id string) (Account, error) {
	if err := checkAccountID(id); err != nil {
		return Account{}, err
	}
	var out wrapped[Account]
	err := c.read(ctx, OpAccount, "/accounts/"+url.PathEscape(id), nil, &out)
	return out.value, err
}

// DeployedTriggers reads what is deployed for one external user: at least one
// call for each of the four emitter types.
func (c *Client) DeployedTriggers(ctx context.Context, externalUserID string) ([]person.DeployedTrigger, error) {
	if err := checkExternalUserID(externalUserID); err != nil {
		return nil, err
	}
	var all []person.DeployedTrigger
	for _, emitter := range [...]string{"source", "http", "timer", "email"} {
		query := url.Values{"external_user_id": {externalUserID}, "emitter_type": {emitter}}
		found, err := pages[trigger](ctx, c, OpDeployedTriggers, "/deployed-triggers", query)
		if emitter == "email" && wire.KindOf(err) == wire.BadRequest {
			continue // a documented value without a documented answer: a server may not know it
		}
		if err != nil {
			return nil, err
		}
		for _, t := range found.Items {
			all = append(all, t.convert(emitter))
		}
	}
	return all, nil
}

// Deletion says how a delete found things. Both mean that the thing is gone.
type Deletion uint8

// The two good ends of a delete. AlreadyGone is also the answer to an id that
// never was, or is in another environment.
const (
	Deleted Deletion = iota + 1
	AlreadyGone
)

// DeleteAccount removes one account, its credentials and the triggers that use it.
func (c *Client) DeleteAccount(ctx context.Context, id string) (Deletion, error) {
	if err := checkAccountID(id); err != nil {
		return 0, err
	}
	return c.delete(ctx, OpDeleteAccount, "/accounts/"+url.PathEscape(id))
}

// DeleteUser removes an external user with all accounts and all deployed
// resources. There is no undo.
func (c *Client) DeleteUser(ctx context.Context, externalUserID string) (Deletion, error) {
	if err := checkExternalUserID(externalUserID); err != nil {
		return 0, err
	}
	return c.delete(ctx, OpDeleteUser, "/users/"+url.PathEscape(externalUserID))
}

func (c *Client) delete(ctx context.Context, op, path string) (Deletion, error) {
	req := c.request(http.MethodDelete, op, path, nil)
	req.Write = true
	r, err := c.wire.Do(ctx, req, nil)
	switch {
	case wire.KindOf(err) == wire.NotFound:
		return AlreadyGone, nil
	case err != nil:
		return 0, err
	case r.Status != http.StatusNoContent:
		// Whoever answered, it was not in the way that Pipedream confirms a delete.
		return 0, &wire.Failure{
			Kind: wire.Malformed, Source: c.wire.Source(), Operation: op, Status: r.Status, Sent: true, Ambiguous: true, Cause: errUnconfirmed,
		}
	}
	return Deleted, nil
}

func (c *Client) read(ctx context.Context, op, path string, query url.Values, out any) error {
	_, err := c.wire.Do(ctx, c.request(http.MethodGet, op, path, query), out)
	return err
}

// request is the one place where project calls are made, so that none goes out
// without its environment.
func (c *Client) request(method, op, path string, query url.Values) wire.Request {
	return wire.Request{
		Method: method, Path: "/v1/connect/" + c.project.ID + path, Query: query, Operation: op,
		Header: http.Header{"X-Pd-Environment": {c.project.Environment}},
	}
}
