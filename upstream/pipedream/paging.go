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

// pages reads a list to its end. The vendor has no has_more, and its last page
// may well carry a cursor, so the end is any of: no cursor, an empty page, a
// cursor met before, or as many records as there are said to be.
func pages[T record](ctx context.Context, c *Client, op, path string, query url.Values) (List[T], error) {
	query = maps.Clone(query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", strconv.Itoa(pageSize))
	all := List[T]{Total: -1}
	cursors, keys := map[lenient.String]bool{}, map[string]bool{}
	for range c.maxPages {
		var p page[T]
		if err := c.read(ctx, op, path, query, &p); err != nil {
			return List[T]{}, err
		}
		for _, item := range p.Data.Items {
			if !keys[item.key()] {
				keys[item.key()] = true
				all.Items = append(all.Items, item)
			}
		}
		all.Dropped += p.Data.Dropped
		info := p.PageInfo.Value
		if info.TotalCount.Valid {
			all.Total = int(info.TotalCount.Value)
		}
		empty := len(p.Data.Items)+p.Data.Dropped == 0
		enough := all.Total > 0 && len(all.Items)+all.Dropped >= all.Total
		all.cut = cursors[info.EndCursor] && !empty && !enough
		if empty || enough || info.EndCursor == "" || all.cut {
			return all, nil
		}
		cursors[info.EndCursor] = true
		query.Set("after", string(info.EndCursor))
	}
	return List[T]{}, &wire.Failure{Kind: wire.TooLarge, Source: c.wire.Source(), Operation: op, Sent: true, Cause: errEndless}
}
