package directory

import (
	"iter"

	"github.com/manifold-graph/manifold/graph/person"
)

// Batch is the last reading of a source that s was made of, shared and read-only; false when it was never read.
func (s *Snapshot) Batch(id person.SourceID) (*person.Batch, bool) {
	b := s.batches[id]
	return b, b != nil
}

// AllRead tells whether each of its sources has been read.
func (s *Snapshot) AllRead() bool {
	for _, source := range s.sources {
		if s.batches[source.ID] == nil {
			return false
		}
	}
	return true
}

// Everybody goes over all identities of a source in the order of their keys, with whose they are.
func (s *Snapshot) Everybody(source person.SourceID) iter.Seq2[*person.Identity, person.ID] {
	return func(yield func(*person.Identity, person.ID) bool) {
		for o := range s.byKey() {
			if o.Source == source && !yield(o.Identity, o.person) {
				return
			}
		}
	}
}

// Whose is the id that the person bears now to whom id leads; zero when nobody does.
func (s *Snapshot) Whose(id person.ID) person.ID {
	p, ok := View{s: s, by: &beholder{whole: s}}.Person(id)
	if !ok {
		return person.ID{}
	}
	return p.ID()
}
