package contract_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

// operationsOf reads the Op… constants out of a client's source, so that none can be forgotten.
func operationsOf(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	must(t, err)
	var ops []string
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if ok && strings.HasPrefix(v.Names[0].Name, "Op") && len(v.Values) == 1 {
			if text, ok := v.Values[0].(*ast.BasicLit); ok {
				op, err := strconv.Unquote(text.Value)
				must(t, err)
				ops = append(ops, op)
			}
		}
		return true
	})
	return ops
}

// TestEveryOperationIsPriced: an operation without a price is refused by the gate.
func TestEveryOperationIsPriced(t *testing.T) {
	t.Parallel()
	for file, of := range map[string]struct {
		system person.System
		count  int
	}{
		"../pipedrive/client.go": {person.Pipedrive, 10},
		"../pipefy/client.go":    {person.Pipefy, 14},
		"../pipedream/client.go": {person.Pipedream, 8},
	} {
		ops := operationsOf(t, file)
		if len(ops) != of.count {
			t.Errorf("%s has the operations %v, want %d", file, ops, of.count)
		}
		for _, op := range ops {
			if _, ok := budget.CostOf(of.system, op); !ok {
				t.Errorf("%s %s has no price", of.system, op)
			}
		}
	}
	// The table that compares prices holds every operation of Pipedrive.
	for _, op := range operationsOf(t, "../pipedrive/client.go") {
		if !slices.ContainsFunc(pipedriveOperations, func(o pipedriveOperation) bool { return o.op == op }) {
			t.Errorf("%s is not compared", op)
		}
	}
}
