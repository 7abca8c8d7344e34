package directory

import (
	"bytes"
	"sort"
)

// Position is a place in a list: the value that it is ordered by and what breaks
// ties, as bytes that compare as the list does. It stays meaningful when the
// snapshot is swapped, and it means nothing in another list or order. Its bytes
// are for nodeid to seal.
type Position []byte

// Window says which part of a list. Exactly one of First and Last is positive:
// the use case sees to that. A nil Position bounds nothing.
type Window struct {
	First, Last   int
	After, Before Position
}

// Entry is an item with its place.
type Entry[T any] struct {
	Node     T
	Position Position
}

// Page is part of a list.
type Page[T any] struct {
	Entries []Entry[T]
	// HasNext and HasPrevious tell whether the list goes on beyond the page.
	HasNext, HasPrevious bool
	// Total counts the whole list, whatever the window.
	Total int
}

// Nodes lists the items alone.
func (p Page[T]) Nodes() []T {
	nodes := make([]T, len(p.Entries))
	for i, e := range p.Entries {
		nodes[i] = e.Node
	}
	return nodes
}

// lane is one layer's part of a list: places 0 to n-1 in order, some shown. Lanes
// of one list never share a position.
type lane[T any] struct {
	n     int
	total int // how many are shown
	// next is the first shown place at or after k, prev the last at or before k; -1
	// when there is none.
	next, prev func(k int) int
	position   func(k int) Position
	node       func(k int) T
}

// filtered is a lane's next and prev by a test of each place.
func filtered(n int, shown func(k int) bool) (next, prev func(k int) int) {
	next = func(k int) int {
		for ; k < n; k++ {
			if shown(k) {
				return k
			}
		}
		return -1
	}
	prev = func(k int) int {
		for ; k >= 0; k-- {
			if shown(k) {
				return k
			}
		}
		return -1
	}
	return next, prev
}

// bounds are the places that w leaves of a lane: from start to end-1.
func (l *lane[T]) bounds(w Window) (start, end int) {
	end = l.n
	if w.After != nil {
		start = sort.Search(l.n, func(k int) bool { return bytes.Compare(l.position(k), w.After) > 0 })
	}
	if w.Before != nil {
		end = sort.Search(l.n, func(k int) bool { return bytes.Compare(l.position(k), w.Before) >= 0 })
	}
	return start, max(start, end)
}

// head is the place that a lane offers next while lanes are merged.
type head[T any] struct {
	*lane[T]
	start, end int
	k          int // -1 when the lane is used up
	place      Position
}

// offer moves to place k, unless it is none or out of bounds.
func (h *head[T]) offer(k int) {
	h.k, h.place = -1, nil
	if k >= h.start && k < h.end {
		h.k, h.place = k, h.position(k)
	}
}

// paginate cuts a page out of the merged lanes.
func paginate[T any](w Window, lanes ...lane[T]) Page[T] {
	var page Page[T]
	backward := w.First <= 0
	heads := make([]head[T], len(lanes))
	for i := range lanes {
		h := &heads[i]
		h.lane = &lanes[i]
		h.start, h.end = h.bounds(w)
		page.Total += h.total
		if backward {
			h.offer(h.prev(h.end - 1))
		} else {
			h.offer(h.next(h.start))
		}
	}
	for len(page.Entries) < max(w.First, w.Last) {
		h := foremost(heads, backward)
		if h == nil {
			break
		}
		page.Entries = append(page.Entries, Entry[T]{Node: h.node(h.k), Position: h.place})
		if backward {
			h.end = h.k
			h.offer(h.prev(h.k - 1))
		} else {
			h.start = h.k + 1
			h.offer(h.next(h.k + 1))
		}
	}
	if backward {
		for i, j := 0, len(page.Entries)-1; i < j; i, j = i+1, j-1 {
			page.Entries[i], page.Entries[j] = page.Entries[j], page.Entries[i]
		}
	}
	page.HasPrevious, page.HasNext = beyond(heads, w, backward)
	return page
}

// foremost is the head that comes first in the direction of reading; nil when
// all lanes are used up.
func foremost[T any](heads []head[T], backward bool) *head[T] {
	var first *head[T]
	for i := range heads {
		h := &heads[i]
		if h.k < 0 {
			continue
		}
		if first == nil || bytes.Compare(h.place, first.place) < 0 != backward {
			first = h
		}
	}
	return first
}

// beyond tells whether anything is shown before and after the page.
func beyond[T any](heads []head[T], w Window, backward bool) (before, after bool) {
	for i := range heads {
		h := &heads[i]
		start, end := h.bounds(w)
		if backward {
			before = before || h.prev(h.end-1) >= 0
			after = after || end < h.n && h.next(end) >= 0
		} else {
			before = before || start > 0 && h.prev(start-1) >= 0
			after = after || h.next(h.start) >= 0
		}
	}
	return before, after
}
