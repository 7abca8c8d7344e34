package link

import (
	"cmp"
	"slices"

	"github.com/manifold-graph/manifold/graph/person"
)

// Standing is what of a journal counts now. It is immutable.
type Standing struct {
	entries []Entry // ascending
	undone  map[int64]int64
	pairs   map[pair]int64
	inForce map[int64]bool
}

// pair is two keys, the smaller first.
type pair [2]person.Key

func pairOf(a, b person.Key) pair {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return pair{a, b}
}

// Weigh finds what counts of a journal, whose entries ascend. Of all that was decided about two accounts and is not
// undone, the latest counts. An entry whose undo was undone counts again.
func Weigh(entries []Entry) *Standing {
	s := &Standing{entries: entries, undone: make(map[int64]int64), pairs: make(map[pair]int64), inForce: make(map[int64]bool)}
	// Backwards, for an entry is undone by later ones alone.
	for _, e := range slices.Backward(entries) {
		if _, gone := s.undone[e.Seq]; gone || e.Act != ActUndo {
			continue
		}
		s.inForce[e.Seq] = true
		if _, already := s.undone[e.Undoes]; !already {
			s.undone[e.Undoes] = e.Seq
		}
	}
	for i := range entries {
		if _, gone := s.undone[entries[i].Seq]; !gone {
			for p := range entries[i].pairs() {
				s.pairs[p] = entries[i].Seq
			}
		}
	}
	for _, seq := range s.pairs {
		s.inForce[seq] = true
	}
	return s
}

// pairs yields the pairs that an entry speaks of: none for an undo.
func (e *Entry) pairs() func(func(pair) bool) {
	return func(yield func(pair) bool) {
		for i, a := range e.Keys {
			for _, b := range e.Keys[i+1:] {
				if a != b && !yield(pairOf(a, b)) {
					return
				}
			}
			if e.Verb() == Apart {
				return
			}
		}
	}
}

// Verb is what an entry says of its pairs; 0 for an undo.
func (e *Entry) Verb() Verb {
	switch e.Act {
	case ActLink, ActConfirm:
		return Join
	case ActUnlink, ActDismiss:
		return Apart
	}
	return 0
}

// Decisions are what the linker is to follow: one for each pair, in the order of keys.
func (s *Standing) Decisions() []Decision {
	out := make([]Decision, 0, len(s.pairs))
	for p, seq := range s.pairs {
		e, _ := s.Entry(seq)
		out = append(out, Decision{Verb: e.Verb(), A: p[0], B: p[1], At: e.At, By: e.By, Reason: e.Reason})
	}
	slices.SortFunc(out, func(a, b Decision) int { return cmp.Or(a.A.Compare(b.A), a.B.Compare(b.B)) })
	return out
}

// Entry finds an entry by its Seq.
func (s *Standing) Entry(seq int64) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(s.entries, seq, func(e Entry, seq int64) int { return cmp.Compare(e.Seq, seq) })
	if !ok {
		return Entry{}, false
	}
	return s.entries[i], true
}

// Entries are all, ascending, shared and read-only.
func (s *Standing) Entries() []Entry { return s.entries }

// Last is the Seq of the newest entry; 0 where there is none.
func (s *Standing) Last() int64 {
	if len(s.entries) == 0 {
		return 0
	}
	return s.entries[len(s.entries)-1].Seq
}

// Undone tells which entry took one back, if any did.
func (s *Standing) Undone(seq int64) (by int64, undone bool) {
	by, undone = s.undone[seq]
	return by, undone
}

// InForce tells whether an entry counts for any of its pairs; of an undo, whether it is not undone.
func (s *Standing) InForce(seq int64) bool { return s.inForce[seq] }

// Between is what counts about two accounts.
func (s *Standing) Between(a, b person.Key) (Entry, bool) {
	seq, ok := s.pairs[pairOf(a, b)]
	if !ok {
		return Entry{}, false
	}
	return s.Entry(seq)
}

// Contradicted lists the entries in force that say otherwise than e about a pair of its, ascending.
func (s *Standing) Contradicted(e Entry) []int64 {
	var found []int64
	for p := range e.pairs() {
		if other, ok := s.Between(p[0], p[1]); ok && other.Verb() != e.Verb() {
			found = append(found, other.Seq)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// Confirmed tells whether entries in force already say all that e says.
func (s *Standing) Confirmed(e Entry) bool {
	for p := range e.pairs() {
		if other, ok := s.Between(p[0], p[1]); !ok || other.Verb() != e.Verb() {
			return false
		}
	}
	return true
}

// Concerned are the keys of an entry; of an undo, those of what it takes back in the end.
func (s *Standing) Concerned(seq int64) []person.Key {
	e, ok := s.Entry(seq)
	for ok && e.Act == ActUndo {
		e, ok = s.Entry(e.Undoes)
	}
	return e.Keys
}

// Rivals tells whether no rule makes two accounts one person: they are two users of one Pipedrive company or two Pipefy
// users.
func Rivals(a, b person.Key) bool {
	return a.System == b.System && a.ID != b.ID && (a.System == person.Pipefy || a.System == person.Pipedrive && a.Account == b.Account)
}
