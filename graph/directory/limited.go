package directory

import (
	"strings"
	"sync"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
)

// maxLimited bounds how many different rows are kept ready of one picture, for each takes an index of what it shows.
const maxLimited = 64

// limited holds what principals with limited rows see of a snapshot: a snapshot for each different Rows, made from the
// records that they show as if there had been no others, when it is first asked for.
//
// Nothing else would do. What is shown of a person is chosen from all of their accounts, and who is one person follows
// from everybody's: hiding rows afterwards would leave names, counts, links and orders that come from what is hidden.
type limited struct {
	// bases are built from the records of a Build, and serve all snapshots that follow from it.
	bases *shelf
	// ready are of one snapshot: a base with the snapshot's changes and source states.
	ready *shelf
	// changes are those that the Build held.
	changes map[person.Key]Change
}

func newLimited(changes map[person.Key]Change) limited {
	return limited{bases: &shelf{}, ready: &shelf{}, changes: changes}
}

// next is for a snapshot with the same base.
func (l limited) next() limited {
	l.ready = &shelf{}
	return l
}

// shelf keeps a snapshot for each Rows. Whoever needs one first makes it, and the others wait.
type shelf struct {
	mu   sync.Mutex
	made map[string]*made
}

type made struct {
	rows access.Rows
	// asked tells that somebody looked, and not only that it was prepared.
	asked bool
	once  sync.Once
	s     *Snapshot
}

func (f *shelf) get(rows access.Rows, asked bool, make func() *Snapshot) *Snapshot {
	m := f.place(rows, asked)
	m.once.Do(func() { m.s = make() })
	return m.s
}

// place is where the snapshot of rows stands. A full shelf gives up another one: who looks at it is served once more.
func (f *shelf) place(rows access.Rows, asked bool) *made {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := rows.Key()
	m := f.made[key]
	if m == nil {
		for other := range f.made {
			if len(f.made) < maxLimited {
				break
			}
			delete(f.made, other)
		}
		if f.made == nil {
			f.made = make(map[string]*made)
		}
		m = &made{rows: rows}
		f.made[key] = m
	}
	m.asked = m.asked || asked
	return m
}

// within is s as if nothing had ever been read but what rows show.
func (s *Snapshot) within(rows access.Rows, asked bool) *Snapshot {
	if rows.All() {
		return s
	}
	return s.limited.ready.get(rows, asked, func() *Snapshot {
		shown := showing{rows, s.in.Linker}
		base := s.limited.bases.get(rows, asked, func() *Snapshot {
			in := s.in
			in.Batches, in.Decisions = shown.batches(in.Batches), s.linked
			if in.Names != nil {
				in.Names = apart{in.Names}
			}
			return build(in, mergeChanges(nil, shown.changes(s.limited.changes)))
		})
		return base.Apply(shown.changes(s.pending)).Decide(s.in.Decisions).WithSources(shown.sources(s.sources, base.batches))
	})
}

// PrepareLike makes what those who looked at old, which may be nil, will look for in s, so that none of them waits for it.
func (s *Snapshot) PrepareLike(old *Snapshot) {
	if old == nil {
		return
	}
	old.limited.bases.mu.Lock()
	var asked []access.Rows
	for _, m := range old.limited.bases.made {
		if m.asked {
			asked = append(asked, m.rows)
		}
	}
	old.limited.bases.mu.Unlock()
	for _, rows := range asked {
		s.within(rows, false)
	}
}

// showing tells what rows show.
type showing struct {
	access.Rows
	linker Linker
}

// identity goes by the record alone: whether an account is shown never depends on another one.
func (r showing) identity(i *person.Identity) bool {
	if !r.Sources.Has(string(i.Source)) {
		return false
	}
	if r.EmailDomains.All() {
		return true
	}
	address := i.Email
	if address == "" {
		// An id can be, or hold, an address.
		if address = i.Key.ID; !strings.Contains(address, "@") {
			return r.ShowAddressless
		}
	}
	canonical, ok := r.linker.Canonical(address)
	return ok && r.EmailDomains.Has(domainOf(canonical))
}

func (r showing) batches(all []person.Batch) []person.Batch {
	var shown []person.Batch
	for _, b := range all {
		if r.Sources.Has(string(b.Source)) {
			shown = append(shown, r.batch(b))
		}
	}
	return shown
}

func (r showing) batch(b person.Batch) person.Batch {
	if r.EmailDomains.All() {
		return b
	}
	shown := make([]*person.Identity, 0, len(b.Identities))
	for _, i := range b.Identities {
		if r.identity(i) {
			shown = append(shown, i)
		}
	}
	b.Identities = shown
	b.Resources = reached(b.Resources, shown)
	b.Coverage = r.coverage(b.Coverage, len(shown))
	return b
}

// reached leaves out the connected apps that nobody of shown reaches. An app is only known because somebody connected
// it, and would say that there is somebody; what a vendor lists for itself stays, with members or without.
func reached(all []*person.Resource, shown []*person.Identity) []*person.Resource {
	met := make(map[person.ResourceKey]bool)
	for _, i := range shown {
		for _, g := range i.Grants {
			met[g.Resource.Key] = true
		}
	}
	var kept []*person.Resource
	for _, r := range all {
		if !fromAccounts(r.Key.Kind) || met[r.Key] {
			kept = append(kept, r)
		}
	}
	return kept
}

// coverage keeps whether a reading was complete, and no count of what is hidden.
func (r showing) coverage(c person.Coverage, seen int) person.Coverage {
	if r.EmailDomains.All() {
		return c
	}
	return person.Coverage{Seen: seen, Total: -1, Complete: c.Complete, GrantsComplete: c.GrantsComplete}
}

// changes keeps those of shown sources. What is hidden now is gone, also if it was shown before.
func (r showing) changes(all map[person.Key]Change) []Change {
	var shown []Change
	for _, c := range all {
		switch {
		case c.Identity == nil || r.identity(c.Identity):
			shown = append(shown, c)
		case r.Sources.Has(string(c.Identity.Source)):
			shown = append(shown, Change{Key: c.Key, ObservedAt: c.ObservedAt})
		}
	}
	return shown
}

func (r showing) sources(all []person.SourceState, batches map[person.SourceID]*person.Batch) []person.SourceState {
	shown := []person.SourceState{}
	for _, s := range all {
		if !r.Sources.Has(string(s.ID)) {
			continue
		}
		seen := 0
		if b := batches[s.ID]; b != nil {
			seen = len(b.Identities)
		}
		s.Coverage = r.coverage(s.Coverage, seen)
		shown = append(shown, s)
	}
	return shown
}

// Limited is how many different rows are kept ready of s.
func (s *Snapshot) Limited() int {
	s.limited.ready.mu.Lock()
	defer s.limited.ready.mu.Unlock()
	return len(s.limited.ready.made)
}

// fromAccounts tells whether resources of a kind are known only because somebody's account leads to them. Companies,
// organizations, pipes and tables are there without members.
func fromAccounts(k person.ResourceKind) bool {
	return k == person.ResourceConnectedApp || k == person.ResourceCompanyApp
}
