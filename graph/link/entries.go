package link

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/manifold-graph/manifold/graph/person"
)

// entry says that an identity has a key. It has no pointer, so that millions of
// them cost the garbage collector nothing.
type entry struct {
	hash     uint64
	ident    int32
	at, size uint32 // of the key's text in its chunk
	rule     int16
	family   family
	marks    uint8
}

// entries are the keys of many identities, scanned in chunks on all processors.
// Identities are numbered in the order in which they were given.
type entries struct {
	seed   maphash.Seed
	chunks []chunk
}

// chunk is what was found in some neighbouring identities.
type chunk struct {
	text    []byte
	entries []entry
}

// chunkSize is the number of identities in a chunk.
const chunkSize = 1 << 14

func newEntries(identities int, seed maphash.Seed) *entries {
	return &entries{seed: seed, chunks: make([]chunk, (identities+chunkSize-1)/chunkSize)}
}

// scan adds the keys of ids[from:to], with the digests of wanted hashers, and
// says each one's kind.
func (all *entries) scan(l *Linker, ids []*person.Identity, from, to int, wanted []bool, is func(ident int, kind person.Kind)) {
	if from == to {
		return
	}
	first, last := from/chunkSize, (to-1)/chunkSize
	inParallel(last-first+1, func(n int) {
		c := &all.chunks[first+n]
		start, end := max(from, (first+n)*chunkSize), min(to, (first+n+1)*chunkSize)
		c.entries = slices.Grow(c.entries, 3*(end-start))
		c.text = slices.Grow(c.text, 48*(end-start))
		ident := start
		s := scanner{l: l, hashes: wanted}
		s.emit = func(f family, key []byte, rule int16, marks uint8) {
			c.entries = append(c.entries, entry{keyHash(all.seed, f, key), int32(ident), uint32(len(c.text)), uint32(len(key)), rule, f, marks})
			c.text = append(c.text, key...)
		}
		for ; ident < end; ident++ {
			is(ident, s.scan(ids[ident]))
		}
	})
}

func keyHash(seed maphash.Seed, f family, key []byte) uint64 {
	return maphash.Bytes(seed, key) ^ uint64(f)*0x9e3779b97f4a7c15
}

// each calls do with every entry found so far.
func (all *entries) each(do func(*entry)) {
	for i := range all.chunks {
		for k := range all.chunks[i].entries {
			do(&all.chunks[i].entries[k])
		}
	}
}

// key is the text of an entry's key.
func (all *entries) key(e *entry) []byte {
	return all.chunks[e.ident/chunkSize].text[e.at:][:e.size]
}

// buckets is how many parts entries are grouped in: those of a million
// identities fit a processor's cache.
const buckets = 256

// bucketed puts all entries together by bucket, of which the one numbered b has
// the places start[b] to start[b+1]. It takes them out of their chunks.
func (all *entries) bucketed() (sorted []entry, start [buckets + 1]int) {
	bucket := func(e *entry) int { return int(e.hash >> 56) }
	all.each(func(e *entry) { start[bucket(e)+1]++ })
	for b := range buckets {
		start[b+1] += start[b]
	}
	sorted, at := make([]entry, start[buckets]), start
	all.each(func(e *entry) {
		b := bucket(e)
		sorted[at[b]] = *e
		at[b]++
	})
	for i := range all.chunks {
		all.chunks[i].entries = nil
	}
	return sorted, start
}

// groups are the keys that several entries share, by number.
type groups struct {
	*entries
	grouped []entry
	spans   []span
}

type span struct{ from, to int32 }

func (all *entries) group() groups {
	sorted, start := all.bucketed()
	var sizes [buckets][]int32
	inParallel(buckets, func(b int) { sizes[b] = all.groupBucket(sorted[start[b]:start[b+1]]) })
	g := groups{entries: all, grouped: sorted}
	for b, list := range sizes {
		from := int32(start[b])
		for _, size := range list {
			g.spans = append(g.spans, span{from, from + size})
			from += size
		}
	}
	return g
}

// groupBucket brings the entries of every shared key together at the front of
// bucket, and gives how many each key has.
func (all *entries) groupBucket(bucket []entry) (sizes []int32) {
	size := 4
	for size < 2*len(bucket) {
		size *= 2
	}
	table := make([]int32, size) // open addressing; entry + 1, 0 is free
	first := make([]int32, len(bucket))
	count := make([]int32, len(bucket)) // by first entry of a key
	for i := range bucket {
		slot := int(bucket[i].hash) & (size - 1)
		for table[slot] != 0 && !all.sameKey(&bucket[table[slot]-1], &bucket[i]) {
			slot = (slot + 1) & (size - 1)
		}
		if table[slot] == 0 {
			table[slot] = int32(i) + 1
		}
		first[i] = table[slot] - 1
		count[first[i]]++
	}
	place, shared := make([]int32, len(bucket)), int32(0)
	for i, n := range count {
		if n > 1 {
			place[i] = shared
			shared += n
			sizes = append(sizes, n)
		}
	}
	grouped := make([]entry, shared)
	for i, f := range first {
		if count[f] > 1 {
			grouped[place[f]] = bucket[i]
			place[f]++
		}
	}
	copy(bucket, grouped)
	for from, rest := int32(0), sizes; len(rest) > 0; rest = rest[1:] {
		slices.SortFunc(bucket[from:from+rest[0]], func(x, y entry) int {
			return cmp.Or(cmp.Compare(x.ident, y.ident), cmp.Compare(x.at, y.at))
		})
		from += rest[0]
	}
	return sizes
}

// sameKey compares more than hashes, for two keys may share one.
func (all *entries) sameKey(x, y *entry) bool {
	return x.hash == y.hash && x.family == y.family && bytes.Equal(all.key(x), all.key(y))
}

// sharing lists the entries of a key, by identity.
func (g *groups) sharing(key int32) []entry { return g.grouped[g.spans[key].from:g.spans[key].to] }

// family is the sort of a key.
func (g *groups) family(key int32) family { return g.grouped[g.spans[key].from].family }

// text is a key's own text.
func (g *groups) text(key int32) []byte { return g.key(&g.grouped[g.spans[key].from]) }
