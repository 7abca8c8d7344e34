package fault_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/fault"
)

func TestAPanicIsToldWithoutItsText(t *testing.T) {
	for _, value := range []any{"hush ann@acme.example", errors.New("hush"), struct{ Token string }{"hush"}} {
		if got := fault.Panicked(value); strings.Contains(got, "hush") || got == "" {
			t.Errorf("%q", got)
		}
	}
	defer func() {
		if got := fault.Panicked(recover()); !strings.Contains(got, "index out of range [3]") {
			t.Errorf("a mistake of the program is told as %q", got)
		}
	}()
	_ = []int{}[len("abc")]
}
