package nodeid_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/nodeid"
)

// TestIDsAndCursorsOutliveARotation: what was sealed before is opened as long as its secret is among the previous ones, what is
// sealed now has the newest secret's spelling, and a secret that is taken away takes its ids along.
func TestIDsAndCursorsOutliveARotation(t *testing.T) {
	const next = "the secret that comes after that"
	before, after := codec(t, secret), codec(t, next)
	both, err := nodeid.New([]byte(next), []byte("one of long ago, never used"), []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		k := keys().Draw(t, "key")
		place := rapid.SliceOf(rapid.Byte()).Draw(t, "place")
		for _, old := range []string{before.Identity(k), before.Person(before.PersonID(k))} {
			id, err := both.Decode(old)
			if err != nil {
				t.Fatalf("an id of before is refused: %v", err)
			}
			if got, ok := id.Identity(); ok && got != k {
				t.Fatalf("%v became %v", k, got)
			}
			if got, ok := id.Person(); ok && got != both.PersonID(k) {
				t.Fatal("an id of before names somebody else now")
			}
			if _, err := after.Decode(old); err == nil {
				t.Fatal("an id is opened without its secret")
			}
		}
		if got, err := both.DecodeCursor(before.Cursor("people", place), "people"); err != nil || string(got) != string(place) {
			t.Fatalf("a cursor of before is %q, %v", got, err)
		}
		if both.Identity(k) != after.Identity(k) || both.Cursor("people", place) != after.Cursor("people", place) {
			t.Fatal("the newest secret does not seal")
		}
	})
	if _, err := nodeid.New([]byte(next), []byte("short")); err == nil {
		t.Error("a previous secret of 5 bytes was accepted")
	}
}
