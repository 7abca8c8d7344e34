package directory

import (
	"slices"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
)

// View is the only way to read a snapshot. A principal who may not see all rows looks at a snapshot of their own, in
// which the hidden ones never were (see limits.go): so the rule holds in lists, counts, search and look-ups alike, and
// there is no place that could forget it. What a view hands out is bound to it.
type View struct {
	s  *Snapshot // what may be seen
	by *beholder
}

// beholder is who looks, and at what.
type beholder struct {
	principal access.Principal
	whole     *Snapshot
}

// Snapshot is the picture that v was taken of. What v shows of it depends on the principal's Sight.
func (v View) Snapshot() *Snapshot { return v.by.whole }

// ShowsAll tells whether no row is hidden from v.
func (v View) ShowsAll() bool { return v.s == v.by.whole }

// can answers a viewerCan… field for who looks.
func (v View) can(object, viewerCan string) bool { return v.by.principal.Can(object, viewerCan) }

// View is what p was found in, and shows all that is asked of it.
func (p Person) View() View { return p.v }

// View is what i was found in.
func (i Identity) View() View { return i.v }

// View is what r was found in.
func (r Resource) View() View { return r.v }

// View is what s was found in.
func (s Source) View() View { return s.v }

// Person finds a person by id. A retired id answers the survivor: one that was
// redirected, or one that an identity of the person would have given alone.
func (v View) Person(id person.ID) (Person, bool) {
	for range len(v.s.in.Redirects) {
		to, retired := v.s.in.Redirects[id]
		if !retired {
			break
		}
		id = to
	}
	if n, ok := v.s.personCalled(id); ok {
		return Person{v, n}, true
	}
	if names := v.s.in.Names; names != nil {
		if to := names.Resolve(id); to != id {
			if n, ok := v.s.personCalled(to); ok {
				return Person{v, n}, true
			}
		}
	}
	return Person{}, false
}

// Identity finds an identity by key.
func (v View) Identity(k person.Key) (Identity, bool) {
	n, ok := v.s.findIdentity(k)
	return Identity{v, n}, ok
}

// IdentitiesByID finds the identities of a system with a vendor's id, whatever
// their account, in the order of their keys.
func (v View) IdentitiesByID(system person.System, id string) []Identity {
	var found []Identity
	for i := range v.s.layers {
		for _, account := range v.s.layers[i].accounts {
			if account.System != system {
				continue
			}
			account.ID = id
			// A layer's own account list says where to look, the snapshot what is there.
			if n, ok := v.s.findIdentity(account); ok {
				found = append(found, Identity{v, n})
			}
		}
	}
	slices.SortFunc(found, func(a, b Identity) int { return a.Key().Compare(b.Key()) })
	return slices.CompactFunc(found, func(a, b Identity) bool { return a.n == b.n })
}

// Resource finds a resource by key.
func (v View) Resource(k person.ResourceKey) (Resource, bool) {
	n, ok := v.s.findResource(k)
	return Resource{v, n}, ok
}

// Source finds a configured source.
func (v View) Source(id person.SourceID) (Source, bool) {
	n, ok := v.s.source(id)
	return Source{v, n}, ok
}

// Sources lists every configured source, by system and name.
func (v View) Sources() []Source {
	all := make([]Source, len(v.s.sources))
	for i := range all {
		all[i] = Source{v, int32(i)}
	}
	return all
}

// PeopleByEmail lists the people who use an address in any spelling that means
// the same mailbox, by id; several people make it contested.
func (v View) PeopleByEmail(email string) []Person {
	canonical, ok := v.s.in.Linker.Canonical(email)
	if !ok {
		return nil
	}
	var found []Person
	for i := range v.s.layers {
		l := &v.s.layers[i]
		for _, n := range l.withEmail(v.s.in.Linker, canonical) {
			if p := l.clusters.personOf[n]; l.showsPerson(p) {
				found = append(found, Person{v, l.first.person + p})
			}
		}
	}
	slices.SortFunc(found, func(a, b Person) int { return compareIDs(a.ID(), b.ID()) })
	return slices.CompactFunc(found, func(a, b Person) bool { return a.n == b.n })
}

// People answers a page of people. Errors are faults: BadUserInput for an unknown
// source or an unusable search, SourceUnavailable where absence is not known.
func (v View) People(q PeopleQuery) (Page[Person], error) {
	conditions, err := v.s.conditions(&q.Filter, q.Now)
	if err != nil {
		return Page[Person]{}, err
	}
	lanes := make([]lane[Person], len(v.s.layers))
	for i := range lanes {
		lanes[i] = v.peopleLane(&v.s.layers[i], conditions, q.Order)
	}
	return paginate(q.Window, lanes...), nil
}

// peopleLane walks the order and tests each place; where few match, it finds the
// places of those instead.
func (v View) peopleLane(l *layer, conditions []condition, o PeopleOrder) lane[Person] {
	match := l.matching(conditions)
	by := &l.orders[o.Field]
	ln := lane[Person]{
		n: l.people(), total: match.count(),
		position: func(k int) Position { return l.peoplePosition(by.at(k, o.Descending), o) },
		node:     func(k int) Person { return Person{v, l.first.person + by.at(k, o.Descending)} },
	}
	if ln.total >= ln.n/8 {
		ln.next, ln.prev = filtered(ln.n, func(k int) bool { return match.has(by.at(k, o.Descending)) })
		return ln
	}
	places := newBitset(ln.n)
	for p := match.next(0); p >= 0; p = match.next(p + 1) {
		places.add(int32(by.place(int32(p), o.Descending)))
	}
	ln.next, ln.prev = places.next, places.prev
	return ln
}
