package budget_test

import (
	"regexp"
	"testing"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// Dashboards are written against the words, so each reason has one, of its own, that a label can hold.
func TestEveryReasonHasAWordOfItsOwn(t *testing.T) {
	plain, seen := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`), map[string]budget.Reason{}
	for r := budget.Admitted; r <= budget.Blocked; r++ {
		w := r.Word()
		if before, taken := seen[w]; taken || !plain.MatchString(w) || r.String() == "" {
			t.Errorf("%d (%s) is called %q, as is %s", r, r, w, before)
		}
		seen[w] = r
	}
}
