package link

import (
	"hash/maphash"
	"strings"
)

// family is the sort of a blocking key.
type family byte

const (
	familyEmail         family = 'e'
	familyHash          family = 'h'
	familyPipedriveUser family = 'u'
	familyCompanyUser   family = 'c'
	familyPipefyUser    family = 'f'
	familyPipefyUUID    family = 'x'
	familyMapping       family = 'm'
	familyName          family = 'n'
)

// keyTable numbers blocking keys in order of their first use. It is an open hash
// table over texts kept in a few large blocks, so that a million keys cost a few
// allocations.
type keyTable struct {
	seed     maphash.Seed
	slots    []int32 // number+1; 0 is free
	hashes   []uint64
	texts    []string
	families []family
	block    *strings.Builder
}

const blockSize = 1 << 20

func newKeyTable(expect int) *keyTable {
	size := 64
	for size < 2*expect {
		size *= 2
	}
	return &keyTable{
		seed: maphash.MakeSeed(), slots: make([]int32, size),
		hashes: make([]uint64, 0, expect), texts: make([]string, 0, expect), families: make([]family, 0, expect),
		block: new(strings.Builder),
	}
}

func (t *keyTable) hash(f family, key []byte) uint64 {
	return maphash.Bytes(t.seed, key) ^ uint64(f)*0x9e3779b97f4a7c15
}

// find gives a key's number, or -1 and the slot where it would go.
func (t *keyTable) find(h uint64, f family, key []byte) (number int32, slot uint64) {
	mask := uint64(len(t.slots) - 1)
	for slot = h & mask; ; slot = (slot + 1) & mask {
		n := t.slots[slot] - 1
		if n < 0 {
			return -1, slot
		}
		if t.hashes[n] == h && t.families[n] == f && t.texts[n] == string(key) {
			return n, slot
		}
	}
}

func (t *keyTable) lookup(f family, key []byte) int32 {
	n, _ := t.find(t.hash(f, key), f, key)
	return n
}

func (t *keyTable) intern(f family, key []byte) int32 {
	h := t.hash(f, key)
	n, slot := t.find(h, f, key)
	if n >= 0 {
		return n
	}
	n = int32(len(t.texts))
	t.slots[slot] = n + 1
	t.hashes = append(t.hashes, h)
	t.families = append(t.families, f)
	t.texts = append(t.texts, t.keep(key))
	if 2*len(t.texts) > len(t.slots) {
		t.grow()
	}
	return n
}

func (t *keyTable) keep(key []byte) string {
	if t.block.Cap()-t.block.Len() < len(key) {
		// A full block stays alive through the texts that point into it.
		t.block = new(strings.Builder)
		t.block.Grow(max(blockSize, len(key)))
	}
	from := t.block.Len()
	t.block.Write(key)
	return t.block.String()[from:]
}

func (t *keyTable) grow() {
	t.slots = make([]int32, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n, h := range t.hashes {
		slot := h & mask
		for t.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		t.slots[slot] = int32(n) + 1
	}
}
