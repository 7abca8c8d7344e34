package directory

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// texts is a list of short byte strings in one block, which costs the garbage
// collector nothing.
type texts struct {
	block []byte
	ends  []uint32
}

func (t *texts) len() int { return len(t.ends) }

func (t *texts) at(i int32) []byte {
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.block[start:t.ends[i]]
}

// append adds what fill appends to its argument as one text.
func (t *texts) append(fill func(dst []byte) []byte) {
	t.block = fill(t.block)
	t.ends = append(t.ends, uint32(len(t.block)))
}

// lead is the first eight bytes of b as a number that compares as b does.
func lead(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.BigEndian.Uint64(b)
	}
	var padded [8]byte
	copy(padded[:], b)
	return binary.BigEndian.Uint64(padded[:])
}

// commonPrefix is how many leading bytes all texts share.
func (t *texts) commonPrefix() int {
	if t.len() == 0 {
		return 0
	}
	shared := t.at(0)
	for i := int32(1); int(i) < t.len() && len(shared) > 0; i++ {
		s := t.at(i)
		n := 0
		for n < len(shared) && n < len(s) && shared[n] == s[n] {
			n++
		}
		shared = shared[:n]
	}
	return len(shared)
}

// sorted is the permutation that puts the texts in order, equal ones as tie says.
func (t *texts) sorted(tie func(a, b int32) int) []int32 {
	skip := t.commonPrefix()
	whole := func(a, b int32) int {
		if c := bytes.Compare(t.at(a)[skip:], t.at(b)[skip:]); c != 0 {
			return c
		}
		return tie(a, b)
	}
	return sortRuns(t.len(),
		func(i int32) uint64 { return lead(t.at(i)[skip:]) },
		func(run []sortItem) { t.sortFrom(skip+8, run, whole) }, whole)
}

// fewItems are compared as a whole, one by one.
const fewItems = 12

// sortFrom sorts items whose texts agree before the byte at from: eight bytes
// after eight bytes, so that each text is looked at once a step, not at every
// comparison.
func (t *texts) sortFrom(from int, items []sortItem, whole func(a, b int32) int) {
	longer := func(i sortItem) bool { return len(t.at(i.n)) > from }
	if len(items) <= fewItems || !slices.ContainsFunc(items, longer) {
		slices.SortFunc(items, func(a, b sortItem) int { return whole(a.n, b.n) })
		return
	}
	before := items[0].key
	for i := range items {
		text := t.at(items[i].n)
		items[i].key = lead(text[min(from, len(text)):])
	}
	sortItems(items, func(run []sortItem) { t.sortFrom(from+8, run, whole) })
	for i := range items {
		items[i].key = before
	}
}

type sortItem struct {
	key uint64
	n   int32
}

// sortBy is the permutation of 0 to n-1 by key, equal keys as tie says.
func sortBy(n int, key func(i int32) uint64, tie func(a, b int32) int) []int32 {
	within := func(run []sortItem) {
		slices.SortFunc(run, func(a, b sortItem) int { return tie(a.n, b.n) })
	}
	return sortRuns(n, key, within, tie)
}

// sortRuns is sortBy in which within sorts items of one key, as tie does. Two
// halves are sorted at the same time.
func sortRuns(n int, key func(i int32) uint64, within func(run []sortItem), tie func(a, b int32) int) []int32 {
	items := make([]sortItem, n)
	for i := range items {
		items[i] = sortItem{key(int32(i)), int32(i)}
	}
	left, right := items[:n/2], items[n/2:]
	together(
		func() { sortItems(left, within) },
		func() { sortItems(right, within) },
	)
	perm := make([]int32, 0, n)
	for len(left) > 0 && len(right) > 0 {
		if l, r := left[0], right[0]; l.key < r.key || l.key == r.key && tie(l.n, r.n) <= 0 {
			perm, left = append(perm, left[0].n), left[1:]
		} else {
			perm, right = append(perm, right[0].n), right[1:]
		}
	}
	for _, rest := range [][]sortItem{left, right} {
		for _, item := range rest {
			perm = append(perm, item.n)
		}
	}
	return perm
}

// sortItems sorts by key, and lets within sort items of one key.
func sortItems(items []sortItem, within func(run []sortItem)) {
	slices.SortFunc(items, func(a, b sortItem) int { return cmp.Compare(a.key, b.key) })
	for start := 0; start < len(items); {
		end := start + 1
		for end < len(items) && items[end].key == items[start].key {
			end++
		}
		if end-start > 1 {
			within(items[start:end])
		}
		start = end
	}
}
