package directory

import "slices"

// postings maps small numbers (values: a word, a domain) to ascending sets of
// small numbers (items: people). All lists lie in one array in the order of the
// values, so that a range of values is one scan. A set with more than one item in
// 32 is kept as a bitset instead, which is then the smaller of the two.
type postings struct {
	start    []int32 // value v has list[start[v]:start[v+1]]
	list     []int32
	dense    []int32 // ascending values that are bitsets
	denseSet []bitset
}

// newPostings groups pairs (values[i], items[i]) by value. Items must ascend;
// repeated pairs count once.
func newPostings(valueCount, itemCount int, values, items []int32) postings {
	start, grouped := group(valueCount, values, items)
	p := postings{start: make([]int32, valueCount+1)}
	kept := grouped[:0]
	for v := range valueCount {
		set := slices.Compact(grouped[start[v]:start[v+1]])
		if len(set)*32 > itemCount {
			b := newBitset(itemCount)
			for _, i := range set {
				b.add(i)
			}
			p.dense = append(p.dense, int32(v))
			p.denseSet = append(p.denseSet, b)
		} else {
			kept = append(kept, set...)
		}
		p.start[v+1] = int32(len(kept))
	}
	p.list = slices.Clone(kept)
	return p
}

// orInto adds the items of the values lo to hi-1 to dst.
func (p *postings) orInto(dst bitset, lo, hi int) {
	if lo >= hi {
		return
	}
	for _, i := range p.list[p.start[lo]:p.start[hi]] {
		dst.add(i)
	}
	d, _ := slices.BinarySearch(p.dense, int32(lo))
	for ; d < len(p.dense) && int(p.dense[d]) < hi; d++ {
		dst.or(p.denseSet[d])
	}
}

// group sorts items by their values, stably: those of value v end up in
// grouped[start[v]:start[v+1]].
func group[T any](valueCount int, values []int32, items []T) (start []int32, grouped []T) {
	start = make([]int32, valueCount+1)
	for _, v := range values {
		start[v+1]++
	}
	for v := range valueCount {
		start[v+1] += start[v]
	}
	grouped = make([]T, len(items))
	fill := slices.Clone(start)
	for i, v := range values {
		grouped[fill[v]] = items[i]
		fill[v]++
	}
	return start, grouped
}
