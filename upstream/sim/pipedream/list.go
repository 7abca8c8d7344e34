package pipedream

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"strconv"
)

// The documented bounds of limit.
const (
	defaultLimit = 10
	maxLimit     = 100
)

// listing is the body of every list.
type listing struct {
	Data any      `json:"data"`
	Page pageInfo `json:"page_info"`
}

// pageInfo has no has_more. The end cursor of a last page is not null: the page after it is empty.
type pageInfo struct {
	Count       int     `json:"count"`
	TotalCount  int     `json:"total_count"`
	StartCursor *string `json:"start_cursor"`
	EndCursor   *string `json:"end_cursor"`
}

// page reads limit, after and before. A limit out of bounds is clamped, one that is no number is
// the default.
func (c *call) page() (page, bool) {
	p := page{limit: defaultLimit}
	if n, err := strconv.Atoi(c.query.Get("limit")); err == nil {
		p.limit = min(max(n, 1), maxLimit)
	}
	var okAfter, okBefore bool
	p.after, okAfter = decodeCursor(c.query.Get("after"))
	p.before, okBefore = decodeCursor(c.query.Get("before"))
	return p, okAfter && okBefore
}

// respond lists the page of k that the call asks for, each record as view shows it.
func respond[T record, V any](s *Server, c *call, k keyset[T], match func(T) bool, view func(T) V) reply {
	p, ok := c.page()
	if !ok {
		return refuse(http.StatusBadRequest, "invalid cursor")
	}
	items, total := k.cut(p, match)
	out := listingOf(items, total, view)
	if cursor := cmp.Or(c.query.Get("after"), c.query.Get("before")); s.opts.EchoCursor && len(items) == 0 && cursor != "" {
		out.Page.StartCursor, out.Page.EndCursor = &cursor, &cursor
	}
	return reply{http.StatusOK, out}
}

func listingOf[T record, V any](items []T, total int, view func(T) V) listing {
	data := make([]V, len(items))
	for i, r := range items {
		data[i] = view(r)
	}
	out := listing{Data: data, Page: pageInfo{Count: len(items), TotalCount: total}}
	if len(items) > 0 {
		start, end := encodeCursor(items[0].key()), encodeCursor(items[len(items)-1].key())
		out.Page.StartCursor, out.Page.EndCursor = &start, &end
	}
	return out
}

func encodeCursor(id string) string { return base64.RawStdEncoding.EncodeToString([]byte(id)) }

func decodeCursor(cursor string) (id string, ok bool) {
	raw, err := base64.RawStdEncoding.DecodeString(cursor)
	return string(raw), err == nil
}
