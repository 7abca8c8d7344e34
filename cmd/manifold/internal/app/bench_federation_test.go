package app_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// BenchmarkEntities is a thousand people in one answer, as a router names them. BenchmarkNodes has the same people for clients, in
// ten answers of a hundred.
func BenchmarkEntities(b *testing.B) {
	const query = `query Q%d($r: [_Any!]!) { _entities(representations: $r) { ... on Person { id displayName status identities { __typename displayName } } } }`
	h, world := served(b, 1200)
	ids := thousand(b, func(question string) []byte { return put(b, h, question) })
	representations := make([]map[string]string, len(ids))
	for i, id := range ids {
		representations[i] = map[string]string{"__typename": "Person", "id": id}
	}
	calls, tokens := spent(world)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++ // so that no answer is remembered
		put(b, h, body(fmt.Sprintf(query, n), map[string]any{"r": representations}))
	}
	reportSpending(b, world, calls, tokens)
}

// BenchmarkNodes: see BenchmarkEntities.
func BenchmarkNodes(b *testing.B) {
	const query = `query Q%d($ids: [ID!]!) { nodes(ids: $ids) { ... on Person { id displayName status identities { __typename displayName } } } }`
	h, _ := served(b, 1200)
	ids := thousand(b, func(question string) []byte { return put(b, h, question) })
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		for i := 0; i < len(ids); i += 100 {
			put(b, h, body(fmt.Sprintf(query, n), map[string]any{"ids": ids[i : i+100]}))
		}
	}
}

// thousand are the ids of so many people.
func thousand(b *testing.B, put func(string) []byte) []string {
	var ids []string
	after := any(nil)
	for len(ids) < 1000 {
		var page struct {
			Data struct {
				People struct {
					Nodes    []struct{ ID string }
					PageInfo struct{ EndCursor string }
				}
			}
		}
		if err := json.Unmarshal(put(body(`query($after: String) { people(first: 100, after: $after) { nodes { id } pageInfo { endCursor } } }`, map[string]any{"after": after})), &page); err != nil {
			b.Fatal(err)
		}
		if len(page.Data.People.Nodes) == 0 {
			b.Fatal("too few people")
		}
		for _, p := range page.Data.People.Nodes {
			ids = append(ids, p.ID)
		}
		after = page.Data.People.PageInfo.EndCursor
	}
	return ids[:1000]
}
