package directory_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// facts is all that is known of a person, but for when it was read.
func facts(v directory.View, id person.ID) string {
	p, ok := v.Called(id)
	if !ok {
		return "nobody"
	}
	out := fmt.Sprint(p.DisplayName(), p.Kind(), p.Status(), p.Emails(), p.CreatedAt(), p.LastSeenAt())
	for _, i := range p.Identities() {
		raw := *i.Raw()
		out += fmt.Sprintf(" | %v %q %q %v %v", raw.Key, raw.Name, raw.Email, raw.State, i.Kind())
		for _, g := range raw.Grants {
			out += fmt.Sprint(g.Resource.Key, g.Resource.Name, g.Level, g.Role)
		}
	}
	var links []string
	for _, l := range p.Links() {
		links = append(links, fmt.Sprint(l.Identities()[0].Key(), l.Identities()[1].Key(), *l.Evidence()))
	}
	slices.Sort(links)
	return out + fmt.Sprint(links)
}

// TestChangedNamesWhomAQueryShowsOtherwise holds the comparison of pictures against a comparison of everybody, for whole
// readings and for what is laid over them, and for who may see a part.
func TestChangedNamesWhomAQueryShowsOtherwise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		old := w.build()
		first, _ := drawChanges(t, w, 3)
		if rapid.Bool().Draw(t, "changed before") {
			old = old.Apply(first)
		}
		changes, in := drawChanges(t, w, 4)
		now := old.Apply(changes)
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			now = directory.Build(in)
		case 1:
			now = old.Apply(changes).Decide(nil)
		case 2:
			now = old.WithSources(in.Sources)
		}
		who := looking(drawRows(t))
		before, after := old.View(who), now.View(who)
		got := directory.Changed(before, after)
		slices.SortFunc(got, func(a, b person.ID) int { return slices.Compare(a[:], b[:]) })
		var want []person.ID
		for _, id := range append(before.Everyone(), after.Everyone()...) {
			if facts(before, id) != facts(after, id) && !slices.Contains(want, id) {
				want = append(want, id)
			}
		}
		slices.SortFunc(want, func(a, b person.ID) int { return slices.Compare(a[:], b[:]) })
		for _, id := range want {
			if !slices.Contains(got, id) {
				t.Errorf("%x changed unnoticed:\n%s\n%s", id, facts(before, id), facts(after, id))
			}
		}
		for _, id := range got {
			if a, b := facts(before, id), facts(after, id); a == b && a == "nobody" {
				t.Errorf("%x is noticed, who is nobody", id)
			} else if a == b {
				unlike(t, before, after, id)
			}
		}
	})
}

// unlike fails unless the records of somebody differ in what facts leaves out.
func unlike(t *rapid.T, before, after directory.View, id person.ID) {
	a, _ := before.Called(id)
	b, _ := after.Called(id)
	for n, i := range a.Identities() {
		if !i.Raw().Same(b.Identities()[n].Raw()) {
			return
		}
	}
	t.Errorf("%x is noticed and is as before: %s", id, facts(before, id))
}

// BenchmarkChanged compares two readings of 10,000 identities, and a picture with one change laid over it.
func BenchmarkChanged(b *testing.B) {
	w := synthetic(10_000)
	old := w.build()
	again := directory.Input{Version: 2, At: start, Linker: w.in.Linker, PersonID: w.in.PersonID, Sources: w.in.Sources}
	for _, batch := range w.in.Batches {
		records := make([]*person.Identity, len(batch.Identities))
		for n, i := range batch.Identities {
			record := *i
			records[n] = &record
		}
		batch.Identities = records
		again.Batches = append(again.Batches, batch)
	}
	changed := *w.in.Batches[0].Identities[7]
	changed.Name = "Somebody Else"
	for name, now := range map[string]*directory.Snapshot{
		"whole reading": directory.Build(again),
		"one change":    old.Apply([]directory.Change{{Key: changed.Key, Identity: &changed, ObservedAt: start}}),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				directory.Changed(old.View(nobody), now.View(nobody))
			}
		})
	}
}
