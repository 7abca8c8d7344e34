package directory

import (
	"bytes"
	"slices"
	"sort"

	"github.com/manifold-graph/manifold/graph/person"
)

// Identities answers a page of a source's identities, by key.
func (v View) Identities(source Source, w Window) (Page[Identity], error) {
	lanes := make([]lane[Identity], len(v.s.layers))
	for i := range lanes {
		l := &v.s.layers[i]
		list := l.bySource[source.ID()]
		lanes[i] = identityLane[Identity](l, len(list), func(k int) int32 { return list[k] })
		lanes[i].node = func(k int) Identity { return Identity{v, l.first.identity + list[k]} }
	}
	return paginate(w, lanes...), nil
}

// Members answers a page of those who may reach a resource, by key.
func (v View) Members(resource Resource, w Window) (Page[Grant], error) {
	var lanes []lane[Grant]
	for i := range v.s.layers {
		l := &v.s.layers[i]
		r, ok := l.resources.find(resource.Key())
		if !ok {
			continue
		}
		members := l.resources.of(r)
		ln := identityLane[Grant](l, len(members), func(k int) int32 { return members[k].identity })
		ln.node = func(k int) Grant {
			m := members[k]
			return Grant{v, l.first.identity + m.identity, &l.identities[m.identity].Grants[m.grant]}
		}
		lanes = append(lanes, ln)
	}
	return paginate(w, lanes...), nil
}

// identityLane walks a list of n places in which identities ascend. What stands
// there is for the caller to say.
func identityLane[T any](l *layer, n int, identity func(k int) int32) lane[T] {
	ln := lane[T]{
		n: n, total: n,
		position: func(k int) Position { return appendKey(nil, l.identities[identity(k)].Key) },
	}
	for _, gone := range l.replaced {
		if k := sort.Search(n, func(k int) bool { return identity(k) >= gone }); k < n && identity(k) == gone {
			ln.total--
		}
	}
	ln.next, ln.prev = filtered(n, func(k int) bool { return l.showsIdentity(identity(k)) })
	return ln
}

// Resources answers a page of resources by name. Errors as with People.
func (v View) Resources(q ResourceQuery) (Page[Resource], error) {
	if err := v.s.checkSources(q.Filter.Sources); err != nil {
		return Page[Resource]{}, err
	}
	typed, err := searchWords(q.Filter.Search)
	if err != nil {
		return Page[Resource]{}, err
	}
	lanes := make([]lane[Resource], len(v.s.layers))
	for i := range lanes {
		l := &v.s.layers[i]
		match := v.s.matchingResources(i, &q.Filter, typed)
		byName := l.resources.byName
		lanes[i] = lane[Resource]{
			n: len(byName), total: match.count(),
			position: func(k int) Position { return resourcePosition(l.resources.all[byName[k]]) },
			node:     func(k int) Resource { return Resource{v, l.first.resource + byName[k]} },
		}
		lanes[i].next, lanes[i].prev = filtered(len(byName), func(k int) bool { return match.has(byName[k]) })
	}
	return paginate(q.Window, lanes...), nil
}

func resourcePosition(r *person.Resource) Position {
	return appendResourceKey(append(sortKey(nil, r.Name), 0), r.Key)
}

func (s *Snapshot) matchingResources(layerNumber int, f *ResourceFilter, typed [][]byte) bitset {
	r := &s.layers[layerNumber].resources
	match := fullBitset(len(r.all))
	found := newBitset(len(r.all))
	for _, word := range typed {
		clear(found)
		r.words.prefix(found, word)
		match.and(found)
	}
	for n := match.next(0); n >= 0; n = match.next(n + 1) {
		resource := r.all[n]
		if !oneOf(f.Kinds, resource.Key.Kind) || !oneOf(f.Systems, resource.Key.System) ||
			!oneOf(f.Sources, resource.Source) || !s.showsResource(layerNumber, int32(n)) {
			match.remove(int32(n))
		}
	}
	return match
}

// oneOf tells whether a list that may be no condition accepts v.
func oneOf[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

// Grants answers a page of what a person may reach, by resource and identity.
func (v View) Grants(p Person, filter GrantFilter, w Window) (Page[Grant], error) {
	type placed struct {
		Grant
		place Position
	}
	var all []placed
	l, n := v.s.person(p.n)
	for _, i := range l.clusters.of(n) {
		identity := l.identities[i]
		for g := range identity.Grants {
			grant := &identity.Grants[g]
			k := grant.Resource.Key
			if oneOf(filter.Kinds, k.Kind) && oneOf(filter.Systems, k.System) && oneOf(filter.Levels, grant.Level) {
				place := appendKey(appendResourceKey(nil, k), identity.Key)
				all = append(all, placed{Grant{v, l.first.identity + i, grant}, place})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return bytes.Compare(a.place, b.place) })
	ln := lane[Grant]{
		n: len(all), total: len(all),
		position: func(k int) Position { return all[k].place },
		node:     func(k int) Grant { return all[k].Grant },
	}
	ln.next, ln.prev = filtered(ln.n, func(int) bool { return true })
	return paginate(w, ln), nil
}

// Suggestions answers a page of pairs for a human to decide, the strongest first.
func (v View) Suggestions(w Window) (Page[Suggestion], error) {
	lanes := make([]lane[Suggestion], len(v.s.layers))
	for i := range lanes {
		l := &v.s.layers[i]
		list := l.evidence.suggestions
		shown := func(k int) bool { return l.showsIdentity(list[k].A) }
		lanes[i] = lane[Suggestion]{
			n: len(list), total: l.countShown(len(list), shown),
			position: l.suggestionPosition,
			node:     func(k int) Suggestion { return Suggestion{v, l, &list[k]} },
		}
		lanes[i].next, lanes[i].prev = filtered(len(list), shown)
	}
	return paginate(w, lanes...), nil
}

// Conflicts answers a page of contradictions.
func (v View) Conflicts(w Window) (Page[Conflict], error) {
	lanes := make([]lane[Conflict], len(v.s.layers))
	for i := range lanes {
		l := &v.s.layers[i]
		list := l.evidence.conflicts
		shown := func(k int) bool {
			return len(list[k].Members) == 0 || l.showsIdentity(list[k].Members[0])
		}
		lanes[i] = lane[Conflict]{
			n: len(list), total: l.countShown(len(list), shown),
			position: func(k int) Position { return list[k].place },
			node:     func(k int) Conflict { return Conflict{v, l, &list[k].Conflict} },
		}
		lanes[i].next, lanes[i].prev = filtered(len(list), shown)
	}
	return paginate(w, lanes...), nil
}

// countShown counts the shown places of n; where nothing is hidden, all are.
func (l *layer) countShown(n int, shown func(k int) bool) int {
	if l.hidden == nil {
		return n
	}
	count := 0
	for k := range n {
		if shown(k) {
			count++
		}
	}
	return count
}
