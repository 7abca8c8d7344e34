package pipefy

import (
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/manifold-graph/manifold/upstream/pipefy/generated"
)

// schema is the hand-written slice.
func schema(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// weigh counts a document as Pipefy does: one per field, with what is inside a
// list counted perItem times. depth is the deepest nesting of fields.
func weigh(set ast.SelectionSet, perItem int) (weight, depth int) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			w, d := weigh(s.SelectionSet, perItem)
			if s.Definition.Type.Elem != nil {
				w *= perItem
			}
			weight, depth = weight+1+w, max(depth, 1+d)
		case *ast.FragmentSpread:
			w, d := weigh(s.Definition.SelectionSet, perItem)
			weight, depth = weight+w, max(depth, d)
		}
	}
	return weight, depth
}

func TestDocumentsFitSchemaAndLimits(t *testing.T) {
	const (
		maxComplexity = 50_000
		maxDepth      = 15
		page          = 50
	)
	s := schema(t)
	documents := map[string]string{
		"one pipe": pipeFamily.document(1), "one table": tableFamily.document(1),
		"default batch": pipeFamily.document(25),
		"largest pipes": pipeFamily.document(MaxBatch), "largest tables": tableFamily.document(MaxBatch),
		"me": generated.Me_Operation, "organization": generated.Organization_Operation,
		"organizations": generated.Organizations_Operation, "members": generated.OrganizationMembers_Operation,
		"pipes": generated.OrganizationPipes_Operation, "tables": generated.OrganizationTables_Operation,
		"invite": generated.InviteMembers_Operation, "set role": generated.SetRole_Operation, "set roles": generated.SetRoles_Operation,
		"remove from organization": generated.RemoveUserFromOrg_Operation, "remove from pipe": generated.RemoveUserFromPipe_Operation,
		"remove from repo": generated.RemoveUserFromRepo_Operation, "remove by uuid": generated.RemoveMembersFromPipe_Operation,
		"remove from table": generated.RemoveUserFromTable_Operation,
	}
	for name, document := range documents {
		doc, errs := gqlparser.LoadQueryWithRules(s, document, rules.NewDefaultRules())
		if errs != nil {
			t.Errorf("%s: %v", name, errs)
			continue
		}
		weight, depth := weigh(doc.Operations[0].SelectionSet, page)
		if weight > maxComplexity || depth > maxDepth {
			t.Errorf("%s: complexity %d, depth %d", name, weight, depth)
		}
	}
	// The bound is real: the next larger batches break it.
	doc, errs := gqlparser.LoadQueryWithRules(s, pipeFamily.document(2*MaxBatch), rules.NewDefaultRules())
	if errs != nil {
		t.Fatal(errs)
	}
	if weight, _ := weigh(doc.Operations[0].SelectionSet, page); weight <= maxComplexity {
		t.Errorf("twice the largest batch weighs only %d", weight)
	}
}

func TestIDsNeverEnterADocument(t *testing.T) {
	if d := tableFamily.document(2); !strings.HasPrefix(d, "query ($i0: ID!, $i1: ID!) {\n  a0: table(id: $i0) { ...TableRoster }\n  a1: table(id: $i1)") {
		t.Errorf("got %s", d)
	}
}
