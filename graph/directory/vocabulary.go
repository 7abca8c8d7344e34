package directory

import (
	"bytes"
	"hash/maphash"
	"sort"
)

// vocabulary finds items by the beginning of a word.
type vocabulary struct {
	words texts // sorted
	items postings
}

// prefix adds to dst the items with a word that begins with prefix.
func (v *vocabulary) prefix(dst bitset, prefix []byte) {
	n := v.words.len()
	lo := sort.Search(n, func(i int) bool { return bytes.Compare(v.words.at(int32(i)), prefix) >= 0 })
	hi := lo + sort.Search(n-lo, func(i int) bool { return !bytes.HasPrefix(v.words.at(int32(lo+i)), prefix) })
	v.items.orInto(dst, lo, hi)
}

// vocabularyBuilder collects words of ascending items.
type vocabularyBuilder struct {
	seed    maphash.Seed
	table   []int32 // open addressing; word number + 1, 0 is free
	words   texts
	values  []int32
	items   []int32
	scratch []byte
}

// wordsExpected is about how many words a name or an address has.
const wordsExpected = 4

func newVocabularyBuilder(itemCount int) *vocabularyBuilder {
	return &vocabularyBuilder{
		seed: maphash.MakeSeed(), table: make([]int32, 64),
		values: make([]int32, 0, wordsExpected*itemCount), items: make([]int32, 0, wordsExpected*itemCount),
	}
}

// add indexes the words of text under item.
func (b *vocabularyBuilder) add(item int32, text string) {
	b.scratch = fold(b.scratch[:0], text)
	words(b.scratch, func(word []byte) {
		b.values = append(b.values, b.intern(word))
		b.items = append(b.items, item)
	})
}

func (b *vocabularyBuilder) intern(word []byte) int32 {
	if 2*b.words.len() >= len(b.table) {
		b.grow()
	}
	at := b.slot(word)
	if b.table[at] == 0 {
		b.words.append(func(dst []byte) []byte { return append(dst, word...) })
		b.table[at] = int32(b.words.len())
	}
	return b.table[at] - 1
}

// slot is where word is, or would be.
func (b *vocabularyBuilder) slot(word []byte) int {
	mask := len(b.table) - 1
	for at := int(maphash.Bytes(b.seed, word)) & mask; ; at = (at + 1) & mask {
		if n := b.table[at]; n == 0 || bytes.Equal(b.words.at(n-1), word) {
			return at
		}
	}
}

func (b *vocabularyBuilder) grow() {
	b.table = make([]int32, 4*len(b.table))
	for n := range b.words.len() {
		b.table[b.slot(b.words.at(int32(n)))] = int32(n) + 1
	}
}

func (b *vocabularyBuilder) build(itemCount int) vocabulary {
	perm := b.words.sorted(func(x, y int32) int { return 0 })
	rank := inverse(perm)
	for i, v := range b.values {
		b.values[i] = rank[v]
	}
	ordered := texts{block: make([]byte, 0, len(b.words.block)), ends: make([]uint32, 0, len(perm))}
	for _, n := range perm {
		ordered.append(func(dst []byte) []byte { return append(dst, b.words.at(n)...) })
	}
	return vocabulary{words: ordered, items: newPostings(len(perm), itemCount, b.values, b.items)}
}

// inverse is the permutation that undoes perm.
func inverse(perm []int32) []int32 {
	inv := make([]int32, len(perm))
	for k, n := range perm {
		inv[n] = int32(k)
	}
	return inv
}
