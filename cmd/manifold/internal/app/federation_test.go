package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const entities = `query($r: [_Any!]!) { _entities(representations: $r) { ... on PipedreamUser { id } ... on PipedriveUser { sourceId displayName person { id } } } }`

// A router names as many objects in one request as its own clients made it: a thousand are one answer, by the longest key
// there is, and more are refused as a whole.
func TestAThousandRepresentationsAreOneAnswer(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	users := items(s.post(body(`{ people(first: 100) { nodes { pipedriveUsers { companyId sourceId } } } }`, nil)).Data, "people", "nodes")
	var known []any
	for _, p := range users {
		for _, u := range items(p, "pipedriveUsers") {
			known = append(known, map[string]any{"__typename": "PipedriveUser", "companyId": text(u, "companyId"), "sourceId": text(u, "sourceId")})
		}
	}
	if len(known) < 10 {
		t.Fatalf("%d users", len(known))
	}
	strangers := slices.Repeat([]any{map[string]any{"__typename": "PipedreamUser", "projectId": "proj_none", "environment": "production", "externalUserId": "nobody"}}, 1000-len(known))
	r := s.post(body(entities, map[string]any{"r": append(slices.Clone(known), strangers...)}))
	found := items(r.Data, "_entities")
	if len(r.Errors) > 0 || len(found) != 1000 {
		t.Fatalf("%d answers: %.500s", len(found), r.raw)
	}
	for i, f := range found {
		if (f != nil) != (i < len(known)) {
			t.Fatalf("place %d holds %v", i, f)
		}
		if f != nil && text(f, "sourceId") != known[i].(map[string]any)["sourceId"] {
			t.Fatalf("place %d holds %v, not %v", i, f, known[i])
		}
	}
	for _, n := range []int{1001, 2500} {
		r := s.post(body(entities, map[string]any{"r": slices.Repeat(known[:1], n)}))
		if r.Data != nil || len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "COST_LIMIT_EXCEEDED" {
			t.Errorf("%d: %.500s", n, r.raw)
		}
	}
	wrong := fmt.Sprintf(`{ _entities(representations: [%s]) { __typename } }`, strings.Repeat("{__typename: 1} ", 300))
	r = s.post(body(wrong, nil))
	if found := items(r.Data, "_entities"); len(found) != 300 || len(r.Errors) < 50 || r.Errors[0].Extensions.Code != "BAD_USER_INPUT" {
		t.Errorf("three hundred that are wrong: %.500s", r.raw)
	}
}
