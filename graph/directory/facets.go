package directory

import "github.com/manifold-graph/manifold/graph/person"

// facets holds, for everything that people can be filtered by, who has it.
type facets struct {
	states  [person.StateErased + 1]bitset
	kinds   [person.KindOrganization + 1]bitset
	systems [person.Pipedream + 1]bitset
	sources map[person.SourceID]bitset
	linked  bitset // identities in two systems or more

	domains      map[string]int32
	domainPeople postings
	gradePeople  postings
	// resourcePeople has the people of each resource.
	resourcePeople postings
}

func newFacets(x *index, domains domainTable, reach grantTable) facets {
	n := x.people()
	f := facets{sources: map[person.SourceID]bitset{}, linked: newBitset(n), domains: domains.numbers}
	for _, sets := range [][]bitset{f.states[:], f.kinds[:], f.systems[:]} {
		for i := range sets {
			sets[i] = newBitset(n)
		}
	}
	for source, identities := range x.bySource {
		b := newBitset(n)
		for _, i := range identities {
			b.add(x.clusters.personOf[i])
		}
		f.sources[source] = b
	}
	for p := range int32(n) {
		f.states[x.status(p)].add(p)
		f.kinds[x.kind(p)].add(p)
		members := x.clusters.of(p)
		for _, i := range members {
			f.systems[x.identities[i].Key.System].add(p)
		}
		// Members are in the order of systems.
		if x.identities[members[0]].Key.System != x.identities[members[len(members)-1]].Key.System {
			f.linked.add(p)
		}
	}
	f.domainPeople = x.postingsOf(len(domains.numbers), len(x.identities), func(i int32, yield func(int32)) {
		if d := domains.of[i]; d >= 0 {
			yield(d)
		}
	})
	f.gradePeople = x.postingsOf(reach.grades, len(reach.grade), func(i int32, yield func(int32)) {
		for _, g := range reach.grade[reach.start[i]:reach.start[i+1]] {
			yield(g)
		}
	})
	f.resourcePeople = x.postingsOf(len(x.resources.all), len(reach.resource), func(i int32, yield func(int32)) {
		for _, r := range reach.resource[reach.start[i]:reach.start[i+1]] {
			yield(r)
		}
	})
	return f
}

// postingsOf groups people by the values of their identities, of which there are
// at most pairs.
func (x *index) postingsOf(valueCount, pairs int, each func(identity int32, yield func(value int32))) postings {
	values := make([]int32, 0, pairs)
	people := make([]int32, 0, pairs)
	for p := range int32(x.people()) {
		for _, i := range x.clusters.of(p) {
			each(i, func(value int32) {
				values = append(values, value)
				people = append(people, p)
			})
		}
	}
	return newPostings(valueCount, x.people(), values, people)
}
