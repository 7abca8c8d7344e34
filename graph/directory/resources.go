package directory

import (
	"slices"

	"github.com/manifold-graph/manifold/graph/person"
)

// resources is what the identities of an index may reach, and who they are.
type resources struct {
	all []*person.Resource // by key
	// listed resources were reported for themselves; the others were met only in a
	// grant, and are gone when their last member is.
	listed  bitset
	byName  []int32 // by folded name, then key
	words   vocabulary
	apps    map[string][]int32
	start   []int32 // resource r has members[start[r]:start[r+1]]
	members []member
	grades  []grade
}

// member is one grant as its resource sees it.
type member struct {
	identity int32 // ascending within a resource
	grant    int32 // its place in the identity's Grants
	grade    int32
}

// grade is a level with the vendor's word for it. There are few.
type grade struct {
	level person.Level
	role  string
}

// grantTable holds all grants in the order of identities, as numbers.
type grantTable struct {
	start    []int32 // identity i has start[i] to start[i+1]
	resource []int32
	grade    []int32
	grades   int
}

// of lists the members of a resource.
func (r *resources) of(n int32) []member { return r.members[r.start[n]:r.start[n+1]] }

// find is the number of a resource; false when there is none with this key.
func (r *resources) find(k person.ResourceKey) (int32, bool) {
	n, ok := slices.BinarySearchFunc(r.all, k, func(r *person.Resource, k person.ResourceKey) int { return r.Key.Compare(k) })
	return int32(n), ok
}

func newResources(batches []person.Batch, identities []*person.Identity) (resources, grantTable) {
	met := resourceSet{byKey: map[person.ResourceKey]int32{}, byPointer: map[*person.Resource]int32{}}
	for _, b := range batches {
		for _, r := range b.Resources {
			met.number(r)
		}
	}
	listed := len(met.all)
	grants := 0
	for _, identity := range identities {
		grants += len(identity.Grants)
	}
	table := grantTable{
		start:    make([]int32, 1, len(identities)+1),
		resource: make([]int32, 0, grants), grade: make([]int32, 0, grants),
	}
	members := make([]member, 0, grants)
	grades := map[grade]int32{}
	var r resources
	for i, identity := range identities {
		for g := range identity.Grants {
			grant := &identity.Grants[g]
			k := grade{grant.Level, grant.Role}
			n, ok := grades[k]
			if !ok {
				n = int32(len(grades))
				grades[k] = n
				r.grades = append(r.grades, k)
			}
			table.resource = append(table.resource, met.number(grant.Resource))
			table.grade = append(table.grade, n)
			members = append(members, member{identity: int32(i), grant: int32(g), grade: n})
		}
		table.start = append(table.start, int32(len(members)))
	}
	table.grades = len(grades)

	byKey := make([]int32, len(met.all))
	for n := range byKey {
		byKey[n] = int32(n)
	}
	slices.SortFunc(byKey, func(a, b int32) int { return met.all[a].Key.Compare(met.all[b].Key) })
	number := inverse(byKey)
	for i, n := range table.resource {
		table.resource[i] = number[n]
	}
	r.all = make([]*person.Resource, len(met.all))
	r.listed = newBitset(len(met.all))
	for n, resource := range met.all {
		r.all[number[n]] = resource
		if n < listed {
			r.listed.add(number[n])
		}
	}
	r.start, r.members = group(len(r.all), table.resource, members)
	r.index()
	return r, table
}

// index makes what resources are listed and searched by.
func (r *resources) index() {
	names := texts{}
	words := newVocabularyBuilder(len(r.all))
	r.apps = map[string][]int32{}
	for n, resource := range r.all {
		names.append(func(dst []byte) []byte { return sortKey(dst, resource.Name) })
		words.add(int32(n), resource.Name)
		if k := resource.Key; k.Kind == person.ResourceCompanyApp || k.Kind == person.ResourceConnectedApp {
			r.apps[k.ID] = append(r.apps[k.ID], int32(n))
		}
	}
	r.byName = names.sorted(func(a, b int32) int { return int(a - b) })
	r.words = words.build(len(r.all))
}

// resourceSet numbers resources as they are met, one number for a key.
type resourceSet struct {
	all       []*person.Resource
	byKey     map[person.ResourceKey]int32
	byPointer map[*person.Resource]int32
}

func (s *resourceSet) number(r *person.Resource) int32 {
	if n, ok := s.byPointer[r]; ok {
		return n
	}
	n, ok := s.byKey[r.Key]
	if !ok {
		n = int32(len(s.all))
		s.all = append(s.all, r)
		s.byKey[r.Key] = n
		if r.Parent != nil {
			s.number(r.Parent)
		}
	}
	s.byPointer[r] = n
	return n
}
