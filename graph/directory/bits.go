package directory

import "math/bits"

// bitset is a set of small numbers, one bit each.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

// fullBitset holds every number below n and none above.
func fullBitset(n int) bitset {
	b := newBitset(n)
	for i := range b {
		b[i] = ^uint64(0)
	}
	if rest := n % 64; rest != 0 {
		b[len(b)-1] = 1<<rest - 1
	}
	return b
}

func (b bitset) add(i int32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) remove(i int32)   { b[i>>6] &^= 1 << (i & 63) }
func (b bitset) has(i int32) bool { return b[i>>6]&(1<<(i&63)) != 0 }

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

func (b bitset) and(o bitset) {
	for i := range b {
		b[i] &= o[i]
	}
}

func (b bitset) andNot(o bitset) {
	for i := range b {
		b[i] &^= o[i]
	}
}

// or adds the members of o, which may be nil.
func (b bitset) or(o bitset) {
	for i, w := range o {
		b[i] |= w
	}
}

// next is the smallest member that is at least i; -1 when there is none.
func (b bitset) next(i int) int {
	if i>>6 >= len(b) {
		return -1
	}
	w := b[i>>6] >> (i & 63) << (i & 63)
	for at := i >> 6; ; w = b[at] {
		if w != 0 {
			return at<<6 + bits.TrailingZeros64(w)
		}
		if at++; at == len(b) {
			return -1
		}
	}
}

// prev is the largest member that is at most i; -1 when there is none.
func (b bitset) prev(i int) int {
	if i < 0 {
		return -1
	}
	shift := 63 - i&63
	w := b[i>>6] << shift >> shift
	for at := i >> 6; ; w = b[at] {
		if w != 0 {
			return at<<6 + 63 - bits.LeadingZeros64(w)
		}
		if at--; at < 0 {
			return -1
		}
	}
}
