package directory

import (
	"encoding/binary"
	"time"
)

const orderCount = int(ByPrimaryEmail) + 1

// order is all people sorted one way: those with a value by it and then by id,
// then those without by id.
type order struct {
	perm  []int32 // place → person
	rank  []int32 // person → place
	known int     // how many have a value
}

// at is the person at place k. Descending turns both parts around, each in itself:
// what has no value comes last both ways.
func (o *order) at(k int, descending bool) int32 { return o.perm[o.turn(k, descending)] }

// place is where a person stands.
func (o *order) place(p int32, descending bool) int { return o.turn(int(o.rank[p]), descending) }

func (o *order) turn(k int, descending bool) int {
	switch {
	case !descending:
		return k
	case k < o.known:
		return o.known - 1 - k
	}
	return len(o.perm) - 1 - (k - o.known)
}

func newOrders(x *index) (orders [orderCount]order) {
	together(
		func() {
			orders[ByDisplayName] = x.orderByText(x.name)
			orders[ByPrimaryEmail] = x.orderByText(x.primaryEmail)
		},
		func() {
			orders[ByCreatedAt] = x.orderByTime(x.createdAt)
			orders[ByLastSeenAt] = x.orderByTime(x.lastSeenAt)
		},
	)
	return orders
}

// textExpected is about how long a name or an address is, in bytes.
const textExpected = 24

func (x *index) orderByText(value func(int32) string) order {
	known, unknown := make([]int32, 0, x.people()), []int32{}
	keys := texts{block: make([]byte, 0, textExpected*x.people()), ends: make([]uint32, 0, x.people())}
	for p := range int32(x.people()) {
		if v := value(p); v == "" {
			unknown = append(unknown, p)
		} else {
			known = append(known, p)
			keys.append(func(dst []byte) []byte { return sortKey(dst, v) })
		}
	}
	return x.newOrder(known, keys.sorted(func(a, b int32) int { return compareIDs(x.id(known[a]), x.id(known[b])) }), unknown)
}

func (x *index) orderByTime(value func(int32) time.Time) order {
	known, unknown := make([]int32, 0, x.people()), []int32{}
	keys := make([]uint64, 0, x.people())
	for p := range int32(x.people()) {
		if v := value(p); v.IsZero() {
			unknown = append(unknown, p)
		} else {
			known = append(known, p)
			keys = append(keys, timeKey(v))
		}
	}
	perm := sortBy(len(known), func(i int32) uint64 { return keys[i] },
		func(a, b int32) int { return compareIDs(x.id(known[a]), x.id(known[b])) })
	return x.newOrder(known, perm, unknown)
}

func (x *index) newOrder(known, perm, unknown []int32) order {
	for k, n := range perm {
		perm[k] = known[n]
	}
	byID := sortBy(len(unknown),
		func(i int32) uint64 { id := x.id(unknown[i]); return lead(id[:]) },
		func(a, b int32) int { return compareIDs(x.id(unknown[a]), x.id(unknown[b])) })
	for _, n := range byID {
		perm = append(perm, unknown[n])
	}
	return order{perm: perm, rank: inverse(perm), known: len(known)}
}

// timeKey is a time in microseconds as a number that compares as times do.
func timeKey(t time.Time) uint64 { return uint64(t.UnixMicro()) ^ 1<<63 }

// peoplePosition is where a person stands in an order, as bytes that compare as
// the order does: whether there is a value, the value, the id.
func (x *index) peoplePosition(p int32, o PeopleOrder) Position {
	pos := Position{0}
	switch o.Field {
	case ByDisplayName:
		pos = appendText(pos, x.name(p))
	case ByPrimaryEmail:
		pos = appendText(pos, x.primaryEmail(p))
	case ByCreatedAt:
		pos = appendTime(pos, x.createdAt(p))
	case ByLastSeenAt:
		pos = appendTime(pos, x.lastSeenAt(p))
	}
	if len(pos) == 1 {
		pos[0] = 1
	}
	id := x.id(p)
	pos = append(pos, id[:]...)
	if o.Descending {
		for i := range pos[1:] {
			pos[1+i] = ^pos[1+i]
		}
	}
	return pos
}

// appendText needs no escape: a folded text has no NUL.
func appendText(pos Position, s string) Position {
	if s == "" {
		return pos
	}
	return append(sortKey(pos, s), 0)
}

func appendTime(pos Position, t time.Time) Position {
	if t.IsZero() {
		return pos
	}
	return binary.BigEndian.AppendUint64(pos, timeKey(t))
}
