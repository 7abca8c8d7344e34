package pipefy

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/Khan/genqlient/graphql"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// DefaultBaseURL is where Pipefy serves its API.
const DefaultBaseURL = "https://api.pipefy.com"

// The operations, as a Gate sees them.
const (
	OpMe                  = "me"
	OpOrganization        = "organization"
	OpOrganizations       = "organizations"
	OpOrganizationMembers = "organization.members"
	OpOrganizationPipes   = "organization.pipes"
	OpOrganizationTables  = "organization.tables"
	OpPipesMembers        = "pipes.members"
	OpTablesMembers       = "tables.members"
	OpInviteMembers       = "inviteMembers"
	OpSetRole             = "setRole"
	OpSetRoles            = "setRoles"
	OpRemoveUserFromOrg   = "removeUserFromOrg"
	OpRemoveUserFromPipe  = "removeUserFromPipe"
	OpRemoveUserFromTable = "removeUserFromTable"
)

// PipeRemoval is the mutation that takes a member off a pipe. Pipefy's guide and
// its schema disagree about the name.
type PipeRemoval string

// The spellings. RemoveUserFromPipe and RemoveUserFromRepo go by e-mail,
// RemoveMembersFromPipe by the uuids of pipe and user.
const (
	RemoveUserFromPipe    PipeRemoval = "removeUserFromPipe"
	RemoveUserFromRepo    PipeRemoval = "removeUserFromRepo"
	RemoveMembersFromPipe PipeRemoval = "removeMembersFromPipe"
)

// MaxBatch is the most pipes or tables that one document may ask for. It keeps a
// document under Pipefy's complexity limit of 50,000 even if plain lists count as
// pages of 50, which is not documented.
const MaxBatch = 50

// Options are what a Client can do without.
type Options struct {
	// PipeRemoval is RemoveUserFromPipe when "".
	PipeRemoval PipeRemoval
	// Batch is how many pipes or tables one document asks for at most: 1 to MaxBatch; 25 when 0. Less is asked for where
	// the server has shown that it cannot bear it.
	Batch int
	// PublicPipes also lists the organization's public pipes, to which the
	// credential does not belong.
	PublicPipes bool
}

// Client talks to Pipefy with one credential. It is safe for concurrent use.
type Client struct {
	wire  *wire.Client
	opts  Options
	sizes *sizes
}

// vendorLimit is how long Pipefy works on a document before it gives up.
const vendorLimit = 33 * time.Second

// New makes a Client of class wire.Refresh without a Gate. An empty BaseURL is
// DefaultBaseURL; Classify is set here. Unless cfg says otherwise an attempt may
// last a little longer than Pipefy's own limit, so that Pipefy says that a
// document was too slow, and we need not guess.
func New(cfg wire.Config, o Options) (*Client, error) {
	o.PipeRemoval = cmp.Or(o.PipeRemoval, RemoveUserFromPipe)
	switch o.PipeRemoval {
	case RemoveUserFromPipe, RemoveUserFromRepo, RemoveMembersFromPipe:
	default:
		return nil, fmt.Errorf("source %s: the pipe removal must be %s, %s or %s",
			cfg.Source, RemoveUserFromPipe, RemoveUserFromRepo, RemoveMembersFromPipe)
	}
	o.Batch = cmp.Or(o.Batch, 25)
	if o.Batch < 1 || o.Batch > MaxBatch {
		return nil, fmt.Errorf("source %s: the batch must be 1 to %d", cfg.Source, MaxBatch)
	}
	cfg.BaseURL = cmp.Or(cfg.BaseURL, DefaultBaseURL)
	cfg.Limits.Timeout = cmp.Or(cfg.Limits.Timeout, vendorLimit+2*time.Second)
	clock := cfg.Clock
	if clock == nil {
		clock = time.Now
	}
	cfg.Classify = func(a wire.Answer) wire.Verdict { return classify(a, clock()) }
	w, err := wire.New(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{wire: w, opts: o, sizes: &sizes{family: map[string]size{}}}, nil
}

// As is a cheap copy whose calls are of the given class and ask the given gate.
func (c *Client) As(class wire.Class, gate wire.Gate) *Client {
	copied := *c
	copied.wire = c.wire.As(class, gate)
	return &copied
}

// reading and writing give a generated function its way to the vendor.
func (c *Client) reading(operation string) graphql.Client { return sender{c.wire, operation, false} }
func (c *Client) writing(operation string) graphql.Client { return sender{c.wire, operation, true} }

// sender sends documents over wire under one operation's name.
type sender struct {
	wire      *wire.Client
	operation string
	write     bool
}

// MakeRequest implements graphql.Client. Its error is a *wire.Failure, what the
// gate answered, or a *partial beside decoded data.
func (s sender) MakeRequest(ctx context.Context, req *graphql.Request, resp *graphql.Response) error {
	a := answer{into: resp.Data, write: s.write}
	if err := s.send(ctx, req.Query, req.Variables, &a); err != nil {
		return err
	}
	if len(a.problems) > 0 {
		return &partial{a.problems}
	}
	return nil
}

// send posts one document. The operation name is left out: each document holds
// one operation, and the documented body is query and variables.
func (s sender) send(ctx context.Context, query string, variables any, a *answer) error {
	body := struct {
		Query     string `json:"query"`
		Variables any    `json:"variables,omitempty"`
	}{query, variables}
	_, err := s.wire.Do(ctx, wire.Request{
		Method: http.MethodPost, Path: "/graphql", Body: body, Operation: s.operation, Write: s.write,
	}, a)
	return err
}
