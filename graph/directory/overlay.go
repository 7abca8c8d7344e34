package directory

import (
	"maps"
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
	return s.follow(mergeChanges(s.changes, changes), mergeChanges(s.pending, changes), s.in.Decisions)
}

// Decide gives a snapshot in which humans have decided otherwise: decisions are all that count now. It re-links only
// whom that touches, and equals a Build with them.
func (s *Snapshot) Decide(decisions []link.Decision) *Snapshot {
	if slices.Equal(s.in.Decisions, decisions) {
		return s
	}
	return s.follow(s.changes, s.pending, decisions)
}

// follow gives a snapshot of the same base after changes, of which the overlay holds pending, and by decisions.
func (s *Snapshot) follow(all, pending map[person.Key]Change, decisions []link.Decision) *Snapshot {
	in := s.in
	in.Decisions = decisions
	decided := maps.Clone(s.decided)
	for _, d := range differing(s.linked, decisions) {
		if decided == nil {
			decided = make(map[person.Key]bool)
		}
		decided[d.A], decided[d.B] = true, true
	}
	if len(pending)+len(decided) > maxPending {
		return build(in, all)
	}
	base := layer{index: s.layers[0].index}
	base.replaced = s.touched(base.index, pending, decided, slices.Concat(s.linked, decisions))
	if len(base.replaced) > maxReplaced {
		return build(in, all)
	}
	base.hidden = newBitset(base.people())
	kept := make([]*person.Identity, 0, len(base.replaced))
	for _, i := range base.replaced {
		base.hidden.add(base.clusters.personOf[i])
		kept = append(kept, base.identities[i])
	}
	identities := gather([]person.Batch{{Identities: kept}}, pending)

	top := layer{index: newIndex(&in, nil, identities, decisionsAbout(identities, decisions), func(k person.Key) bool {
		i, ok := base.identity(k)
		return ok && base.showsIdentity(i)
	})}
	top.first.person = int32(base.people())
	top.first.identity = int32(len(base.identities))
	top.first.resource = int32(len(base.resources.all))

	next := *s
	next.in, next.changes, next.pending, next.decided, next.layers = in, all, pending, decided, []layer{base, top}
	next.limited = s.limited.next()
	return &next
}

// differing lists the decisions that are in one list alone.
func differing(a, b []link.Decision) []link.Decision {
	in := make(map[link.Decision]int, len(a)+len(b))
	for _, d := range a {
		in[d] |= 1
	}
	for _, d := range b {
		in[d] |= 2
	}
	var found []link.Decision
	for d, where := range in {
		if where != 3 {
			found = append(found, d)
		}
	}
	return found
}

// touched lists, ascending, the identities of x that changes may affect: the
// changed ones, and whatever shares a key, a decision or a person with one that
// is touched; whoever bears an id to which one that comes has a right; and who is in decided.
func (s *Snapshot) touched(x *index, changes map[person.Key]Change, decided map[person.Key]bool, decisions []link.Decision) []int32 {
	keys := x.keys()
	partners := map[person.Key][]person.Key{}
	for _, d := range decisions {
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
			s.claimed(x, k, reachKey)
		}
	}
	for k := range decided {
		reachKey(k)
	}
	if s.in.Names != nil { // whom an earlier overlay called otherwise than the base is named again
		for _, i := range s.layers[0].replaced {
			reachKey(x.identities[i].Key)
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

// claimed reaches the people of x whose id may be that of an identity that comes: its own, or the one that it bore.
func (s *Snapshot) claimed(x *index, k person.Key, reach func(person.Key)) {
	if s.in.Names == nil || x.called == nil {
		return
	}
	if seat, ok := s.in.Names.Seat(k); ok {
		for _, id := range []person.ID{seat.Own, seat.Person, s.in.Names.Resolve(seat.Person)} {
			if p, ok := x.byCalled.find(x.called, id); ok {
				reach(x.identities[x.clusters.of(p)[0]].Key)
			}
		}
	}
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
