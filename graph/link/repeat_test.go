package link

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/person"
)

// TestARepeatedRecordChangesNobody repeats records anywhere in the input: each
// belongs to whom the first belongs, and everybody else is who he was.
func TestARepeatedRecordChangesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids, decisions, mapping := mess(t)
		if len(ids) == 0 {
			return
		}
		l := linkerFor(t, mapping)
		want := l.Link(ids, decisions).Cluster
		repeats := rapid.SliceOfN(rapid.SampledFrom(ids), 1, 4).Draw(t, "repeats")
		all := rapid.Permutation(slices.Concat(ids, repeats)).Draw(t, "order")
		got := l.Link(all, decisions).Cluster
		place := map[person.Key]int{}
		for i, id := range ids {
			place[id.Key] = i
		}
		for i := range all {
			for j := range all {
				x, y := place[all[i].Key], place[all[j].Key]
				if (got[i] == got[j]) != (want[x] == want[y]) {
					t.Fatalf("with repeats, %v and %v are one person: %v", all[i].Key, all[j].Key, got[i] == got[j])
				}
			}
		}
	})
}

// TestContradictoryRecordsOfOneKey are still one person, who has what both say.
func TestContradictoryRecordsOfOneKey(t *testing.T) {
	ids := []*person.Identity{
		external("k", account("google_calendar", "ann@acme.com")), external("k", account("google_calendar", "bob@acme.com")),
		pipedrive("1", "10", "Ann Lee", "ann@acme.com"), pipefy("300", "20", "Bob Ray", "bob@acme.com"),
	}
	res := mustNew(t, published()).Link(ids, []Decision{decision(Apart, ids[2], ids[0], 1)})
	if c := res.Cluster; c[0] != c[1] || c[2] == c[0] || c[3] != c[0] {
		t.Errorf("clusters %v: want the two records and Bob together, and Ann apart as decided", c)
	}
}
