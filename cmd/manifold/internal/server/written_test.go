package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/fault"
)

// spreadingAll is n fragments, each of which spreads all that follow: 2^n when written out.
func spreadingAll(n int) string {
	var b strings.Builder
	b.WriteString("{...F0}")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Query{who", i)
		for j := i + 1; j < n; j++ {
			fmt.Fprintf(&b, " ...F%d", j)
		}
		b.WriteString("}")
	}
	return b.String()
}

func TestMeasuringADocumentTakesNoMoreStepsThanItHasParts(t *testing.T) {
	limits := Limits{}.withDefaults()
	for query, refused := range map[string]bool{
		spreadingAll(8):  false,
		spreadingAll(20): true,
		spreadingAll(30): true,
		"{...A} fragment A on Query{who ...B} fragment B on Query{who ...A}":                      false, // for validation to refuse
		"{" + strings.Repeat("self{who} ", 32) + "}":                                              false,
		"{" + strings.Repeat("self{"+strings.Repeat("self{who who} ", 32)+"} ", 32) + "}":         true,
		"{self{...A ...A}} fragment A on Query{self{...B ...B}} fragment B on Query{who who who}": false,
	} {
		doc := parsed(t, query)
		p := parts{Limits: unlimited}
		p.document(doc)
		s := shape{Limits: limits}
		w := s.writtenOut(doc)
		if w.steps > p.nodes {
			t.Errorf("%.80s…: %d steps for %d parts", query, w.steps, p.nodes)
		}
		why := s.check(doc)
		if (why != nil) != refused || why != nil && why.Kind != fault.CostLimitExceeded {
			t.Errorf("%.80s…: refused with %v", query, why)
		}
	}
}

// Validation compares the fields of each place that answer under one name in pairs, and no place has more than the limit.
func TestTheComparisonsOfValidationAreBounded(t *testing.T) {
	limits := Limits{}.withDefaults()
	s := shape{Limits: limits}
	fields := []string{"who", "self{who}", "a:self{who}", "...on Query{who self{who}}", "...F", "self{...F}"}
	for i, one := range fields {
		for _, other := range fields[i:] {
			for _, times := range []int{1, 8, 31, 40, 300} {
				body := strings.Repeat(one+" ", times) + strings.Repeat(other+" ", times)
				doc := parsed(t, "{self{"+body+"}} fragment F on Query{who self{who who}}")
				w := walk{Limits: limits, fragments: fragmentsOf(doc)}
				w.operations(doc)
				if w.refused == nil && w.pairs > limits.Repeats*limits.Fields {
					t.Errorf("%s with %s, %d times: %d pairs are compared", one, other, times, w.pairs)
				}
				if w.steps > limits.Fields+1 {
					t.Errorf("%s with %s, %d times: %d steps", one, other, times, w.steps)
				}
				if times > limits.Repeats && s.check(doc) == nil && !strings.HasPrefix(one+other, "...F...F") {
					t.Errorf("%s with %s, %d times: admitted", one, other, times)
				}
			}
		}
	}
}
