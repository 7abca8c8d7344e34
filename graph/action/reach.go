package action

import (
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// reach divides a person's identities into those that an act on the person is about, and those behind links that
// nobody has verified. It begins at the smallest identity key and crosses verified and confirmed links alone.
func reach(p directory.Person) (reached, behind []directory.Identity, crossed, cut []directory.Link) {
	identities := p.Identities()
	if len(identities) == 0 {
		return nil, nil, nil, nil
	}
	links := p.Links()
	found := map[person.Key]bool{identities[0].Key(): true}
	for grown := true; grown; {
		grown = false
		for _, l := range links {
			ends := l.Identities()
			a, b := found[ends[0].Key()], found[ends[1].Key()]
			if a != b && trusted(l) {
				found[ends[0].Key()], found[ends[1].Key()], grown = true, true, true
			}
		}
	}
	for _, i := range identities {
		if found[i.Key()] {
			reached = append(reached, i)
		} else {
			behind = append(behind, i)
		}
	}
	for _, l := range links {
		ends := l.Identities()
		switch a, b := found[ends[0].Key()], found[ends[1].Key()]; {
		case a && b && trusted(l):
			crossed = append(crossed, l)
		case a != b || !a:
			cut = append(cut, l)
		}
	}
	return reached, behind, crossed, cut
}

func trusted(l directory.Link) bool {
	t := l.Evidence().Trust
	return t == link.Verified || t == link.Confirmed
}
