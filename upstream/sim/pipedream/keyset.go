package pipedream

import (
	"slices"
	"strings"
)

// record is anything that is listed in the order of its id.
type record interface{ key() string }

func (u *user) key() string    { return u.ID }
func (a *Account) key() string { return a.ID }
func (t *Trigger) key() string { return t.ID }
func (a *App) key() string     { return a.slugOrID() }

// keyset is records in the order of their ids, so that a page is found by binary search.
type keyset[T record] struct{ items []T }

func newKeyset[T record](items []T) keyset[T] {
	slices.SortFunc(items, func(a, b T) int { return strings.Compare(a.key(), b.key()) })
	return keyset[T]{items}
}

func (k keyset[T]) find(id string) (int, bool) {
	return slices.BinarySearchFunc(k.items, id, func(r T, id string) int { return strings.Compare(r.key(), id) })
}

func (k keyset[T]) get(id string) (record T, ok bool) {
	if i, found := k.find(id); found {
		return k.items[i], true
	}
	return record, false
}

func (k *keyset[T]) remove(id string) {
	if i, ok := k.find(id); ok {
		k.items = slices.Delete(k.items, i, i+1)
	}
}

// removeAll takes out whatever gone says, in one pass.
func (k *keyset[T]) removeAll(gone func(T) bool) { k.items = slices.DeleteFunc(k.items, gone) }

// page is what a list call asks for. Empty cursors are no cursors.
type page struct {
	after, before string
	limit         int
}

// cut returns the page of the records that match, in order of id, and how many match in all. A
// cursor need not name a record that still exists. With before alone, the page is the one just
// before it.
func (k keyset[T]) cut(p page, match func(T) bool) (items []T, total int) {
	matching := k.items
	if match != nil {
		matching = nil
		for _, r := range k.items {
			if match(r) {
				matching = append(matching, r)
			}
		}
	}
	all := keyset[T]{matching}
	start, end := 0, len(matching)
	if p.after != "" {
		i, found := all.find(p.after)
		if start = i; found {
			start++
		}
	}
	if p.before != "" {
		i, _ := all.find(p.before)
		end = max(start, i)
	}
	if p.before != "" && p.after == "" {
		start = max(start, end-p.limit)
	}
	return matching[start:min(end, start+p.limit)], len(matching)
}
