package directory

import (
	"slices"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// condition adds to dst the people of x for whom it holds.
type condition struct {
	add func(x *index, dst bitset)
	// absent turns it around.
	absent bool
}

// matching is the people of a layer for whom all conditions hold.
func (l *layer) matching(conditions []condition) bitset {
	result := fullBitset(l.people())
	if l.hidden != nil {
		result.andNot(l.hidden)
	}
	found := newBitset(l.people())
	for _, c := range conditions {
		clear(found)
		c.add(l.index, found)
		if c.absent {
			result.andNot(found)
		} else {
			result.and(found)
		}
	}
	return result
}

// conditions puts a filter into words that every layer understands.
func (s *Snapshot) conditions(f *PeopleFilter, now time.Time) ([]condition, error) {
	var all []condition
	require := func(given int, add func(x *index, dst bitset)) {
		if given > 0 {
			all = append(all, condition{add: add})
		}
	}
	for _, named := range [][]person.SourceID{f.Sources, f.PresentInSources, f.AbsentInSources} {
		if err := s.checkSources(named); err != nil {
			return nil, err
		}
	}
	require(len(f.Status), func(x *index, dst bitset) { orEach(dst, x.facets.states[:], f.Status) })
	kinds := f.Kinds
	if len(kinds) == 0 {
		kinds = []person.Kind{person.KindHuman, person.KindUnknown}
	}
	require(len(kinds), func(x *index, dst bitset) { orEach(dst, x.facets.kinds[:], kinds) })
	require(len(f.Systems), func(x *index, dst bitset) { orEach(dst, x.facets.systems[:], f.Systems) })
	require(len(f.Sources), inSources(f.Sources))
	for _, system := range f.PresentIn {
		require(1, func(x *index, dst bitset) { orEach(dst, x.facets.systems[:], []person.System{system}) })
	}
	for _, source := range f.PresentInSources {
		require(1, inSources([]person.SourceID{source}))
	}
	if f.Linked != nil {
		all = append(all, condition{add: func(x *index, dst bitset) { dst.or(x.facets.linked) }, absent: !*f.Linked})
	}
	if len(f.EmailDomains) > 0 {
		domains, err := s.canonicalDomains(f.EmailDomains)
		if err != nil {
			return nil, err
		}
		require(1, inDomains(domains))
	}
	all = append(all, grantConditions(f)...)

	searched, err := searchConditions(f)
	if err != nil {
		return nil, err
	}
	all = append(all, searched...)

	missing, err := s.absentSources(f, now)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		all = append(all, condition{add: inSources(missing), absent: true})
	}
	return all, nil
}

// orEach adds to dst the sets at the places that values say; a value without a
// set has no people.
func orEach[V ~uint8](dst bitset, sets []bitset, values []V) {
	for _, v := range values {
		if int(v) < len(sets) {
			dst.or(sets[v])
		}
	}
}

func inSources(sources []person.SourceID) func(*index, bitset) {
	return func(x *index, dst bitset) {
		for _, id := range sources {
			dst.or(x.facets.sources[id])
		}
	}
}

func inDomains(domains []string) func(*index, bitset) {
	return func(x *index, dst bitset) {
		for _, d := range domains {
			if n, ok := x.facets.domains[d]; ok {
				x.facets.domainPeople.orInto(dst, int(n), int(n)+1)
			}
		}
	}
}

// canonicalDomains spells domains as canonical addresses do.
func (s *Snapshot) canonicalDomains(domains []string) ([]string, error) {
	canonical := make([]string, len(domains))
	for i, d := range domains {
		address, ok := s.in.Linker.Canonical("x@" + strings.TrimPrefix(strings.TrimSpace(d), "@"))
		if !ok {
			return nil, fault.New(fault.BadUserInput, "%q is not a mail domain. Give what follows the @, such as example.com.", d)
		}
		canonical[i] = domainOf(address)
	}
	return canonical, nil
}

func (s *Snapshot) checkSources(named []person.SourceID) error {
	for _, id := range named {
		if _, ok := s.source(id); !ok {
			return fault.New(fault.BadUserInput, "No source is called %q. The field sources lists the names.", id)
		}
	}
	return nil
}

// grantConditions says what the filter wants people to reach, and how far.
func grantConditions(f *PeopleFilter) []condition {
	var all []condition
	graded := len(f.Levels) > 0 || len(f.Roles) > 0
	if len(f.Resources) > 0 {
		all = append(all, condition{add: func(x *index, dst bitset) {
			for _, k := range f.Resources {
				if r, ok := x.resources.find(k); ok {
					x.addMembers(dst, r, f, graded)
				}
			}
		}})
	}
	if len(f.Apps) > 0 {
		onApps := graded && len(f.Resources) == 0
		all = append(all, condition{add: func(x *index, dst bitset) {
			for _, app := range f.Apps {
				for _, r := range x.resources.apps[app] {
					x.addMembers(dst, r, f, onApps)
				}
			}
		}})
	}
	if graded && len(f.Resources) == 0 && len(f.Apps) == 0 {
		all = append(all, condition{add: func(x *index, dst bitset) {
			for n, wanted := range x.resources.gradesOf(f) {
				if wanted {
					x.facets.gradePeople.orInto(dst, n, n+1)
				}
			}
		}})
	}
	return all
}

// addMembers adds the people of a resource, only those of a wanted grade when
// graded.
func (x *index) addMembers(dst bitset, r int32, f *PeopleFilter, graded bool) {
	if !graded {
		x.facets.resourcePeople.orInto(dst, int(r), int(r)+1)
		return
	}
	wanted := x.resources.gradesOf(f)
	for _, m := range x.resources.of(r) {
		if wanted[m.grade] {
			dst.add(x.clusters.personOf[m.identity])
		}
	}
}

// gradesOf tells for each grade whether f asks for its level and its role.
func (r *resources) gradesOf(f *PeopleFilter) []bool {
	wanted := make([]bool, len(r.grades))
	for n, g := range r.grades {
		wanted[n] = (len(f.Levels) == 0 || slices.Contains(f.Levels, g.level)) &&
			(len(f.Roles) == 0 || slices.Contains(f.Roles, g.role))
	}
	return wanted
}
