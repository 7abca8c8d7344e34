package link

import (
	"cmp"
	"slices"
	"strings"

	"github.com/manifold-graph/manifold/graph/person"
)

// decide applies the humans' words: first what must stay apart, then what belongs
// together, the newest first. A join that would undo an Apart gives way to it.
func (r *run) decide(decisions []Decision) {
	r.decisions = r.latest(decisions)
	for i, d := range r.decisions {
		if d.Verb == Apart {
			r.apart(r.of(d.A), r.of(d.B))
			continue
		}
		a, b := r.of(d.A), r.of(d.B)
		e := edge{a: min(a, b), b: max(a, b), key: int32(i), rule: ruleDecision, trust: Confirmed, fate: linked}
		if ra, rb := r.find(a), r.find(b); ra != rb {
			if r.enemies(ra, rb) {
				e.fate = refused
				r.clashes = append(r.clashes, clash{e, ConflictDecision, [2]int32{-1, -1}})
			} else {
				r.join(ra, rb)
			}
		}
		r.edges = append(r.edges, e)
	}
}

// latest gives the word that counts about each pair, in the order in which they
// are applied. Of contrary words at one instant, Apart counts, and the other is
// reported.
func (r *run) latest(decisions []Decision) []Decision {
	known := make([]Decision, 0, len(decisions))
	for _, d := range decisions {
		if d.A.Compare(d.B) > 0 {
			d.A, d.B = d.B, d.A
		}
		if d.A != d.B && (d.Verb == Join || d.Verb == Apart) && r.of(d.A) >= 0 && r.of(d.B) >= 0 {
			known = append(known, d)
		}
	}
	slices.SortFunc(known, func(a, b Decision) int {
		return cmp.Or(a.A.Compare(b.A), a.B.Compare(b.B), b.At.Compare(a.At), cmp.Compare(b.Verb, a.Verb),
			strings.Compare(a.By, b.By), strings.Compare(a.Reason, b.Reason))
	})
	kept := known[:0]
	for _, d := range known {
		if n := len(kept); n > 0 && kept[n-1].A == d.A && kept[n-1].B == d.B {
			// Kept, a contrary Join of the same instant is refused and so reported.
			if !kept[n-1].At.Equal(d.At) || kept[n-1].Verb == d.Verb {
				continue
			}
		}
		kept = append(kept, d)
	}
	known = kept
	slices.SortStableFunc(known, func(a, b Decision) int {
		return cmp.Or(cmp.Compare(b.Verb, a.Verb), b.At.Compare(a.At))
	})
	return known
}

// unite follows the evidence, the strongest first, as far as it contradicts
// neither a human nor what is known of the vendors' accounts. Whatever closes a
// forbidden circle is therefore its weakest edge.
func (r *run) unite() {
	for _, i := range r.byStrength() {
		e := &r.edges[i]
		if e.fate != pending {
			continue
		}
		ra, rb := r.find(e.a), r.find(e.b)
		if ra == rb {
			e.fate = linked
			continue
		}
		if r.enemies(ra, rb) {
			r.refuse(e, ConflictDecision, [2]int32{-1, -1})
		} else if x, y := r.rivals(ra, rb); x >= 0 {
			r.refuse(e, ConflictSameAccount, [2]int32{x, y})
		} else if differ(r.kind[ra], r.kind[rb]) && e.trust != Confirmed {
			e.fate = weak
		} else {
			r.join(ra, rb)
			e.fate = linked
		}
	}
}

func (r *run) refuse(e *edge, reason ConflictReason, witness [2]int32) {
	e.fate = refused
	r.clashes = append(r.clashes, clash{*e, reason, witness})
}

func differ(a, b person.Kind) bool {
	return a != person.KindUnknown && b != person.KindUnknown && a != b
}
