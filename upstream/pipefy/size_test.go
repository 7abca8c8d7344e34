package pipefy_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// bearing answers documents of up to *most roots, and calls larger ones too complex.
func bearing(most *int) func(http.ResponseWriter, []string) {
	return func(w http.ResponseWriter, ids []string) {
		if len(ids) > *most {
			_, _ = io.WriteString(w, `{"errors":[{"message":"Query has complexity of 90000, which exceeds max complexity of 50000"}]}`)
			return
		}
		everyone(w, ids)
	}
}

// TestWhatAReadingLearnedServesTheNext: it begins with what could be borne, grows back slowly, and tries again what was too much only
// after many readings. Copies of a client share what they learn.
func TestWhatAReadingLearnedServesTheNext(t *testing.T) {
	var calls [][]string
	most := 10
	c := inMemory(t, memory{roots(&calls, bearing(&most))}, pipefy.Options{})
	read := func() []int {
		calls = nil
		got, err := c.As(wire.Refresh, nil).PipeMembers(t.Context(), numbered(60))
		if err != nil || len(got.Read) != 60 || got.Documents != len(calls) {
			t.Fatalf("%d read, %v", len(got.Read), err)
		}
		return sizes(calls)
	}
	first := read()
	if d := cmp.Diff([]int{25, 13, 7, 6, 12, 6, 6, 7, 7, 7, 7, 7}, first); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{7, 7, 7, 7, 7, 7, 7, 7, 4}, read()); d != "" {
		t.Error(d)
	}
	total, largest := 0, 0
	for range 48 {
		got := read()
		total += len(got)
		largest = max(largest, got[0])
	}
	t.Logf("48 readings of 60 pipes took %d documents, where knowing all would have taken %d", total, 48*6)
	if total > 48*6*13/10 || largest <= 10 {
		t.Errorf("48 readings of 60 pipes took %d documents of up to %d", total, largest)
	}
	most = 25
	for range 60 {
		read()
	}
	if d := cmp.Diff([]int{25, 25, 10}, read()); d != "" {
		t.Errorf("the server bears more again: %s", d)
	}
	if got, err := c.TableMembers(t.Context(), numbered(25)); err != nil || got.Documents != 1 {
		t.Errorf("what pipes taught was taken for tables: %d documents, %v", got.Documents, err)
	}
}

// TestTimeIsALimitToo: a server that answers ten roots before its time is up is asked for ten.
func TestTimeIsALimitToo(t *testing.T) {
	var calls [][]string
	c := inMemory(t, memory{roots(&calls, func(w http.ResponseWriter, ids []string) {
		var fields, errs []string
		for i, id := range ids {
			if i < 10 {
				fields = append(fields, fmt.Sprintf(`"a%d":%s`, i, object(id)))
				continue
			}
			fields = append(fields, fmt.Sprintf(`"a%d":null`, i))
			errs = append(errs, fmt.Sprintf(`{"message":"Timeout on Query.pipe","path":["a%d"]}`, i))
		}
		_, _ = fmt.Fprintf(w, `{"data":{%s},"errors":[%s]}`, strings.Join(fields, ","), strings.Join(errs, ","))
	})}, pipefy.Options{})
	for _, want := range [][]int{{25, 15, 5, 10, 10, 10, 5}, {10, 10, 10, 10, 10, 10}} {
		calls = nil
		if got, err := c.PipeMembers(t.Context(), numbered(60)); err != nil || len(got.Read) != 60 {
			t.Errorf("%d read, %v", len(got.Read), err)
		}
		if d := cmp.Diff(want, sizes(calls)); d != "" {
			t.Error(d)
		}
	}
}

// TestOneMonsterTeachesNothing: a pipe that is too large alone says nothing of the others.
func TestOneMonsterTeachesNothing(t *testing.T) {
	var calls [][]string
	c := inMemory(t, memory{roots(&calls, func(w http.ResponseWriter, ids []string) {
		for _, id := range ids {
			if id == "30" {
				_, _ = io.WriteString(w, `{"errors":[{"message":"too complex"}]}`)
				return
			}
		}
		everyone(w, ids)
	})}, pipefy.Options{})
	for range 3 {
		calls = nil
		got, err := c.PipeMembers(t.Context(), numbered(75))
		if err != nil || len(got.Read) != 74 || len(got.Gaps) != 1 {
			t.Fatalf("%d read, %v", len(got.Read), err)
		}
		if n := sizes(calls); n[0] != 25 || n[len(n)-1] != 25 {
			t.Errorf("documents of %v", n)
		}
	}
}
