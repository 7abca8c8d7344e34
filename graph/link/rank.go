package link

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/manifold-graph/manifold/graph/person"
)

// ranked puts identities in the order of their keys; the rest of the package
// speaks of identities by rank, so that nothing can depend on the input's order.
type ranked struct {
	ids   []*person.Identity
	input []int32 // rank to place in the input
	// account numbers the accounts in which two users are two people: each
	// Pipedrive company, and Pipefy as a whole. -1 for external users.
	account []int32
	// repeats are those whose key the rank before has too.
	repeats []int32
}

func rank(identities []*person.Identity) ranked {
	n := len(identities)
	r := ranked{ids: identities, input: make([]int32, n), account: make([]int32, n)}
	for i := range r.input {
		r.input[i] = int32(i)
	}
	byKey := func(a, b *person.Identity) int { return a.Key.Compare(b.Key) }
	if !slices.IsSortedFunc(identities, byKey) {
		r.sort(identities)
	}
	account := int32(0)
	for i, id := range r.ids {
		if i > 0 && r.ids[i-1].Key == id.Key {
			r.repeats = append(r.repeats, int32(i))
		}
		switch id.Key.System {
		case person.Pipedrive:
			if i > 0 && r.ids[i-1].Key.Account != id.Key.Account {
				account++
			}
			r.account[i] = account
		case person.Pipefy:
			r.account[i] = int32(n)
		default:
			r.account[i] = -1
		}
	}
	return r
}

// sort compares accounts once per account instead of once per comparison, and
// ids by their first eight bytes where those differ.
func (r *ranked) sort(identities []*person.Identity) {
	type account struct {
		system person.System
		name   string
	}
	numbers := make(map[account]uint32)
	var accounts []account
	for _, id := range identities {
		a := account{id.Key.System, id.Key.Account}
		if _, met := numbers[a]; !met {
			numbers[a] = 0
			accounts = append(accounts, a)
		}
	}
	slices.SortFunc(accounts, func(a, b account) int {
		return cmp.Or(cmp.Compare(a.system, b.system), strings.Compare(a.name, b.name))
	})
	for i, a := range accounts {
		numbers[a] = uint32(i)
	}
	type handle struct {
		prefix  uint64
		account uint32
		place   int32
	}
	handles := make([]handle, len(identities))
	for i, id := range identities {
		var head [8]byte
		copy(head[:], id.Key.ID)
		handles[i] = handle{binary.BigEndian.Uint64(head[:]), numbers[account{id.Key.System, id.Key.Account}], int32(i)}
	}
	slices.SortFunc(handles, func(a, b handle) int {
		if c := cmp.Compare(a.account, b.account); c != 0 {
			return c
		}
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		return cmp.Or(strings.Compare(identities[a.place].Key.ID, identities[b.place].Key.ID), cmp.Compare(a.place, b.place))
	})
	r.ids = make([]*person.Identity, len(identities))
	for i, h := range handles {
		r.ids[i], r.input[i] = identities[h.place], h.place
	}
}

// of finds an identity by its key, or -1.
func (r *ranked) of(k person.Key) int32 {
	i, found := slices.BinarySearchFunc(r.ids, k, func(id *person.Identity, k person.Key) int { return id.Key.Compare(k) })
	if !found {
		return -1
	}
	return int32(i)
}
