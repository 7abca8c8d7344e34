package link

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"

	"github.com/manifold-graph/manifold/graph/person"
)

// KeyIndex finds identities by what rules could relate them by. It is immutable
// and safe for concurrent use.
type KeyIndex struct {
	linker *Linker
	seed   maphash.Seed
	shift  int
	start  []int32  // hashes that begin with n have uses[start[n]:start[n+1]]
	uses   []keyUse // holds no address
}

// keyUse is an identity beside the lower half of the hash of a key that it has.
type keyUse struct {
	hash  uint32
	ident int32
}

// Index indexes identities by their keys. It costs about what linking them does.
func (l *Linker) Index(identities []*person.Identity) *KeyIndex {
	all := newEntries(len(identities), maphash.MakeSeed())
	all.scan(l, identities, 0, len(identities), l.allHashes(), func(int, person.Kind) {})
	count := 0
	for i := range all.chunks {
		count += len(all.chunks[i].entries)
	}
	// A few keys for each beginning of a hash.
	lead := bits.Len(uint(count / 4))
	k := &KeyIndex{
		linker: l, seed: all.seed, shift: 64 - lead,
		start: make([]int32, 1<<lead+1), uses: make([]keyUse, count),
	}
	all.each(func(e *entry) { k.start[e.hash>>k.shift+1]++ })
	for n := 1; n < len(k.start); n++ {
		k.start[n] += k.start[n-1]
	}
	at := slices.Clone(k.start)
	all.each(func(e *entry) {
		n := e.hash >> k.shift
		k.uses[at[n]] = keyUse{uint32(e.hash), e.ident}
		at[n]++
	})
	return k
}

// Related yields the place in the input of every identity that rules could relate
// to this one: rules relate only who shares a key. A few others may be among them,
// and some may come twice. Decisions relate their two identities besides: whoever
// looks for all who may affect an identity must follow those too.
func (k *KeyIndex) Related(identity *person.Identity) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		var hashes []uint64
		s := scanner{l: k.linker, hashes: k.linker.allHashes()}
		s.emit = func(f family, key []byte, _ int16, _ uint8) { hashes = append(hashes, keyHash(k.seed, f, key)) }
		s.scan(identity)
		for _, hash := range hashes {
			n := hash >> k.shift
			for _, use := range k.uses[k.start[n]:k.start[n+1]] {
				if use.hash == uint32(hash) && !yield(use.ident) {
					return
				}
			}
		}
	}
}

// allHashes wants the digests of all hashers.
func (l *Linker) allHashes() []bool { return slices.Repeat([]bool{true}, len(l.hashes)) }
