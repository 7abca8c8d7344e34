package metrics_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// What the handbook tells an operator to look for in the log is what the code writes.
func TestHandbookQuotesTheLog(t *testing.T) {
	raw, err := os.ReadFile("../../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), "\n## Log\n")
	section, _, _ := strings.Cut(after, "\n## ")
	var code strings.Builder
	for _, room := range []string{"cmd/manifold", "resolvers", "upstream"} {
		err := filepath.WalkDir("../../../../"+room, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "node_modules":
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			source, err := os.ReadFile(path)
			code.Write(source)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rows, written := 0, code.String()
	for line := range strings.Lines(section) {
		first, is := strings.CutPrefix(line, "| `")
		if !is {
			continue
		}
		rows++
		first, _, _ = strings.Cut(first, " | ")
		for message := range strings.SplitSeq(strings.TrimSuffix(first, "`"), "`, `") {
			if !strings.Contains(written, `"`+message+`"`) {
				t.Errorf("nothing logs %q", message)
			}
		}
	}
	if rows < 15 {
		t.Errorf("%d rows are quoted", rows)
	}
}
