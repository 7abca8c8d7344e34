package storetest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/person"
)

// accountNo is the key of one account, and ownNo the person that it would be alone.
func accountNo(n int) person.Key {
	return person.Key{System: person.Pipedream, Account: "p/e", ID: fmt.Sprintf("user\x00%d", n)}
}

func ownNo(n int) person.ID {
	var id person.ID
	binary.BigEndian.PutUint32(id[:], uint32(n+1))
	return id
}

func propose(numbers ...int) []lineage.Seat {
	var out []lineage.Seat
	for _, n := range numbers {
		out = append(out, lineage.Seat{Key: accountNo(n), Own: ownNo(n)})
	}
	return out
}

// Seats holds a store of seats to what lineage.Store promises.
func Seats(t *testing.T, open func(testing.TB) lineage.Store) {
	for name, test := range map[string]func(*testing.T, lineage.Store){
		"seats are given once": givenOnce, "seats move": seatsMove, "an id is one key's": oneKeyEach, "many at once": manySeats, "replicas agree": replicasAgree,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func givenOnce(t *testing.T, s lineage.Store) {
	first, err := s.EnterSeats(t.Context(), propose(2, 1))
	must(t, err)
	if len(first) != 2 || first[0].Key != accountNo(2) || first[0].Person != ownNo(2) || first[0].Own != ownNo(2) || first[0].Age >= first[1].Age {
		t.Fatalf("%+v", first)
	}
	other := lineage.Seat{Key: accountNo(1), Own: ownNo(99)} // as a replica with another node key would
	again, err := s.EnterSeats(t.Context(), []lineage.Seat{other, propose(3)[0], other})
	must(t, err)
	if len(again) != 3 || again[0] != first[1] || again[2] != first[1] || again[1].Age <= first[1].Age {
		t.Errorf("%+v", again)
	}
	all, revision, err := s.Seats(t.Context(), 0)
	must(t, err)
	slices.SortFunc(all, func(a, b lineage.Seat) int { return int(a.Age - b.Age) })
	if diff := cmp.Diff([]lineage.Seat{first[0], first[1], again[1]}, all); diff != "" {
		t.Error(diff)
	}
	if none, same, err := s.Seats(t.Context(), revision); err != nil || len(none) != 0 || same != revision {
		t.Errorf("nothing has changed: %v, %d after %d, %v", none, same, revision, err)
	}
}

func seatsMove(t *testing.T, s lineage.Store) {
	_, err := s.EnterSeats(t.Context(), propose(1, 2, 3))
	must(t, err)
	_, before, err := s.Seats(t.Context(), 0)
	must(t, err)
	got, err := s.MoveSeats(t.Context(), []lineage.Move{
		{Key: accountNo(2), From: ownNo(2), To: ownNo(1)},
		{Key: accountNo(3), From: ownNo(9), To: ownNo(1)}, // another replica was first
		{Key: accountNo(1), From: ownNo(1), To: ownNo(1)},
	})
	must(t, err)
	if got[0].Person != ownNo(1) || got[0].Own != ownNo(2) || got[1].Person != ownNo(3) || got[2].Person != ownNo(1) {
		t.Errorf("%+v", got)
	}
	changed, after, err := s.Seats(t.Context(), before)
	must(t, err)
	if len(changed) != 1 || changed[0] != got[0] || after <= before {
		t.Errorf("%+v since %d, now %d", changed, before, after)
	}
	if _, err := s.MoveSeats(t.Context(), []lineage.Move{{Key: accountNo(2), From: ownNo(1), To: ownNo(2)}, {Key: accountNo(7), From: ownNo(7), To: ownNo(1)}}); err == nil {
		t.Error("a key without a seat was moved")
	}
	if changed, _, err := s.Seats(t.Context(), after); err != nil || len(changed) != 0 {
		t.Errorf("what was refused has changed %+v, %v", changed, err)
	}
}

func oneKeyEach(t *testing.T, s lineage.Store) {
	_, err := s.EnterSeats(t.Context(), propose(1))
	must(t, err)
	if _, err := s.EnterSeats(t.Context(), []lineage.Seat{propose(2)[0], {Key: accountNo(3), Own: ownNo(1)}}); err == nil {
		t.Error("two keys have one id")
	}
	if all, _, err := s.Seats(t.Context(), 0); err != nil || len(all) != 1 {
		t.Errorf("what was refused was kept: %+v, %v", all, err)
	}
}

func manySeats(t *testing.T, s lineage.Store) {
	const n = 1_000
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	got, err := s.EnterSeats(t.Context(), propose(numbers...))
	must(t, err)
	for i := 1; i < n; i++ {
		if got[i].Age <= got[i-1].Age {
			t.Fatalf("seat %d is not younger than the one before", i)
		}
	}
	all, _, err := s.Seats(t.Context(), 0)
	must(t, err)
	if len(all) != n {
		t.Errorf("%d seats of %d", len(all), n)
	}
}

// replicasAgree: whoever meets the same new identities at once gives them the same seats, whatever they propose.
func replicasAgree(t *testing.T, s lineage.Store) {
	const replicas, n = 8, 20
	var wg sync.WaitGroup
	answers := make([][]lineage.Seat, replicas)
	for r := range replicas {
		wg.Go(func() {
			var mine []lineage.Seat
			for i := range n {
				k := (i*7 + r*3) % n
				mine = append(mine, lineage.Seat{Key: accountNo(k), Own: ownNo(1000*r + k)})
			}
			got, err := s.EnterSeats(t.Context(), mine)
			if err != nil {
				t.Error(err)
			}
			slices.SortFunc(got, func(a, b lineage.Seat) int { return a.Key.Compare(b.Key) })
			answers[r] = got
		})
	}
	wg.Wait()
	for r := range answers {
		if diff := cmp.Diff(answers[0], answers[r]); diff != "" {
			t.Fatalf("replica %d: %s", r, diff)
		}
	}
}
