package pipedream

import (
	"context"
	"maps"
	"net/url"
	"strconv"

	"github.com/manifold-graph/manifold/upstream/wire"
	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// pageSize is what is asked for; the server may clamp it.
const pageSize = 100

// record is one element of a list.
type record interface{ key() string }

// List is all pages of a list, each record once.
type List[T any] struct {
	Items []T
	// Dropped counts records that had no readable id.
	Dropped int
	// Total is what the vendor says there is; negative when it does not tell.
	Total int
	// cut: the pages ran in a circle.
	cut bool
}

// Complete tells whether every record was read, as far as the vendor tells.
func (l List[T]) Complete() bool { return l.Dropped == 0 && !l.cut && len(l.Items) >= l.Total }

// page is one answer of a list.
type page[T any] struct {
	Data     bare[T]                  `json:"data"`
	PageInfo lenient.Object[pageInfo] `json:"page_info"`
}

type pageInfo struct {
	TotalCount lenient.Int    `json:"total_count"`
	EndCursor  lenient.String `json:"end_cursor"`
}

// Judge implements wire.Judge: anything but an array is a failure, not an empty list.
func (p *page[T]) Judge() wire.Verdict { return p.Data.Judge() }

// pages reads a list to its end.
func pages[T record](ctx context.Context, c *Client, op, path string, query url.Values) (List[T], error) {
	r := newRoll[T](op, path, query)
	if err := r.read(ctx, c); err != nil {
		return List[T]{}, err
	}
	return r.list, nil
}

// roll is a list that is being read. It can be read on after a failure.
type roll[T record] struct {
	op, path string
	query    url.Values
	list     List[T]
	pages    int
	done     bool
	cursors  map[lenient.String]bool
	keys     map[string]bool
}

func newRoll[T record](op, path string, query url.Values) *roll[T] {
	query = maps.Clone(query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", strconv.Itoa(pageSize))
	return &roll[T]{op: op, path: path, query: query, list: List[T]{Total: -1}, cursors: map[lenient.String]bool{}, keys: map[string]bool{}}
}

// read reads to the end, from where it stopped. The vendor has no has_more, and its last page
// may well carry a cursor, so the end is any of: no cursor, an empty page, a
// cursor met before, or as many records as there are said to be.
func (r *roll[T]) read(ctx context.Context, c *Client) error {
	for !r.done {
		if r.pages >= c.maxPages {
			return &wire.Failure{Kind: wire.TooLarge, Source: c.wire.Source(), Operation: r.op, Sent: true, Cause: errEndless}
		}
		var p page[T]
		if err := c.read(ctx, r.op, r.path, r.query, &p); err != nil {
			return err
		}
		r.pages++
		r.take(p)
	}
	return nil
}

func (r *roll[T]) take(p page[T]) {
	for _, item := range p.Data.Items {
		if !r.keys[item.key()] {
			r.keys[item.key()] = true
			r.list.Items = append(r.list.Items, item)
		}
	}
	r.list.Dropped += p.Data.Dropped
	info := p.PageInfo.Value
	if info.TotalCount.Valid {
		r.list.Total = int(info.TotalCount.Value)
	}
	empty := len(p.Data.Items)+p.Data.Dropped == 0
	enough := r.list.Total > 0 && len(r.list.Items)+r.list.Dropped >= r.list.Total
	r.list.cut = r.cursors[info.EndCursor] && !empty && !enough
	r.done = empty || enough || info.EndCursor == "" || r.list.cut
	r.cursors[info.EndCursor] = true
	r.query.Set("after", string(info.EndCursor))
}
