package fleet_test

import "testing"

// TestReplicasAgree: replicas of one configuration answer with the same ids, so that a balancer may send a client anywhere.
func TestReplicasAgree(t *testing.T) {
	f := begin(t, 2, setup{})
	const page = `{ people(first: 100) { totalCount nodes { id displayName } } }`
	a, b := f.replicas[0].must(page), f.replicas[1].must(page)
	if n, _ := dig(a.Data, "people", "totalCount").(float64); n < 100 {
		t.Errorf("%v people of a world of 120", n)
	}
	for i := range 100 {
		if x, y := dig(a.Data, "people", "nodes", i, "id"), dig(b.Data, "people", "nodes", i, "id"); x == nil || x != y {
			t.Errorf("person %d is %v here and %v there", i, x, y)
		}
	}
}
