package directory

import (
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// Identity is one account as its source reports it.
type Identity struct {
	v View
	n int32
}

func (i Identity) in() (*layer, int32) { return i.v.s.identity(i.n) }

// Raw is the record itself, shared and read-only.
func (i Identity) Raw() *person.Identity {
	l, n := i.in()
	return l.identities[n]
}

// Key is what stays the same at the vendor.
func (i Identity) Key() person.Key { return i.Raw().Key }

// DisplayName is the vendor's name for it; where it has none the address, for those
// who may see addresses, or the id.
func (i Identity) DisplayName() string {
	raw := i.Raw()
	return i.v.shown(nameOf(raw), raw.Email, raw.Key.ID)
}

// Email is the address as the vendor spells it; nil where it reports none.
func (i Identity) Email() *string { return optional.Text(i.Raw().Email) }

// IsActive tells whether it can be used now.
func (i Identity) IsActive() bool { return i.Raw().State == person.StateActive }

// Kind is what stands behind it, after the linking rules had their say.
func (i Identity) Kind() person.Kind {
	l, n := i.in()
	return l.kinds[n]
}

// Person is whose it is.
func (i Identity) Person() Person {
	l, n := i.in()
	return Person{i.v, l.first.person + l.clusters.personOf[n]}
}

// Source is where it is.
func (i Identity) Source() Source {
	source, _ := i.v.Source(i.Raw().Source)
	return source
}

// Links lists what holds it to the person's other identities.
func (i Identity) Links() []Link {
	l, n := i.in()
	links := []Link{}
	for _, link := range i.Person().Links() {
		if link.raw.A == n || link.raw.B == n {
			links = append(links, Link{i.v, l, link.raw})
		}
	}
	return links
}

// Freshness is how old its facts are.
func (i Identity) Freshness() person.Freshness {
	raw := i.Raw()
	f := person.Freshness{ObservedAt: i.v.s.observedAt(raw)}
	if n, ok := i.v.s.source(raw.Source); ok {
		f.IsStale, f.Reason = staleness(&i.v.s.sources[n])
	}
	return f
}
