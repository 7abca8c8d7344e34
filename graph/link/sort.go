package link

import (
	"cmp"
	"slices"
	"strings"
)

// sortEdges orders edges by their ends and drops repeats. Counting keeps that
// linear; only evidence about the same two identities is compared.
func (r *run) sortEdges() {
	n := len(r.ids)
	spare := make([]edge, len(r.edges))
	countingSort(spare, r.edges, n, func(e *edge) int32 { return e.b })
	countingSort(r.edges, spare, n, func(e *edge) int32 { return e.a })
	same := func(x, y *edge) bool { return x.a == y.a && x.b == y.b }
	for i := 0; i < len(r.edges); {
		j := i + 1
		for j < len(r.edges) && same(&r.edges[i], &r.edges[j]) {
			j++
		}
		if j-i > 1 {
			slices.SortFunc(r.edges[i:j], r.compareEvidence)
		}
		i = j
	}
	r.edges = slices.CompactFunc(r.edges, func(x, y edge) bool { return same(&x, &y) && r.compareEvidence(x, y) == 0 })
}

// compareEvidence puts the strongest first.
func (r *run) compareEvidence(x, y edge) int {
	if c := r.compareClass(x.rule, x.trust, y.rule, y.trust); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(x.fate, y.fate), strings.Compare(r.matched(&x), r.matched(&y)))
}

func (r *run) compareClass(rx int16, tx Trust, ry int16, ty Trust) int {
	return cmp.Or(cmp.Compare(ty, tx), cmp.Compare(r.l.rules[ry].strength, r.l.rules[rx].strength),
		strings.Compare(r.l.rules[rx].name, r.l.rules[ry].name))
}

// byStrength gives the places of the edges, strongest first and otherwise in
// their order. There are few classes of evidence, so this counts too.
func (r *run) byStrength() []int32 {
	const trusts = int(Confirmed) + 1
	classes := make([]int, len(r.l.rules)*trusts)
	for i := range classes {
		classes[i] = i
	}
	slices.SortFunc(classes, func(x, y int) int {
		return r.compareClass(int16(x/trusts), Trust(x%trusts), int16(y/trusts), Trust(y%trusts))
	})
	place := make([]int32, len(classes))
	for at, c := range classes {
		place[c] = int32(at)
	}
	order, sorted := make([]int32, len(r.edges)), make([]int32, len(r.edges))
	for i := range order {
		order[i] = int32(i)
	}
	countingSort(sorted, order, len(classes), func(i *int32) int32 {
		e := &r.edges[*i]
		return place[int(e.rule)*trusts+int(e.trust)]
	})
	return sorted
}

// countingSort puts src into dst by keys from 0 to n-1, stably.
func countingSort[T any](dst, src []T, n int, key func(*T) int32) {
	start := make([]int32, n+1)
	for i := range src {
		start[key(&src[i])+1]++
	}
	for k := 1; k <= n; k++ {
		start[k] += start[k-1]
	}
	for i := range src {
		k := key(&src[i])
		dst[start[k]] = src[i]
		start[k]++
	}
}
