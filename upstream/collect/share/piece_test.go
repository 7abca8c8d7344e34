package share

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/upstream/collect"
)

// TestAPieceComesBack whole, also of nobody; and a hundred thousand users fit into what a cache keeps of one value.
func TestAPieceComesBack(t *testing.T) {
	for _, n := range []int{0, 1, 1000} {
		r := company(n)
		b, err := Pieces{}.Pack(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Pieces{}.Unpack(b)
		if err != nil || cmp.Diff(r, back) != "" {
			t.Errorf("%d users: %v\n%s", n, err, cmp.Diff(r, back))
		}
	}
	b, err := Pieces{}.Pack(company(100_000))
	if err != nil || len(b) > 8<<20 {
		t.Errorf("100,000 users take %d bytes: %v", len(b), err)
	}
	t.Logf("100,000 users take %d bytes", len(b))
}

// TestASpoiltPieceIsRefused: cut short, prolonged, or of no reading at all.
func TestASpoiltPieceIsRefused(t *testing.T) {
	b, err := Pieces{}.Pack(company(10))
	if err != nil {
		t.Fatal(err)
	}
	more, err := press(func(c *codec) { c.reading(company(1)); n := uint64(7); c.uint(&n) })
	if err != nil {
		t.Fatal(err)
	}
	for name, spoilt := range map[string][]byte{"nothing": nil, "cut short": b[:len(b)/2], "no zstd": []byte("reading"), "prolonged": more} {
		if r, err := (Pieces{}).Unpack(spoilt); err == nil || r != nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if _, err := (Pieces{}).Unpack(more); !errors.Is(err, errSpoilt) {
		t.Error(err)
	}
	if _, err := (Pieces{}).Pack(&collect.Reading{}); err != nil {
		t.Errorf("an empty reading: %v", err)
	}
}
