package oidc

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/authn"
)

const (
	// allowanceFor outlasts what was begun with a token just before it was forgotten: operations take ten minutes at most.
	allowanceFor = longestMemory + 15*time.Minute
	// mostAllowances bounds for how many principals allowances are known. Beyond, the least that there is holds.
	mostAllowances = 100_000
)

// allowances know what those who came with tokens may spend. Somebody may hold two tokens with different roles: the
// smallest of each number holds while both are in use.
type allowances struct {
	now func() time.Time
	// least is for those of whom nothing is known any more; nil where no role has an allowance.
	least authn.Allowance

	mu    sync.Mutex
	known map[string][]granted
	swept time.Time
}

type granted struct {
	roles     string
	allowance authn.Allowance
	until     time.Time
}

func newAllowances(issuers []Issuer, roles map[string]authn.Role, now func() time.Time) *allowances {
	a := &allowances{now: now, known: map[string][]granted{}, swept: now()}
	for _, i := range issuers {
		for _, names := range i.Roles {
			for _, name := range names {
				for system, n := range roles[name].Allowance {
					if n > 0 && a.least == nil {
						a.least = authn.Allowance{}
					}
					if old := a.least[system]; n > 0 && (old == 0 || n < old) {
						a.least[system] = n
					}
				}
			}
		}
	}
	return a
}

// note remembers what somebody with these roles may spend.
func (a *allowances) note(name string, roles []string, allowance authn.Allowance) {
	if a.least == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now, key := a.now(), strings.Join(roles, "\x00")
	if now.Sub(a.swept) > longestMemory {
		a.sweep(now)
	}
	list := slices.DeleteFunc(a.known[name], func(g granted) bool { return g.roles == key || !now.Before(g.until) })
	if len(list) == 0 && len(a.known) >= mostAllowances {
		return
	}
	a.known[name] = append(list, granted{key, allowance, now.Add(allowanceFor)})
}

func (a *allowances) sweep(now time.Time) {
	a.swept = now
	for name, list := range a.known {
		if !slices.ContainsFunc(list, func(g granted) bool { return now.Before(g.until) }) {
			delete(a.known, name)
		}
	}
}

// of is what a principal may spend on each account of a system; 0: no bound.
func (a *allowances) of(name string, system person.System) int {
	if a.least == nil || !strings.HasPrefix(name, prefix) {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	list, ok := a.known[name]
	if !ok {
		return a.least[system]
	}
	least := 0
	now := a.now()
	current := slices.ContainsFunc(list, func(g granted) bool { return now.Before(g.until) })
	for _, g := range list {
		if n := g.allowance[system]; n > 0 && (least == 0 || n < least) && (!current || now.Before(g.until)) {
			least = n
		}
	}
	return least
}
