package contract_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// worlds are read whole by every reader.
var worlds = map[string]func() *sim.World{"250 people": small, "many people": large}

// reading reads a source whole.
func reading(t *testing.T, r collect.Reader) person.Batch {
	t.Helper()
	got, err := r.Read(t.Context())
	must(t, err)
	return got.Batch
}

// facts are what a batch must say: who is there, what there is, and who reaches what
// with which role. The oracle fills them from the simulator's data.
type facts struct {
	identities map[person.Key]person.State
	resources  map[person.ResourceKey]string // the names
	grants     map[grant]string              // the roles
}

type grant struct {
	who  person.Key
	what person.ResourceKey
}

func newFacts() *facts {
	return &facts{map[person.Key]person.State{}, map[person.ResourceKey]string{}, map[grant]string{}}
}

func factsOf(t *testing.T, b person.Batch) *facts {
	t.Helper()
	f := newFacts()
	for _, r := range b.Resources {
		if _, twice := f.resources[r.Key]; twice {
			t.Errorf("resource %v comes twice", r.Key)
		}
		f.resources[r.Key] = r.Name
	}
	for _, i := range b.Identities {
		if _, twice := f.identities[i.Key]; twice {
			t.Errorf("identity %v comes twice", i.Key)
		}
		f.identities[i.Key] = i.State
		for _, g := range i.Grants {
			if _, twice := f.grants[grant{i.Key, g.Resource.Key}]; twice {
				t.Errorf("grant of %v to %v comes twice", i.Key, g.Resource.Key)
			}
			f.grants[grant{i.Key, g.Resource.Key}] = g.Role
		}
	}
	return f
}

// compare reports how a batch differs from the oracle.
func (want *facts) compare(t *testing.T, b person.Batch) {
	t.Helper()
	got := factsOf(t, b)
	differ(t, "identity", got.identities, want.identities)
	differ(t, "resource", got.resources, want.resources)
	differ(t, "grant", got.grants, want.grants)
}

func differ[K, V comparable](t *testing.T, what string, got, want map[K]V) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	var lines []string
	for k, w := range want {
		if g, ok := got[k]; !ok {
			lines = append(lines, fmt.Sprintf("missing %v", k))
		} else if g != w {
			lines = append(lines, fmt.Sprintf("%v is %v, want %v", k, g, w))
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			lines = append(lines, fmt.Sprintf("invented %v", k))
		}
	}
	slices.SortFunc(lines, cmp.Compare)
	t.Errorf("%d differences in %s, %d of %d: %s", len(lines), what, len(got), len(want), strings.Join(lines[:min(5, len(lines))], "; "))
}

// known checks the identities against the truth that the world was made from.
func (st *stage) known(t *testing.T, b person.Batch) {
	t.Helper()
	want := map[person.Key]bool{}
	for _, c := range st.World.Truth().Clusters {
		for _, k := range c.Keys {
			if k.System == b.System && k.Account == b.Account {
				want[k] = true
			}
		}
	}
	got := map[person.Key]bool{}
	for _, i := range b.Identities {
		got[i.Key] = true
	}
	if len(want) == 0 {
		t.Fatal("the world knows nobody here")
	}
	differ(t, "identity", got, want)
}

// holdsNone checks that none of a few texts is anywhere in a batch.
func holdsNone(t *testing.T, b person.Batch, texts ...string) {
	t.Helper()
	raw, err := json.Marshal(b)
	must(t, err)
	for _, s := range texts {
		if quoted, _ := json.Marshal(s); s != "" && strings.Contains(string(raw), strings.Trim(string(quoted), `"`)) {
			t.Fatalf("the batch holds %q", s)
		}
	}
}
