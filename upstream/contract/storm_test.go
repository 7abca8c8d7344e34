package contract_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	simdrive "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// deed is one thing that happens in a storm: a call, time that passes, a wall clock that is set, or a process that dies.
type deed struct {
	do     string
	after  time.Duration // that passes, or by which the wall is wrong
	class  wire.Class
	what   int
	fault  string
	flight time.Duration
	at     int // the process
}

// arrival is a request that Pipedrive let in.
type arrival struct {
	at     time.Time
	tokens int
	class  wire.Class
}

// storm is two processes with real clients over one store before one simulator.
type storm struct {
	limits    budget.Limits
	server    *simdrive.Server
	blind     bool
	token     string
	users     []int64
	store     budget.Store
	clock     *skewed
	processes [2]*process
	calls     sync.WaitGroup

	mu       sync.Mutex
	arrivals []arrival
}

// skewed is a clock whose wall somebody sets.
type skewed struct {
	began  time.Time
	offset atomic.Int64
}

func (c *skewed) Wall() time.Time        { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *skewed) Elapsed() time.Duration { return time.Since(c.began) }

// process has a store that dies with it: what it reserved is never settled.
type process struct {
	budget.Store
	dead   atomic.Bool
	costs  *collect.Costs
	client *pipedrive.Client
}

var errDead = errors.New("the process is dead")

func (p *process) Reserve(ctx context.Context, l budget.Limits, a budget.Ask) (budget.Decision, budget.Reservation, error) {
	if p.dead.Load() {
		return budget.Decision{}, budget.Reservation{}, errDead
	}
	return p.Store.Reserve(ctx, l, a)
}

func (p *process) Settle(ctx context.Context, l budget.Limits, r budget.Reservation, o budget.Outcome) error {
	if p.dead.Load() {
		return errDead
	}
	return p.Store.Settle(ctx, l, r, o)
}

// newStorm makes one before a company of eight. Where the vendor's day is enforced, the simulator has no token more than the share.
func newStorm(enforced bool) *storm {
	s := &storm{blind: !enforced, clock: &skewed{began: time.Now()}, token: small().Credentials.Pipedrive[0].Token}
	s.limits = budget.Limits{Account: "company", Credential: "token", Tokens: 400, Burst: 12}
	company := *small().Pipedrive.Companies[0]
	company.Users, company.Budget, company.Burst = company.Users[:8], 1_000_000_000, s.limits.Burst
	if enforced {
		company.Budget, s.limits.Reset = s.limits.Tokens, new(time.Duration)
	}
	for _, u := range company.Users[1:] {
		s.users = append(s.users, u.ID)
	}
	s.server = simdrive.New(&simdrive.State{Companies: []*simdrive.Company{&company}}, simdrive.Options{})
	s.store = budget.NewMemory(s.clock)
	s.store.Read(context.Background(), s.limits) // the wall is right when it is first looked at
	for i := range s.processes {
		s.start(i)
	}
	return s
}

func (s *storm) start(i int) {
	p := &process{Store: s.store}
	p.costs = collect.NewCosts(budget.NewLedger(p), map[person.SourceID]collect.Charge{drive: {System: person.Pipedrive, Limits: s.limits}}, collect.CostOptions{})
	client, err := pipedrive.New(drive, "http://drive", pipedrive.TokenCredential(s.token), pipedrive.Options{
		Transport: s, Limits: wire.Limits{Timeout: 5 * time.Second},
	})
	if err != nil {
		panic(err)
	}
	p.client = client
	s.processes[i] = p
}

// do does d. Calls go on behind.
func (s *storm) do(d deed) {
	switch d.do {
	case "pass":
		time.Sleep(d.after)
	case "step":
		s.clock.offset.Store(int64(d.after))
	case "crash":
		s.processes[d.at].dead.Store(true)
		s.start(d.at)
	case "call":
		p := s.processes[d.at]
		s.calls.Go(func() {
			defer func() { _ = recover() }() // of the transport
			ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), underway{}, d), 10*time.Second)
			defer cancel()
			s.call(ctx, p.client.As(d.class, p.costs.Gate(budget.Attribution{})), d)
		})
	}
}

// call makes a call as any part of the gateway may; what it answers is of no interest.
func (s *storm) call(ctx context.Context, c *pipedrive.Client, d deed) {
	user := s.users[d.what%len(s.users)]
	switch d.what % 7 {
	case 0:
		_, _ = c.Users(ctx)
	case 1:
		_, _ = c.Permissions(ctx, user)
	case 2:
		_, _ = c.FindUsers(ctx, "a", false)
	case 3:
		_, _ = c.Me(ctx)
	case 4:
		if d.class == wire.Mutation {
			_, _ = c.SetUserActive(ctx, user, d.what%2 == 0)
		}
	default:
		_, _ = c.User(ctx, user)
	}
}

// underway is the context's key of the deed that a request belongs to.
type underway struct{}

// RoundTrip is the network in a storm: requests arrive or do not, and so do answers.
func (s *storm) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	d := r.Context().Value(underway{}).(deed)
	if d.fault == "unreachable" {
		httptrace.ContextClientTrace(r.Context()).GetConn("drive")
		return nil, errors.New("connection refused")
	}
	if err := pass(r.Context(), d.flight); err != nil {
		return nil, err
	}
	if d.fault == "lost request" {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	answer := httptest.NewRecorder()
	s.server.ServeHTTP(answer, received(r))
	if answer.Code != http.StatusTooManyRequests {
		s.mu.Lock()
		s.arrivals = append(s.arrivals, arrival{time.Now(), simdrive.Cost(simdrive.OperationOf(r)), d.class})
		s.mu.Unlock()
	}
	switch d.fault {
	case "panic":
		panic(http.ErrAbortHandler)
	case "lost answer":
		<-r.Context().Done()
		return nil, r.Context().Err()
	case "failure":
		return &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	if s.blind {
		for _, name := range tokenHeaders {
			answer.Header().Del(name)
		}
	}
	if err := pass(r.Context(), d.flight); err != nil {
		return nil, err
	}
	return answer.Result(), nil
}

// judge holds the simulator's meters against the limits, and every window of what arrived against the shares of the classes.
func (s *storm) judge() error {
	u := s.server.Usage()
	if peak := u.Peak[s.token]; peak > s.limits.Burst || len(u.Refused) > 0 {
		return fmt.Errorf("a window held %d requests of %d, and Pipedrive refused %v", peak, s.limits.Burst, u.Refused)
	}
	for i, first := range s.arrivals {
		begin := first.at
		if s.limits.Reset != nil {
			begin = first.at.Truncate(24 * time.Hour)
		}
		var all, reads, refresh int
		for _, a := range s.arrivals[i:] {
			if !a.at.Before(begin.Add(24 * time.Hour)) {
				break
			}
			all += a.tokens
			if a.class != wire.Mutation {
				reads += a.tokens
			}
			if a.class == wire.Refresh {
				refresh += a.tokens
			}
		}
		if share := s.limits.Tokens; all > share || reads > share*95/100 || refresh > share/2 {
			return fmt.Errorf("in the day from %s %d tokens of %d were spent, %d of them by reads and %d by refreshing", begin, all, share, reads, refresh)
		}
	}
	return nil
}
