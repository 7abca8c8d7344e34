package collect

import (
	"context"
	"sync"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
)

// Planner foretells what Details and a Renewer would spend, from what the caches and the books say at the moment.
type Planner struct {
	details   *Details
	renewer   *Renewer
	costs     *Costs
	directory people.Directory
}

var _ people.Planner = (*Planner)(nil)

// NewPlanner makes a Planner of details, and of renewer unless that is nil.
func NewPlanner(details *Details, renewer *Renewer, costs *Costs, d people.Directory) *Planner {
	return &Planner{details: details, renewer: renewer, costs: costs, directory: d}
}

// reading is one kind of live read.
type reading struct {
	system    person.System
	operation string
	// calls is how many one read takes of a company of so many users.
	calls func(users int) people.Span
}

var readings = map[string]reading{
	"PipedriveUser.permissions":      {person.Pipedrive, pipedrive.OpPermissions, once},
	"PipedriveUser.roleAssignments":  {person.Pipedrive, pipedrive.OpRoleAssignments, once},
	"PipedriveUser.roleSettings":     {person.Pipedrive, pipedrive.OpRoleSettings, once},
	"PipedriveUser.followers":        {person.Pipedrive, pipedrive.OpFollowers, pagesOfFollowers},
	"PipedreamUser.deployedTriggers": {person.Pipedream, pipedream.OpDeployedTriggers, pagesOfTriggers},
}

func once(int) people.Span { return people.Exactly(1) }

// pagesOfFollowers: followers are users of the same company, 500 to a page. Where the company may have grown to another page
// since it was read, that page counts.
func pagesOfFollowers(users int) people.Span {
	return people.Span{AtLeast: 1, AtMost: min(users/500+1, maxPages)}
}

// pagesOfTriggers: one page of 100 or more for each of four kinds. Nobody is expected to have more than a thousand of one.
func pagesOfTriggers(int) people.Span { return people.Span{AtLeast: 4, AtMost: 40} }

// tokens is the price of one call.
func (r reading) tokens() int {
	cost, _ := budget.CostOf(r.system, r.operation)
	return cost.Tokens
}

// Price is people.Planner's.
func (p *Planner) Price(coordinate string) (people.Price, bool) {
	r, ok := readings[coordinate]
	if !ok {
		return people.Price{}, false
	}
	most := 0
	for _, s := range p.directory.Current().View(access.Principal{}).Sources() {
		if s.System() == r.system {
			most = max(most, sizeOf(s))
		}
	}
	return people.Price{System: r.system, Tokens: r.calls(most).AtMost * r.tokens()}, true
}

// endless is the size of a source that is not wholly known.
const endless = 1 << 30

// sizeOf is how many identities a source has.
func sizeOf(s directory.Source) int {
	if c := s.Coverage(); c != nil && c.Complete {
		return c.Seen
	}
	return endless
}

// Rehearse is people.Planner's.
func (p *Planner) Rehearse(a people.Asker) people.Rehearsal {
	return &rehearsal{
		planner: p, asker: a, view: p.directory.Current().View(access.Principal{}),
		seen: map[any]bool{}, noted: map[purpose]*note{}, below: map[string]int{},
	}
}

// rehearsal is the plan of one response in the making.
type rehearsal struct {
	planner *Planner
	asker   people.Asker
	view    directory.View

	mu sync.Mutex
	// seen are the keys that were asked for.
	seen    map[any]bool
	noted   map[purpose]*note
	below   map[string]int
	renewed [][]*person.Identity
}

type purpose struct {
	source person.SourceID
	field  string
}

// note counts the keys of one purpose by what is held of them.
type note struct {
	fresh, stale, missing, flying int
	// saved is what the fresh ones cost when they were read.
	saved int
}

// heard is a key of one kind.
type heard[K comparable] struct {
	field string
	key   K
}

// foretell notes what a read of one kind would take, and answers what is held as that read would.
func foretell[K comparable, T any](ctx context.Context, r *rehearsal, l *live[K, T], users []*person.Identity) []people.Detail[[]T] {
	keys, firsts, at := l.distinct(users)
	held := l.cache.PeekAll(ctx, keys, cache.Want(r.asker.Wanted))
	r.mu.Lock()
	for n, k := range keys {
		if id := (heard[K]{l.kind.field, k}); !r.seen[id] {
			r.seen[id] = true
			h := held[n]
			r.note(purpose{users[firsts[n]].Source, l.kind.field}, h.Found(), h.IsStale, h.Flying, h.Value.tokens)
		}
	}
	r.mu.Unlock()
	details := make([]people.Detail[[]T], len(users))
	for i, u := range users {
		h, wanted := held[at[i]], r.asker.Wanted
		awaited := h.IsStale && wanted.MaxAge != nil && !wanted.OnlyIfCached
		if details[i].Held = h.Found() && !awaited; details[i].Held {
			details[i].Value = h.Value.all
		}
		if !details[i].Held && wanted.OnlyIfCached {
			details[i].Err = sourced(fault.New(fault.SourceUnavailable, "What %s says is not held, and only-if-cached forbids to read it.", u.Source), u.Source)
		}
	}
	return details
}

// note counts one key. Callers hold mu.
func (r *rehearsal) note(p purpose, found, stale, flying bool, tokens int) {
	n := r.noted[p]
	if n == nil {
		n = &note{}
		r.noted[p] = n
	}
	switch {
	case found && !stale:
		n.fresh++
		n.saved += tokens
	case flying:
		n.flying++
	case found:
		n.stale++
	default:
		n.missing++
	}
}

// Permissions is people.Details'.
func (r *rehearsal) Permissions(ctx context.Context, _ people.Asker, users []*person.Identity) []people.Detail[[]person.Permission] {
	return foretell(ctx, r, r.planner.details.permissions, users)
}

// RoleAssignments is people.Details'.
func (r *rehearsal) RoleAssignments(ctx context.Context, _ people.Asker, users []*person.Identity) []people.Detail[[]person.RoleAssignment] {
	return foretell(ctx, r, r.planner.details.roleAssignments, users)
}

// RoleSettings is people.Details'.
func (r *rehearsal) RoleSettings(ctx context.Context, _ people.Asker, users []*person.Identity) []people.Detail[[]person.RoleSetting] {
	return foretell(ctx, r, r.planner.details.roleSettings, users)
}

// Followers is people.Details'.
func (r *rehearsal) Followers(ctx context.Context, _ people.Asker, users []*person.Identity) []people.Detail[[]person.Follower] {
	return foretell(ctx, r, r.planner.details.followers, users)
}

// DeployedTriggers is people.Details'.
func (r *rehearsal) DeployedTriggers(ctx context.Context, _ people.Asker, users []*person.Identity) []people.Detail[[]person.DeployedTrigger] {
	return foretell(ctx, r, r.planner.details.triggers, users)
}

// Renew is people.Renewer's: it notes who would be read anew.
func (r *rehearsal) Renew(_ context.Context, _ people.Asker, users []*person.Identity) []people.Renewal {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.renewed = append(r.renewed, users)
	return nil
}

// Below is people.Rehearsal's.
func (r *rehearsal) Below(coordinate string, times int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.below[coordinate] = min(r.below[coordinate]+times, endless)
}
