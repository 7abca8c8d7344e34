package people

import (
	"bytes"
	"slices"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/nodeid"
)

const (
	// DefaultPage is how many items a page holds when nobody says.
	DefaultPage = 25
	// MaxPage is how many it may hold.
	MaxPage = 100
)

// Paging says which part of a list, as clients ask. Lists that only run forward leave Last and Before nil.
type Paging struct {
	First, Last   *int
	After, Before *string
}

// Page is part of a list with the cursors of its items.
type Page[T any] struct {
	part   directory.Page[T]
	cursor func(directory.Position) string
}

// Edge is an item with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// PageInfo says where a page stands in its list. Cursors are nil on an empty page.
type PageInfo struct {
	HasNextPage, HasPreviousPage bool
	StartCursor, EndCursor       *string
}

// Edges are the items with their cursors.
func (p Page[T]) Edges() []Edge[T] {
	edges := make([]Edge[T], len(p.part.Entries))
	for i, e := range p.part.Entries {
		edges[i] = Edge[T]{Cursor: p.cursor(e.Position), Node: e.Node}
	}
	return edges
}

// Nodes are the items alone.
func (p Page[T]) Nodes() []T { return p.part.Nodes() }

// PageInfo says where the page stands.
func (p Page[T]) PageInfo() PageInfo {
	info := PageInfo{HasNextPage: p.part.HasNext, HasPreviousPage: p.part.HasPrevious}
	if n := len(p.part.Entries); n > 0 {
		start, end := p.cursor(p.part.Entries[0].Position), p.cursor(p.part.Entries[n-1].Position)
		info.StartCursor, info.EndCursor = &start, &end
	}
	return info
}

// TotalCount counts the whole list.
func (p Page[T]) TotalCount() int { return p.part.Total }

// list is one list of one snapshot: it opens the cursors that it sealed.
type list struct {
	ids  *nodeid.Codec
	name string
}

func (l list) cursor(p directory.Position) string { return l.ids.Cursor(l.name, p) }

// window checks what a client asks for. Pages are refused, not clamped, so that
// nobody takes a part for the whole.
func (l list) window(p Paging) (directory.Window, error) {
	var (
		w   directory.Window
		err error
	)
	switch {
	case p.First != nil && p.Last != nil:
		return w, fault.New(fault.BadUserInput, "Give first or last, not both.")
	case p.First != nil:
		w.First, err = pageSize("first", *p.First)
	case p.Last != nil:
		w.Last, err = pageSize("last", *p.Last)
	default:
		w.First = DefaultPage
	}
	if err != nil {
		return w, err
	}
	if p.After != nil {
		if w.After, err = l.ids.DecodeCursor(*p.After, l.name); err != nil {
			return w, err
		}
	}
	if p.Before != nil {
		w.Before, err = l.ids.DecodeCursor(*p.Before, l.name)
	}
	return w, err
}

func pageSize(argument string, n int) (int, error) {
	if n < 1 || n > MaxPage {
		return 0, fault.New(fault.BadUserInput, "%s must be from 1 to %d; it is %d. Ask for the rest with the page's cursors.", argument, MaxPage, n)
	}
	return n, nil
}

// read asks for a window of the list.
func read[T any](l list, p Paging, ask func(directory.Window) (directory.Page[T], error)) (*Page[T], error) {
	w, err := l.window(p)
	if err != nil {
		return nil, err
	}
	part, err := ask(w)
	if err != nil {
		return nil, err
	}
	return &Page[T]{part: part, cursor: l.cursor}, nil
}

// Forward is a page of a list that lies elsewhere; name says which list its cursors are of.
func Forward[T any](ids *nodeid.Codec, name string, p Paging, ask func(directory.Window) (directory.Page[T], error)) (*Page[T], error) {
	return read(list{ids, name}, p, ask)
}

// reword gives a page's items other words.
func reword[A, B any](p *Page[A], err error, as func(A) B) (*Page[B], error) {
	if err != nil {
		return nil, err
	}
	out := directory.Page[B]{
		Entries: make([]directory.Entry[B], len(p.part.Entries)),
		HasNext: p.part.HasNext, HasPrevious: p.part.HasPrevious, Total: p.part.Total,
	}
	for i, e := range p.part.Entries {
		out.Entries[i] = directory.Entry[B]{Node: as(e.Node), Position: e.Position}
	}
	return &Page[B]{part: out, cursor: p.cursor}, nil
}

// slice is the forward window of a short list in memory. Places must rise along items.
func slice[T any](items []T, place func(T) directory.Position, w directory.Window) (directory.Page[T], error) {
	from := 0
	if w.After != nil {
		from = len(items)
		if i := slices.IndexFunc(items, func(x T) bool { return bytes.Compare(place(x), w.After) > 0 }); i >= 0 {
			from = i
		}
	}
	to := min(from+w.First, len(items))
	part := directory.Page[T]{HasNext: to < len(items), HasPrevious: from > 0, Total: len(items)}
	for _, x := range items[from:to] {
		part.Entries = append(part.Entries, directory.Entry[T]{Node: x, Position: place(x)})
	}
	return part, nil
}

// The pages that the schema names.
type (
	PersonPage           = Page[directory.Person]
	PersonEdge           = Edge[directory.Person]
	AccountPage          = Page[Account]
	AccountEdge          = Edge[Account]
	ResourcePage         = Page[directory.Resource]
	ResourceEdge         = Edge[directory.Resource]
	GrantEdge            = Edge[directory.Grant]
	SuggestionPage       = Page[directory.Suggestion]
	SuggestionEdge       = Edge[directory.Suggestion]
	ConflictPage         = Page[directory.Conflict]
	ConflictEdge         = Edge[directory.Conflict]
	ConnectedAccountPage = Page[ConnectedAccount]
	ConnectedAccountEdge = Edge[ConnectedAccount]
)
