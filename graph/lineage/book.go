// Package lineage gives people their ids, and keeps them over refreshes, restarts, merges, splits and undo.
//
// Each identity key gets a seat once: an id of its own, and an age. A person bears the oldest id that its identities have
// a right to: their own ones, and the one that they bore already while its owner is away. So the oldest survives a merge;
// of a split, the part that holds the owner keeps it, and the others return to ids of their own; undoing a merge gives
// both their ids back; and who vanishes and returns is who they were. A seat is moved to older ids than its own alone,
// so no chain of retired ids ever closes.
package lineage

import "github.com/manifold-graph/manifold/graph/person"

// Book holds seats. It is not safe for concurrent use.
type Book struct {
	seats  map[person.Key]*Seat
	owners map[person.ID]*Seat
}

// NewBook makes an empty Book.
func NewBook() *Book {
	return &Book{seats: make(map[person.Key]*Seat), owners: make(map[person.ID]*Seat)}
}

// Put writes seats down as a Store has them. It tells whether that is anything new.
func (b *Book) Put(seats ...Seat) (news bool) {
	for _, s := range seats {
		known := b.seats[s.Key]
		if known != nil && *known == s {
			continue
		}
		news = true
		if known == nil {
			known = new(Seat)
			b.seats[s.Key] = known
		} else if b.owners[known.Own] == known {
			delete(b.owners, known.Own)
		}
		*known = s
		b.owners[s.Own] = known
	}
	return news
}

// Seat is the seat of a key.
func (b *Book) Seat(k person.Key) (Seat, bool) {
	if s := b.seats[k]; s != nil {
		return *s, true
	}
	return Seat{}, false
}

// Len is how many seats there are.
func (b *Book) Len() int { return len(b.seats) }

// Resolve is the id that a retired one led to in the end: itself where it is not retired, or not known.
func (b *Book) Resolve(id person.ID) person.ID {
	for s := b.owners[id]; s != nil && s.Person != s.Own; {
		next := b.owners[s.Person]
		if next == nil || next.Age >= s.Age {
			return s.Person
		}
		s, id = next, next.Own
	}
	return id
}

// Name gives people their ids, and says which seats follow. Identity i, of the given key, is in the cluster of identity
// cluster[i], the smallest; every key has a seat. The answer has each cluster's id at its smallest identity. Present tells
// of any key whether it is in the picture that the identities are of, or a part of.
//
// It changes nothing; Move does. Naming again what was named and moved changes nothing more, and the order of identities
// decides nothing.
func (b *Book) Name(n int, key func(i int) person.Key, cluster []int32, present func(person.Key) bool) (names []person.ID, moves []Move) {
	seats := make([]*Seat, n)
	best := make([]*Seat, n)        // by cluster: the owner of its id
	claims := make(map[*Seat]claim) // by the owner of an id, who is away
	for i := range n {
		s, c := b.seats[key(i)], cluster[i]
		seats[i] = s
		best[c] = older(best[c], s)
		if s.Person == s.Own {
			continue
		}
		owner := b.owners[b.Resolve(s.Person)]
		if owner == nil || owner == s || present(owner.Key) {
			continue
		}
		if held, claimed := claims[owner]; !claimed || s.Age < held.age {
			claims[owner] = claim{s.Age, c}
		}
	}
	for owner, by := range claims {
		best[by.cluster] = older(best[by.cluster], owner)
	}
	names = make([]person.ID, n)
	for i, s := range seats {
		id := best[cluster[i]].Own
		if int(cluster[i]) == i {
			names[i] = id
		}
		if s.Person != id {
			moves = append(moves, Move{s.Key, s.Person, id})
		}
	}
	for owner, by := range claims {
		if id := best[by.cluster].Own; id != owner.Own {
			moves = append(moves, Move{owner.Key, owner.Person, id})
		}
	}
	return names, moves
}

// claim is the oldest identity that bears an id whose owner is away, and where it is.
type claim struct {
	age     int64
	cluster int32
}

func older(a, b *Seat) *Seat {
	if a == nil || b.Age < a.Age {
		return b
	}
	return a
}

// Move follows what Name said.
func (b *Book) Move(moves []Move) {
	for _, m := range moves {
		b.seats[m.Key].Person = m.To
	}
}
