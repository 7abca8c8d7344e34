package directory

// Position is a place in a list: the value that it is ordered by and what breaks
// ties. It stays meaningful when the snapshot is swapped, and it means nothing in
// another list or order. Its bytes are for nodeid to seal.
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
