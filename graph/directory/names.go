package directory

import (
	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/person"
)

// callAlone calls each identity by personID, and each person after its smallest.
func (x *index) callAlone(personID func(person.Key) person.ID) {
	x.ids = make([]person.ID, len(x.identities))
	for i, identity := range x.identities {
		x.ids[i] = personID(identity.Key)
	}
	x.byID = newIDTable(x.ids)
}

// call gives people the ids that they keep.
func (x *index) call(names Names, cluster []int32, beside func(person.Key) bool) {
	given := names.Name(x.identities, cluster, func(k person.Key) bool {
		_, here := x.identity(k)
		return here || beside != nil && beside(k)
	})
	x.called = make([]person.ID, x.people())
	for p := range x.called {
		x.called[p] = given[x.clusters.of(int32(p))[0]]
	}
	x.byCalled = newIDTable(x.called)
	x.ids = make([]person.ID, len(x.identities))
	for i, identity := range x.identities {
		seat, _ := names.Seat(identity.Key)
		x.ids[i] = seat.Own
	}
	x.byID = newIDTable(x.ids)
}

// personCalled finds a person by id: whom it is the id of, else whose identity had it alone.
func (s *Snapshot) personCalled(id person.ID) (number int32, ok bool) {
	for i := range s.layers {
		l := &s.layers[i]
		if l.called == nil {
			continue
		}
		if p, ok := l.byCalled.find(l.called, id); ok && l.showsPerson(p) {
			return l.first.person + p, true
		}
	}
	for i := range s.layers {
		l := &s.layers[i]
		if n, ok := l.byID.find(l.ids, id); ok && l.showsIdentity(n) {
			return l.first.person + l.clusters.personOf[n], true
		}
	}
	return 0, false
}

// apart are names for those who may see a part: from what is shown, and from nothing that was before. Each person is
// called as its oldest shown identity would be alone.
type apart struct{ Names }

func (a apart) Name(identities []*person.Identity, cluster []int32, _ func(person.Key) bool) []person.ID {
	oldest := make([]lineage.Seat, len(identities))
	names := make([]person.ID, len(identities))
	for i, identity := range identities {
		seat, _ := a.Seat(identity.Key) // whoever is shown to some was seated when shown to all
		if at := &oldest[cluster[i]]; at.Age == 0 || seat.Age < at.Age {
			*at, names[cluster[i]] = seat, seat.Own
		}
	}
	return names
}

func (apart) Resolve(id person.ID) person.ID { return id }
