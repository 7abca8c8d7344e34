package metrics_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/metrics"
)

// The handbook's table is the list, and its alerts and queries name metrics that exist.
func TestHandbookListsEveryMetric(t *testing.T) {
	raw, err := os.ReadFile("../../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	handbook := string(raw)
	var table strings.Builder
	known := map[string]bool{}
	table.WriteString("\n| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n")
	for _, f := range metrics.Families() {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", f.Name, f.Type, strings.Join(f.Labels, ", "), f.Help)
		known[f.Name] = true
	}
	_, after, _ := strings.Cut(handbook, "<!-- families -->")
	listed, _, _ := strings.Cut(after, "<!-- end of families -->")
	if listed != table.String()+"\n" {
		t.Errorf("the table between the comments has to be:\n%s", &table)
	}
	for _, name := range regexp.MustCompile(`manifold_[a-z_]+[a-z]`).FindAllString(handbook, -1) {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_count"), "_sum"), "_bucket")
		if !known[base] && name != "manifold_budget" {
			t.Errorf("the handbook speaks of %s, which does not exist", name)
		}
	}
}
