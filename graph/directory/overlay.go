package directory

import (
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// Change is one identity as it is now: for webhooks and our own acts.
type Change struct {
	Key person.Key
	// Identity is nil when it is gone.
	Identity   *person.Identity
	ObservedAt time.Time
}

// An overlay that grows past these limits costs reads more than a new base costs
// once.
const (
	maxPending  = 1_000
	maxReplaced = 20_000
)

// Apply gives a snapshot in which changes have happened; of several changes to
// one identity the last counts. It re-links only what they touch, and equals a
// Build from changed batches. The changes last until a Build from newer batches.
func (s *Snapshot) Apply(changes []Change) *Snapshot {
	if len(changes) == 0 {
		return s
	}
	all, pending := mergeChanges(s.changes, changes), mergeChanges(s.pending, changes)
	if len(pending) > maxPending {
		return build(s.in, all)
	}
	base := layer{index: s.layers[0].index}
	base.replaced = s.touched(base.index, pending)
	if len(base.replaced) > maxReplaced {
		return build(s.in, all)
	}
	base.hidden = newBitset(base.people())
	kept := make([]*person.Identity, 0, len(base.replaced))
	for _, i := range base.replaced {
		base.hidden.add(base.clusters.personOf[i])
		kept = append(kept, base.identities[i])
	}
	identities := gather([]person.Batch{{Identities: kept}}, pending)

	top := layer{index: newIndex(&s.in, nil, identities, decisionsAbout(identities, s.in.Decisions))}
	top.first.person = int32(base.people())
	top.first.identity = int32(len(base.identities))
	top.first.resource = int32(len(base.resources.all))

	next := *s
	next.changes, next.pending, next.layers = all, pending, []layer{base, top}
	next.limited = s.limited.next()
	return &next
}

// touched lists, ascending, the identities of x that changes may affect: the
// changed ones, and whatever shares a key, a decision or a person with one that
// is touched.
func (s *Snapshot) touched(x *index, changes map[person.Key]Change) []int32 {
	keys := x.keys()
	partners := map[person.Key][]person.Key{}
	for _, d := range s.in.Decisions {
		partners[d.A] = append(partners[d.A], d.B)
		partners[d.B] = append(partners[d.B], d.A)
	}
	seen := map[int32]bool{}
	var queue []*person.Identity
	reach := func(i int32) {
		if !seen[i] {
			seen[i] = true
			queue = append(queue, x.identities[i])
		}
	}
	reachKey := func(k person.Key) {
		if i, ok := x.identity(k); ok {
			for _, m := range x.clusters.of(x.clusters.personOf[i]) {
				reach(m)
			}
		}
	}
	for k, c := range changes {
		reachKey(k)
		for _, other := range partners[k] {
			reachKey(other)
		}
		if c.Identity != nil {
			queue = append(queue, c.Identity)
		}
	}
	for len(queue) > 0 && len(seen) <= maxReplaced {
		identity := queue[0]
		queue = queue[1:]
		reachKey(identity.Key)
		for _, other := range partners[identity.Key] {
			reachKey(other)
		}
		for i := range keys.Related(identity) {
			reach(i)
		}
	}
	replaced := make([]int32, 0, len(seen))
	for i := range seen {
		replaced = append(replaced, i)
	}
	slices.Sort(replaced)
	return replaced
}

// decisionsAbout keeps the decisions that name one of identities, which are in
// the order of keys.
func decisionsAbout(identities []*person.Identity, decisions []link.Decision) []link.Decision {
	named := func(k person.Key) bool {
		_, ok := slices.BinarySearchFunc(identities, k, func(i *person.Identity, k person.Key) int { return i.Key.Compare(k) })
		return ok
	}
	var kept []link.Decision
	for _, d := range decisions {
		if named(d.A) || named(d.B) {
			kept = append(kept, d)
		}
	}
	return kept
}
