package pipedrive

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/hook"
)

// Options are what the documents leave open and what tests need to turn. The zero
// Options behave as live accounts were last seen to behave.
type Options struct {
	// Now tells the time for limits, budgets and new records; nil means time.Now.
	Now func() time.Time
	// Latency is how long each answer takes, in real time.
	Latency time.Duration
	// HideUndocumented leaves out the headers and fields that no document names: the
	// daily token headers, retry-after and is_admin. The documented activated comes back instead.
	HideUndocumented bool
	// ResetZone is where the budget's midnight is; nil means UTC. The documents do not name it.
	ResetZone *time.Location
	// RefuseDuplicates answers 400 to POST /users with an address that the company
	// knows; otherwise the known user is returned. The documents do not say.
	RefuseDuplicates bool
	// BlockAfter is how many 429s within a minute bring the HTML 403 on an API token; 0 means 50.
	BlockAfter int
	// BlockFor is how long that block lasts; 0 means 15 minutes.
	BlockFor time.Duration
	// Outbox sends webhooks; nil: none are sent.
	Outbox *hook.Outbox
}

// Server is the pretend Pipedrive. It is safe for concurrent use.
type Server struct {
	opt Options

	mu        sync.Mutex
	companies []*account
	tokens    map[string]*credential
	nextID    int64
	meter     Usage
}

// account is a company with its books.
type account struct {
	*Company
	byID  map[int64]int // index in Users
	day   time.Time     // the midnight that began the present budget
	spent int
	// writes are the POST and PUT requests since day.
	writes int
	// subscriptions are the webhooks.
	subscriptions []Subscription
}

// New simulates a copy of state, which it leaves as it is.
func New(state *State, opt Options) *Server {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.ResetZone == nil {
		opt.ResetZone = time.UTC
	}
	if opt.BlockAfter == 0 {
		opt.BlockAfter = 50
	}
	if opt.BlockFor == 0 {
		opt.BlockFor = 15 * time.Minute
	}
	s := &Server{opt: opt, tokens: map[string]*credential{}, meter: newUsage()}
	for _, company := range state.Companies {
		c := *company
		c.Users = slices.Clone(c.Users)
		a := &account{Company: &c, byID: make(map[int64]int, len(c.Users))}
		if a.Budget == 0 {
			a.Budget = 30_000
		}
		if a.Burst == 0 {
			a.Burst = 20
		}
		for i, u := range c.Users {
			a.byID[u.ID] = i
			s.nextID = max(s.nextID, u.ID+1)
		}
		for _, t := range c.Tokens {
			s.tokens[t.Value] = newCredential(t, a)
		}
		s.companies = append(s.companies, a)
	}
	return s
}

// call is one request that has been let in.
type call struct {
	*http.Request
	now     time.Time
	account *account
	caller  *User
	path    []string // segments of the operation's path parameters
}

// ServeHTTP answers as Pipedrive would: the gateway's refusals first, then the
// limits, then the operation.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := s.opt.Now()
	w.Header().Set("x-correlation-id", correlationID())
	a := s.admit(r, now, w.Header())
	if !s.wait(r) {
		return
	}
	a.write(w)
}

// admit lets r in or refuses it, and answers it.
func (s *Server) admit(r *http.Request, now time.Time, h http.Header) answer {
	value, oauth, ok := presented(r)
	if !ok {
		return failed(http.StatusBadRequest, "Malformed Authorization header")
	}
	body, tooLarge := readBody(r)

	s.mu.Lock()
	defer s.mu.Unlock()
	cred := s.tokens[value]
	if cred == nil || cred.OAuth != oauth || cred.expired(now) {
		s.meter.Refused["unauthorized"]++
		return unauthorized(oauth)
	}
	op, params, found := match(r.Method, r.URL.EscapedPath())
	refused, stop := s.limit(cred, op, now, h)
	if stop {
		return refused
	}
	if found != http.StatusOK {
		return failed(found, http.StatusText(found))
	}
	s.meter.Requests[op.name]++
	if tooLarge {
		return failed(http.StatusRequestEntityTooLarge, "Request entity too large")
	}
	caller := cred.account.user(cred.UserID)
	if caller == nil || !caller.Active {
		return forbidden("You do not have permissions to do this.")
	}
	if !cred.allows(op.scope) {
		s.meter.Refused["forbidden"]++
		return forbidden("Scope and URL mismatch")
	}
	if op.scope == scopeAdmin && !caller.has("global", true) {
		s.meter.Refused["forbidden"]++
		return forbidden("You do not have permissions to do this.")
	}
	return op.serve(s, &call{Request: r, now: now, account: cred.account, caller: caller, path: params}, body)
}

// wait spends the simulated latency and tells whether the caller is still there.
func (s *Server) wait(r *http.Request) bool {
	if s.opt.Latency <= 0 {
		return true
	}
	t := time.NewTimer(s.opt.Latency)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (a *account) user(id int64) *User {
	if i, ok := a.byID[id]; ok {
		return a.Users[i]
	}
	return nil
}

func correlationID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
