package server

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

// A document with many errors is looked through once, however long its comments are: two hundred errors in a document of
// 190 KB took two and a half seconds.
func TestADocumentIsSearchedForNamesOnceHoweverManyErrorsItHas(t *testing.T) {
	known := names{"people": {}, "emails": {}, "Person": {}, "WORK": {}}
	request := &graphql.RawParams{
		Query:     "{people{x1(search:\"é Person\")}} # " + strings.Repeat("comment ", 1000),
		Variables: map[string]any{"f": []any{map[string]any{"emails": "a WORK"}}},
	}
	ctx := graphql.WithOperationContext(context.Background(), &graphql.OperationContext{})
	if err := (sentNames{known}).MutateOperationParameters(ctx, request); err != nil {
		t.Fatal(err)
	}
	first := sentIn(ctx)
	if fmt.Sprint(first) != fmt.Sprint(names{"people": {}, "Person": {}, "emails": {}}) {
		t.Errorf("sent: %v", first)
	}
	request.Query, request.Variables = "{WORK}", nil // nobody looks again
	if again := sentIn(ctx); fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("it was searched again: %v", again)
	}
}
