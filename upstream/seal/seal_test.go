package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/seal"
)

const (
	older = "an older key of at least 32 characters"
	newer = "a newer key of at least 32 characters"
)

func ring(t testing.TB, log *slog.Logger, secrets ...string) *seal.Ring {
	t.Helper()
	r, err := seal.New(secrets, log)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSealedOpensOnlyAtItsPlace: any value comes back at its place; elsewhere, or with any bit flipped, it does not.
func TestSealedOpensOnlyAtItsPlace(t *testing.T) {
	r := ring(t, nil, newer)
	rapid.Check(t, func(t *rapid.T) {
		value, place := rapid.SliceOf(rapid.Byte()).Draw(t, "value"), rapid.String().Draw(t, "place")
		sealed, err := r.Seal(place, value)
		if err != nil || len(sealed) != len(value)+seal.Overhead {
			t.Fatal(len(sealed), err)
		}
		if len(value) > 8 && bytes.Contains(sealed, value) {
			t.Fatal("the value is in clear")
		}
		if back, err := r.Open(place, sealed); err != nil || !bytes.Equal(back, value) {
			t.Fatal(back, err)
		}
		if _, err := r.Open(place+"x", sealed); !errors.Is(err, seal.ErrAltered) {
			t.Fatal("moved:", err)
		}
		bit := rapid.IntRange(0, len(sealed)*8-1).Draw(t, "bit")
		sealed[bit/8] ^= 1 << (bit % 8)
		if _, err := r.Open(place, sealed); err == nil {
			t.Fatal("altered and opened")
		}
	})
}

// TestKeysRotate in three steps: the new one opens, the new one seals, the old one goes.
func TestKeysRotate(t *testing.T) {
	steps := []*seal.Ring{ring(t, nil, older), ring(t, nil, older, newer), ring(t, nil, newer, older), ring(t, nil, newer)}
	for i, writer := range steps {
		sealed, err := writer.Seal("p", []byte("v"))
		if err != nil {
			t.Fatal(err)
		}
		for j, reader := range steps {
			_, err := reader.Open("p", sealed)
			neighbours := i-j <= 1 && j-i <= 1
			if neighbours && err != nil {
				t.Errorf("step %d cannot read what step %d wrote: %v", j, i, err)
			}
			if i == 0 && j == 3 && !errors.Is(err, seal.ErrUnknownKey) {
				t.Errorf("without the old key: %v", err)
			}
		}
	}
}

// TestEachReasonIsToldOnce, and without a key.
func TestEachReasonIsToldOnce(t *testing.T) {
	var out bytes.Buffer
	r := ring(t, slog.New(slog.NewTextHandler(&out, nil)), newer)
	foreign, err := ring(t, nil, older).Seal("p", []byte("v"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, b := range [][]byte{nil, []byte(strings.Repeat("in clear", 9)), foreign} {
			if _, err := r.Open("p", b); err == nil {
				t.Fatal("opened")
			}
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 2 {
		t.Errorf("%d lines:\n%s", n, &out)
	}
	if all := out.String() + fmt.Sprintf("%v %+v %#v %s", r, r, r, r); strings.Contains(all, newer) || strings.Contains(all, older) {
		t.Error("a key is told")
	}
}

func FuzzOpen(f *testing.F) {
	r := ring(f, nil, newer)
	sealed, _ := r.Seal("p", []byte("v"))
	f.Add(sealed)
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := r.Open("p", b); err == nil && string(got) != "v" {
			t.Errorf("%x opens as %q", b, got)
		}
	})
}

// BenchmarkSeal tells what a chunk of a reading (2 MiB) and a live value (200 bytes) cost.
func BenchmarkSeal(b *testing.B) {
	r := ring(b, nil, newer)
	for _, size := range []int{200, 2 << 20} {
		value := make([]byte, size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				sealed, err := r.Seal("place", value)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.Open("place", sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
