package link

import "github.com/manifold-graph/manifold/graph/person"

// run is one linking of one input. Identities are ranks in it.
type run struct {
	l *Linker
	*forest
	kinds     []person.Kind
	table     *keyTable
	entries   []entry
	emailKey  []int32 // the address that an identity holds; -1
	blocked   map[int32]bool
	contested map[int32][]int32 // by key
	decisions []Decision
	edges     []edge
	clashes   []clash
}

// entry says that an identity has a key.
type entry struct {
	key, ident int32
	rule       int16
	marks      uint8
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

// Link decides which identities are one person. Keys of identities are unique.
// Decisions about identities that are not in the input have no effect.
func (l *Linker) Link(identities []*person.Identity, decisions []Decision) Result {
	return l.run(identities, decisions).result()
}

func (l *Linker) run(identities []*person.Identity, decisions []Decision) *run {
	r := &run{l: l, blocked: make(map[int32]bool), contested: make(map[int32][]int32)}
	order := rank(identities)
	r.collect(order)
	r.forest = newForest(order, r.kinds)
	r.decide(decisions)
	groups := r.group()
	// Addresses come first: a digest of a contested address must not link either.
	for key := range groups.keys() {
		if r.table.families[key] == familyEmail {
			r.relateAddress(key, groups.of(key))
		}
	}
	for key := range groups.keys() {
		switch r.table.families[key] {
		case familyEmail, familyName:
		default:
			r.relate(key, groups.of(key))
		}
	}
	r.sortEdges()
	r.unite()
	for key := range groups.keys() {
		if r.table.families[key] == familyName {
			r.suggestNamesakes(key, groups.of(key))
		}
	}
	return r
}

// collect finds the keys and kinds of all identities. External users come first,
// because what they speak of says which keys of the others matter.
func (r *run) collect(order ranked) {
	n := len(order.ids)
	r.table = newKeyTable(2*n + 16)
	r.entries = make([]entry, 0, 3*n)
	r.kinds = make([]person.Kind, n)
	r.emailKey = make([]int32, n)
	outside := n
	for outside > 0 && order.ids[outside-1].Key.System == person.Pipedream {
		outside--
	}
	ident := int32(0)
	s := scanner{l: r.l, hashes: make([]bool, len(r.l.hashes))}
	s.emit = func(f family, key []byte, rule int16, marks uint8) {
		var number int32
		if rule == ruleNone {
			// The identity only answers to this key; nobody spoke it, nothing to join.
			if number = r.table.lookup(f, key); number < 0 {
				return
			}
		} else {
			number = r.table.intern(f, key)
		}
		if f == familyEmail && marks&markHolder != 0 {
			r.emailKey[ident] = number
		}
		r.entries = append(r.entries, entry{number, ident, rule, marks})
	}
	scan := func(from, to int) {
		for i := from; i < to; i++ {
			ident, r.emailKey[i] = int32(i), -1
			r.kinds[i] = s.scan(order.ids[i])
		}
	}
	scan(outside, n)
	for key, f := range r.table.families {
		if f == familyHash {
			s.hashes[r.table.texts[key][0]] = true
		}
	}
	scan(0, outside)
}

// groups are the entries of each key, in order of rank.
type groups struct {
	start   []int32
	entries []entry
}

// group sorts the entries by key and rank, by counting.
func (r *run) group() groups {
	g := groups{start: make([]int32, len(r.table.texts)+1), entries: make([]entry, len(r.entries))}
	for i := range r.entries {
		g.start[r.entries[i].key+1]++
	}
	for k := 1; k < len(g.start); k++ {
		g.start[k] += g.start[k-1]
	}
	// External users were scanned first but rank last.
	outside := 0
	for outside < len(r.entries) && r.ids[r.entries[outside].ident].Key.System == person.Pipedream {
		outside++
	}
	at := append([]int32(nil), g.start...)
	for _, part := range [2][]entry{r.entries[outside:], r.entries[:outside]} {
		for i := range part {
			k := part[i].key
			g.entries[at[k]] = part[i]
			at[k]++
		}
	}
	r.entries = nil
	return g
}

// keys yields the keys that more than one entry has.
func (g *groups) keys() func(func(int32) bool) {
	return func(yield func(int32) bool) {
		for k := int32(0); int(k) < len(g.start)-1; k++ {
			if g.start[k+1]-g.start[k] > 1 && !yield(k) {
				return
			}
		}
	}
}

func (g *groups) of(key int32) []entry { return g.entries[g.start[key]:g.start[key+1]] }
