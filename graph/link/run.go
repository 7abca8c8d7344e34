package link

import (
	"hash/maphash"
	"strings"

	"github.com/manifold-graph/manifold/graph/person"
)

// run is one linking of one input. Identities are ranks in it.
type run struct {
	l *Linker
	*forest
	groups
	kinds     []person.Kind
	texts     []string // by key, as far as evidence has needed them
	block     *strings.Builder
	disowned  map[int32]bool    // identities whose own address links nobody
	contested map[int32][]int32 // by key
	decisions []Decision
	edges     []edge
	clashes   []clash
}

// edge is evidence between two ranks, a < b. Key is the blocking key, or the
// place of the decision.
type edge struct {
	a, b  int32
	key   int32
	rule  int16
	trust Trust
	fate  fate
}

// fate is what became of an edge.
type fate uint8

const (
	pending fate = iota
	linked
	weak    // may only suggest
	refused // is part of a conflict
)

// clash is an edge that could not be followed, and the identities in the way.
type clash struct {
	edge    edge
	reason  ConflictReason
	witness [2]int32 // -1: none
}

// Link decides which identities are one person. Keys of identities should be
// unique: records with one key are one person, without a link that says so, and
// decisions speak of the first of them in the input. Decisions about identities that are not in the input have no effect.
func (l *Linker) Link(identities []*person.Identity, decisions []Decision) Result {
	return l.run(identities, decisions).result()
}

func (l *Linker) run(identities []*person.Identity, decisions []Decision) *run {
	r := &run{l: l, block: new(strings.Builder), disowned: make(map[int32]bool), contested: make(map[int32][]int32)}
	order := rank(identities)
	r.collect(order)
	r.forest = newForest(order, r.kinds)
	for _, x := range r.repeats {
		r.join(r.find(x), r.find(x-1))
	}
	r.decide(decisions)
	// Addresses come first: a digest of a contested address must not link either.
	for key := range int32(len(r.spans)) {
		if r.family(key) == familyEmail {
			r.relateAddress(key, r.sharing(key))
		}
	}
	for key := range int32(len(r.spans)) {
		switch r.family(key) {
		case familyEmail, familyName:
		default:
			r.relate(key, r.sharing(key))
		}
	}
	r.sortEdges()
	r.unite()
	for key := range int32(len(r.spans)) {
		if r.family(key) == familyName {
			r.suggestNamesakes(key, r.sharing(key))
		}
	}
	return r
}

// collect finds the keys and kinds of all identities. External users come first,
// because what they speak of says which digests of the others matter.
func (r *run) collect(order ranked) {
	n := len(order.ids)
	r.kinds = make([]person.Kind, n)
	outside := n
	for outside > 0 && order.ids[outside-1].Key.System == person.Pipedream {
		outside--
	}
	all := newEntries(n, maphash.MakeSeed())
	is := func(ident int, kind person.Kind) { r.kinds[ident] = kind }
	all.scan(r.l, order.ids, outside, n, make([]bool, len(r.l.hashes)), is)
	spoken := make([]bool, len(r.l.hashes))
	all.each(func(e *entry) {
		if e.family == familyHash {
			spoken[all.key(e)[0]] = true
		}
	})
	all.scan(r.l, order.ids, 0, outside, spoken, is)
	r.groups = all.group()
	r.texts = make([]string, len(r.spans))
}

// keyText is a key's text for evidence. Many texts share a block, so that they
// cost few allocations.
func (r *run) keyText(key int32) string {
	if r.texts[key] == "" {
		text := r.text(key)
		if r.block.Cap()-r.block.Len() < len(text) {
			r.block = new(strings.Builder)
			r.block.Grow(max(blockSize, len(text)))
		}
		from := r.block.Len()
		r.block.Write(text)
		r.texts[key] = r.block.String()[from:]
	}
	return r.texts[key]
}

// blockSize is the bytes of a block of texts, which lives as long as one of them.
const blockSize = 1 << 20
