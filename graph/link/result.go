package link

import (
	"cmp"
	"encoding/hex"
	"slices"

	"github.com/manifold-graph/manifold/graph/person"
)

// result turns ranks back into places of the input.
func (r *run) result() Result {
	n := len(r.ids)
	res := Result{Cluster: make([]int32, n), Kind: make([]person.Kind, n), Contested: make(map[string][]int32, len(r.contested))}
	smallest := make([]int32, n)
	for i := n - 1; i >= 0; i-- {
		smallest[r.find(int32(i))] = int32(i)
	}
	links := 0
	for i := range r.edges {
		if r.edges[i].fate == linked {
			links++
		}
	}
	for x := range int32(n) {
		res.Cluster[r.input[x]] = r.input[smallest[r.find(x)]]
		res.Kind[r.input[x]] = r.kinds[x]
	}
	res.Links = make([]Link, 0, links)
	for i := range r.edges {
		if e := &r.edges[i]; e.fate == linked {
			res.Links = append(res.Links, r.link(e))
		}
	}
	res.Suggestions = r.suggestions()
	res.Conflicts = r.conflicts()
	for key, users := range r.contested {
		res.Contested[r.keyText(key)] = r.places(users)
	}
	return res
}

func (r *run) link(e *edge) Link {
	rule := &r.l.rules[e.rule]
	l := Link{A: r.input[e.a], B: r.input[e.b], Evidence: Evidence{
		Basis: rule.basis, Rule: rule.name, Trust: e.trust, Strength: rule.strength, Matched: r.matched(e),
	}}
	if l.A > l.B {
		l.A, l.B = l.B, l.A
	}
	switch e.rule {
	case ruleDecision:
		d := &r.decisions[e.key]
		l.DecidedAt, l.DecidedBy, l.Reason = d.At, d.By, d.Reason
	case ruleMapping:
		m := r.mappingOf(e)
		l.DecidedAt, l.DecidedBy = m.At, m.By
	}
	return l
}

// matched is the text that an edge's two identities share; "" where a human's
// word joins them.
func (r *run) matched(e *edge) string {
	switch {
	case e.rule == ruleDecision || e.rule == ruleMapping:
		return ""
	case r.family(e.key) == familyHash:
		return hex.EncodeToString(r.text(e.key)[1:])
	}
	return r.keyText(e.key)
}

func (r *run) mappingOf(e *edge) *Mapping {
	entry := 0
	for _, c := range r.text(e.key) {
		entry = entry*10 + int(c-'0')
	}
	return &r.l.mapping[entry]
}

// suggestions keeps the weak evidence that a human could still follow.
func (r *run) suggestions() []Suggestion {
	var kept []edge
	for i := range r.edges {
		e := r.edges[i]
		if e.fate != weak {
			continue
		}
		ra, rb := r.find(e.a), r.find(e.b)
		if ra == rb || r.enemies(ra, rb) {
			continue
		}
		if x, _ := r.rivals(ra, rb); x >= 0 {
			continue
		}
		kept = append(kept, e)
	}
	slices.SortFunc(kept, func(x, y edge) int {
		return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b), r.compareEvidence(x, y))
	})
	out := make([]Suggestion, len(kept))
	for i := range kept {
		out[i] = Suggestion(r.link(&kept[i]))
	}
	return out
}

// conflicts gathers clashes between the same two people into one.
func (r *run) conflicts() []Conflict {
	type sides struct {
		reason   ConflictReason
		low, top int32
	}
	type gathered struct {
		reason   ConflictReason
		members  []int32
		evidence []edge
	}
	var all []gathered
	met := make(map[sides]int)
	for _, c := range r.clashes {
		if c.reason == ConflictContestedEmail {
			all = append(all, gathered{reason: c.reason, members: slices.Clone(r.contested[c.edge.key])})
			continue
		}
		ra, rb := r.find(c.edge.a), r.find(c.edge.b)
		s := sides{c.reason, min(ra, rb), max(ra, rb)}
		at, known := met[s]
		if !known {
			at = len(all)
			met[s] = at
			all = append(all, gathered{reason: c.reason})
		}
		all[at].evidence = append(all[at].evidence, c.edge)
		for _, x := range [4]int32{c.edge.a, c.edge.b, c.witness[0], c.witness[1]} {
			if x >= 0 {
				all[at].members = append(all[at].members, x)
			}
		}
	}
	for i := range all {
		g := &all[i]
		slices.Sort(g.members)
		g.members = slices.Compact(g.members)
		slices.SortFunc(g.evidence, func(x, y edge) int {
			return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b), r.compareEvidence(x, y))
		})
	}
	slices.SortFunc(all, func(x, y gathered) int {
		return cmp.Or(slices.Compare(x.members, y.members), cmp.Compare(x.reason, y.reason),
			slices.CompareFunc(x.evidence, y.evidence, func(a, b edge) int {
				return cmp.Or(cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b))
			}))
	})
	out := make([]Conflict, len(all))
	for i, g := range all {
		out[i] = Conflict{Reason: g.reason, Members: r.places(g.members)}
		for j := range g.evidence {
			out[i].Evidence = append(out[i].Evidence, r.link(&g.evidence[j]))
		}
	}
	return out
}

// places turns ranks into places of the input, in the order of keys.
func (r *run) places(ranks []int32) []int32 {
	out := make([]int32, len(ranks))
	for i, x := range ranks {
		out[i] = r.input[x]
	}
	return out
}
