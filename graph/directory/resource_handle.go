package directory

import (
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// Resource is something that may be reached.
type Resource struct {
	v View
	n int32
}

// Raw is the record itself, shared and read-only.
func (r Resource) Raw() *person.Resource {
	l, n := r.v.s.resource(r.n)
	return l.resources.all[n]
}

// Key is what stays the same at the vendor.
func (r Resource) Key() person.ResourceKey { return r.Raw().Key }

// Name is the vendor's name for it; the vendor's id where it has none.
func (r Resource) Name() string {
	if name := r.Raw().Name; name != "" {
		return name
	}
	return r.Key().ID
}

// Kind is the sort of resource.
func (r Resource) Kind() person.ResourceKind { return r.Raw().Key.Kind }

// Source is where it is.
func (r Resource) Source() Source {
	source, _ := r.v.Source(r.Raw().Source)
	return source
}

// Parent is the company, organization or project that holds it; nil for those.
func (r Resource) Parent() *Resource {
	raw := r.Raw()
	if raw.Parent == nil {
		return nil
	}
	parent, ok := r.v.Resource(raw.Parent.Key)
	if !ok {
		return nil
	}
	return &parent
}

// MembersComplete tells whether View.Members knows all: false where the source's
// credential cannot list them.
func (r Resource) MembersComplete() bool { return r.Raw().MembersComplete }

// Grant is that an identity may reach a resource, and how far.
type Grant struct {
	v        View
	identity int32
	raw      *person.Grant
}

// Raw is the record itself, shared and read-only.
func (g Grant) Raw() *person.Grant { return g.raw }

// Resource is what may be reached.
func (g Grant) Resource() Resource {
	r, _ := g.v.Resource(g.raw.Resource.Key)
	return r
}

// Identity is which of the person's identities may reach it.
func (g Grant) Identity() Identity { return Identity{g.v, g.identity} }

// Level is how far, in the common vocabulary.
func (g Grant) Level() person.Level { return g.raw.Level }

// Role is the vendor's own word; nil where it has none.
func (g Grant) Role() *string { return optional.Text(g.raw.Role) }
