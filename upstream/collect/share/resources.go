package share

import "github.com/manifold-graph/manifold/graph/person"

// maxDepth bounds the chain of parents; the vendors nest two deep.
const maxDepth = 16

// enlist gives a resource its number in the table, after its parents. Many grants point to one resource; it is written
// once, and shared again by what is decoded.
func (c *codec) enlist(r *person.Resource, depth int) {
	if r == nil || depth > maxDepth {
		c.check(false, "a resource that is missing, or whose parents never end")
		return
	}
	if _, known := c.number[r]; known {
		return
	}
	if r.Parent != nil {
		c.enlist(r.Parent, depth+1)
	}
	c.number[r] = len(c.table)
	c.table = append(c.table, r)
}

func (c *codec) enlistGrants(i *person.Identity) {
	if i == nil {
		return
	}
	for _, g := range i.Grants {
		c.enlist(g.Resource, 0)
	}
}

// resources is the table of all resources that follow. A parent stands before its children, so no chain has a ring.
func (c *codec) resources() { list(c, &c.table, (*codec).resource) }

func (c *codec) resource(p **person.Resource) {
	if c.decoding() {
		*p = new(person.Resource)
	}
	r := *p
	enum(c, &r.Key.System, person.Pipedream)
	word(c, &r.Key.Account)
	enum(c, &r.Key.Kind, person.ResourceConnectedApp)
	c.text(&r.Key.ID)
	word(c, &r.Source)
	c.text(&r.Name)
	optionalRef(c, &r.Parent)
	c.check(r.Parent != r, "a resource inside itself")
	c.bool(&r.MembersComplete)
}

func (c *codec) resourceRef(p **person.Resource) {
	n := uint64(0)
	if !c.decoding() {
		number, known := c.number[*p]
		c.check(known, "a resource that is not in the table")
		n = uint64(number)
	}
	c.uint(&n)
	if c.decoding() {
		if c.check(n < uint64(len(c.table)), "a resource that is not in the table") {
			*p = c.table[n]
		}
	}
}

func optionalRef(c *codec, p **person.Resource) {
	has := *p != nil
	c.bool(&has)
	if has {
		c.resourceRef(p)
	}
}
