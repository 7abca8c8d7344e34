package pipefy

import (
	"encoding/base64"
	"strconv"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

// defaultPage is the size of a page whose query gives neither first nor last.
const defaultPage = 50

// connection is one page of a Relay list.
type connection struct {
	edges      []edge
	total      int
	start, end int // positions in the whole list, end excluded
}

// edge is one item of a page.
type edge struct {
	cursor string
	node   any
}

// paginate cuts a page: after and before narrow the list, then first or last cuts it.
func paginate[T any](items []T, a exec.Args, node func(T) any) (any, error) {
	start, end := 0, len(items)
	if a.Has("after") {
		n, ok := decodeCursor(a.String("after"))
		if !ok {
			return nil, refused("INVALID_INPUT", "Invalid cursor for argument after")
		}
		start = min(n, end)
	}
	if a.Has("before") {
		n, ok := decodeCursor(a.String("before"))
		if !ok {
			return nil, refused("INVALID_INPUT", "Invalid cursor for argument before")
		}
		end = max(start, min(n-1, end))
	}
	first, hasFirst := a.Int("first")
	last, hasLast := a.Int("last")
	if hasFirst && first < 0 || hasLast && last < 0 {
		return nil, refused("INVALID_INPUT", "first and last must not be negative")
	}
	if !hasFirst && !hasLast {
		first, hasFirst = defaultPage, true
	}
	if hasFirst {
		end = min(end, start+first)
	}
	if hasLast {
		start = max(start, end-last)
	}
	page := connection{total: len(items), start: start, end: end}
	for i, item := range items[start:end] {
		page.edges = append(page.edges, edge{cursor: encodeCursor(start + i + 1), node: node(item)})
	}
	return page, nil
}

// A cursor is the item's position, counted from one.
func encodeCursor(position int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(position)))
}

func decodeCursor(cursor string) (int, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(raw), 10, 32)
	return int(n), err == nil && n > 0
}

func connectionFields() exec.Resolvers[*request] {
	self := from(func(c connection) any { return c })
	edges := from(func(c connection) any { return list(c.edges, func(e edge) edge { return e }) })
	edgeOf := fields{
		"cursor": from(func(e edge) any { return e.cursor }),
		"node":   from(func(e edge) any { return e.node }),
	}
	return exec.Resolvers[*request]{
		"TableConnection": {
			"edges":      edges,
			"nodes":      from(func(c connection) any { return list(c.edges, func(e edge) any { return e.node }) }),
			"pageInfo":   self,
			"totalCount": from(func(c connection) any { return c.total }),
		},
		"TableEdge":                     edgeOf,
		"UserGQLInternalTypeConnection": {"edges": edges, "pageInfo": self},
		"UserGQLInternalTypeEdge":       edgeOf,
		"UserGQLInternalType": {
			"id":    from(func(u *User) any { return u.ID }),
			"uuid":  from(func(u *User) any { return filled(u.UUID) }),
			"name":  from(func(u *User) any { return u.Name }),
			"email": from(func(u *User) any { return u.Email }),
		},
		"PageInfo": {
			"hasNextPage":     from(func(c connection) any { return c.end < c.total }),
			"hasPreviousPage": from(func(c connection) any { return c.start > 0 }),
			"startCursor":     from(func(c connection) any { return c.bound(0) }),
			"endCursor":       from(func(c connection) any { return c.bound(len(c.edges) - 1) }),
		},
	}
}

// bound is the cursor of the i-th item of the page, null on an empty page.
func (c connection) bound(i int) any {
	if len(c.edges) == 0 {
		return nil
	}
	return c.edges[i].cursor
}
