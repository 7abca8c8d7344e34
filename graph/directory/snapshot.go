// Package directory is the immutable, indexed picture of all people, from which
// every list, filter, order, page and count is answered.
//
// A Snapshot is a base, rebuilt for every refresh, and perhaps an overlay: a second,
// small index that replaces the people whom a few changes have touched. Both are
// read through a View, as layers of one list.
package directory

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// Linker decides which identities are one person. *link.Linker is one.
type Linker interface {
	// Link clusters identities; see link.Result.
	Link(identities []*person.Identity, decisions []link.Decision) link.Result
	// Canonical is the form of an address in which equal means the same mailbox,
	// and false for what is no address.
	Canonical(email string) (string, bool)
	// Index finds all whom an identity can be tied to: two who are not related by it
	// and have no decision between them never affect each other.
	Index(identities []*person.Identity) *link.KeyIndex
}

// Names remembers who was called what. It is safe for concurrent use.
type Names interface {
	// Name gives a seat to whoever has none, and each cluster its id, at its smallest identity; see lineage.Book.
	Name(identities []*person.Identity, cluster []int32, present func(person.Key) bool) []person.ID
	// Seat is what is kept of a key.
	Seat(person.Key) (lineage.Seat, bool)
	// Resolve is the id that a retired one led to in the end.
	Resolve(person.ID) person.ID
}

// Input is everything a snapshot is built from.
type Input struct {
	Version uint64
	// At is when the snapshot is built.
	At time.Time
	// Batches holds the last reading of every source that has been read.
	Batches []person.Batch
	// Sources holds every configured source, also those never read.
	Sources   []person.SourceState
	Linker    Linker
	Decisions []link.Decision
	// PersonID is the id of a person whose smallest identity key is the argument. No
	// two keys may share one. It must be safe for concurrent use.
	PersonID func(person.Key) person.ID
	// Names gives people the ids that they keep; nil: each is called after its smallest key, by PersonID.
	Names Names
	// Redirects sends retired ids to their survivors.
	Redirects map[person.ID]person.ID
}

// Snapshot is an immutable picture; all methods are safe for concurrent use.
type Snapshot struct {
	in      Input
	changes map[person.Key]Change // all since in was read
	// layers is the base and perhaps an overlay.
	layers  []layer
	pending map[person.Key]Change // those that the overlay holds
	// linked are the decisions that the base was linked by; decided are the keys of those that have changed since.
	linked  []link.Decision
	decided map[person.Key]bool

	batches map[person.SourceID]*person.Batch
	sources []person.SourceState // by system and name

	limited limited
}

// layer is an index as part of a snapshot. The numbers that handles hold run
// through all layers: first is where those of this one start.
type layer struct {
	*index
	// hidden are the people that a later layer replaces; nil when none is.
	hidden bitset
	// replaced are their identities, ascending.
	replaced []int32
	first    struct{ person, identity, resource int32 }
}

func (l *layer) showsPerson(p int32) bool   { return l.hidden == nil || !l.hidden.has(p) }
func (l *layer) showsIdentity(i int32) bool { return l.showsPerson(l.clusters.personOf[i]) }

// Build indexes and links what the sources said.
func Build(in Input) *Snapshot { return build(in, nil) }

func build(in Input, changes map[person.Key]Change) *Snapshot {
	in.Batches = sortedBatches(in.Batches)
	identities := gather(in.Batches, changes)
	base := newIndex(&in, in.Batches, identities, in.Decisions, nil)
	s := &Snapshot{
		in: in, changes: changes, linked: in.Decisions,
		layers:  []layer{{index: base}},
		batches: make(map[person.SourceID]*person.Batch, len(in.Batches)),
		sources: sortedSources(in.Sources),
		limited: newLimited(changes),
	}
	for i := range in.Batches {
		s.batches[in.Batches[i].Source] = &in.Batches[i]
	}
	return s
}

// WithSources gives a snapshot with other source states and the same people.
func (s *Snapshot) WithSources(sources []person.SourceState) *Snapshot {
	next := *s
	next.in.Sources = slices.Clone(sources)
	next.sources = sortedSources(sources)
	next.limited = s.limited.next()
	return &next
}

func sortedSources(sources []person.SourceState) []person.SourceState {
	sorted := slices.Clone(sources)
	slices.SortFunc(sorted, func(a, b person.SourceState) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.ID, b.ID))
	})
	return sorted
}

// Version is Input.Version.
func (s *Snapshot) Version() uint64 { return s.in.Version }

// At is Input.At.
func (s *Snapshot) At() time.Time { return s.in.At }

// View is what a principal may read of s.
func (s *Snapshot) View(p access.Principal) View {
	return View{s: s.within(p.Rows(), true), by: &beholder{principal: p, whole: s}}
}

// person finds the layer of a person's number, and the number in it.
func (s *Snapshot) person(n int32) (*layer, int32) {
	l := &s.layers[len(s.layers)-1]
	if n < l.first.person {
		l = &s.layers[0]
	}
	return l, n - l.first.person
}

func (s *Snapshot) identity(n int32) (*layer, int32) {
	l := &s.layers[len(s.layers)-1]
	if n < l.first.identity {
		l = &s.layers[0]
	}
	return l, n - l.first.identity
}

func (s *Snapshot) resource(n int32) (*layer, int32) {
	l := &s.layers[len(s.layers)-1]
	if n < l.first.resource {
		l = &s.layers[0]
	}
	return l, n - l.first.resource
}

// findIdentity is the number of the identity with a key.
func (s *Snapshot) findIdentity(k person.Key) (int32, bool) {
	for i := range s.layers {
		l := &s.layers[i]
		if n, ok := l.identity(k); ok && l.showsIdentity(n) {
			return l.first.identity + n, true
		}
	}
	return 0, false
}

// findResource is the number of the resource with a key. The base's record counts
// when both layers have one.
func (s *Snapshot) findResource(k person.ResourceKey) (int32, bool) {
	for i := range s.layers {
		l := &s.layers[i]
		if n, ok := l.resources.find(k); ok && s.showsResource(i, n) {
			return l.first.resource + n, true
		}
	}
	return 0, false
}

// showsResource tells whether resource n of a layer stands for its key: it is
// listed or somebody may reach it, and no earlier layer has it.
func (s *Snapshot) showsResource(layerNumber int, n int32) bool {
	l := &s.layers[layerNumber]
	if layerNumber > 0 {
		_, earlier := s.layers[0].resources.find(l.resources.all[n].Key)
		return !earlier || !s.showsResource(0, s.mustFind(l.resources.all[n].Key))
	}
	if l.hidden == nil || l.resources.listed.has(n) {
		return true
	}
	return slices.ContainsFunc(l.resources.of(n), func(m member) bool { return l.showsIdentity(m.identity) })
}

func (s *Snapshot) mustFind(k person.ResourceKey) int32 {
	n, _ := s.layers[0].resources.find(k)
	return n
}

// source finds a configured source by name.
func (s *Snapshot) source(id person.SourceID) (int32, bool) {
	n := slices.IndexFunc(s.sources, func(st person.SourceState) bool { return st.ID == id })
	return int32(n), n >= 0
}

// observedAt is when the facts of an identity were read.
func (s *Snapshot) observedAt(i *person.Identity) time.Time {
	if c, ok := s.changes[i.Key]; ok {
		return c.ObservedAt
	}
	if b := s.batches[i.Source]; b != nil {
		return b.AsOf
	}
	return time.Time{}
}

func mergeChanges(old map[person.Key]Change, new []Change) map[person.Key]Change {
	merged := make(map[person.Key]Change, len(old)+len(new))
	maps.Copy(merged, old)
	for _, c := range new {
		merged[c.Key] = c
	}
	return merged
}

// Prepare makes what the first Apply after a Build needs and what nothing else does, so that no Apply waits for it.
func (s *Snapshot) Prepare() {
	for _, l := range s.layers {
		l.keys()
	}
}
