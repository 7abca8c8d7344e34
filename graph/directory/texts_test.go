package directory

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestTextsSort holds the sort against the plainest one, for texts that share
// beginnings of every length, repeat, and end in NUL.
func TestTextsSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"", "a", "b", "\x00", "maria ", "kowalska", "\xff"})
		var all texts
		for range rapid.IntRange(0, 200).Draw(t, "texts") {
			parts := rapid.SliceOfN(part, 0, 5).Draw(t, "text")
			all.append(func(dst []byte) []byte {
				for _, p := range parts {
					dst = append(dst, p...)
				}
				return dst
			})
		}
		want := make([]int32, all.len())
		for i := range want {
			want[i] = int32(i)
		}
		backwards := func(a, b int32) int { return cmp.Compare(b, a) }
		slices.SortFunc(want, func(a, b int32) int {
			return cmp.Or(bytes.Compare(all.at(a), all.at(b)), backwards(a, b))
		})
		if got := all.sorted(backwards); !slices.Equal(got, want) {
			t.Fatalf("sorted %v, want %v", got, want)
		}
	})
}
