package directory

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// index is an immutable picture of some identities and of the people they are:
// all identities in a snapshot's base, a few in its overlay. Identities, people
// and resources are small numbers in it: their places in the order of keys. A
// person stands where its smallest key does.
type index struct {
	identities []*person.Identity // by key
	kinds      []person.Kind      // of identities, after the linking rules
	ids        []person.ID        // of identities: what a person is called who is this identity alone
	byID       idTable
	called     []person.ID // of people; nil where each is called after its smallest identity
	byCalled   idTable
	bySource   map[person.SourceID][]int32 // identities, ascending
	accounts   []person.Key                // one key for each account, without its ID

	clusters  clusters
	evidence  evidence
	mailboxes mailboxes
	resources resources
	facets    facets
	orders    [orderCount]order
	names     vocabulary // of people
	emails    vocabulary // of people

	// keys is made at the first change after a build, for most builds see none.
	keys func() *link.KeyIndex
}

// people is how many people there are.
func (x *index) people() int { return len(x.clusters.start) - 1 }

// id is the person's id.
func (x *index) id(p int32) person.ID {
	if x.called != nil {
		return x.called[p]
	}
	return x.ids[x.clusters.of(p)[0]]
}

// identity finds the number of an identity; false when x has none with this key.
func (x *index) identity(k person.Key) (int32, bool) {
	n, ok := slices.BinarySearchFunc(x.identities, k, func(i *person.Identity, k person.Key) int { return i.Key.Compare(k) })
	return int32(n), ok
}

// clusters tells which identities are one person.
type clusters struct {
	personOf []int32 // by identity
	start    []int32 // person p has members[start[p]:start[p+1]]
	members  []int32 // identities, ascending within a person
}

// newClusters numbers the people by their smallest identity, given that identity
// for each one.
func newClusters(smallest []int32) clusters {
	personOf := make([]int32, len(smallest))
	identities := make([]int32, len(smallest))
	people := int32(0)
	for i, s := range smallest {
		identities[i] = int32(i)
		if int(s) == i {
			personOf[i] = people
			people++
		} else {
			personOf[i] = personOf[s]
		}
	}
	start, members := group(int(people), personOf, identities)
	return clusters{personOf: personOf, start: start, members: members}
}

// of lists the identities of a person, ascending.
func (c *clusters) of(p int32) []int32 { return c.members[c.start[p]:c.start[p+1]] }

// idTable finds an identity by what its person would be called if it stood
// alone, with open addressing. Thereby an id goes on answering when its person
// has joined an older one.
type idTable []int32 // identity + 1; 0 is free

func newIDTable(ids []person.ID) idTable {
	size := 16
	for size < 2*len(ids) {
		size *= 2
	}
	t := make(idTable, size)
	for i, id := range ids {
		if at := t.slot(ids, id); t[at] == 0 {
			t[at] = int32(i) + 1
		}
	}
	return t
}

func (t idTable) slot(ids []person.ID, id person.ID) int {
	mask := len(t) - 1
	for at := int(binary.LittleEndian.Uint64(id[:8])) & mask; ; at = (at + 1) & mask {
		if t[at] == 0 || ids[t[at]-1] == id {
			return at
		}
	}
}

func (t idTable) find(ids []person.ID, id person.ID) (int32, bool) {
	n := t[t.slot(ids, id)]
	return n - 1, n != 0
}

func compareIDs(a, b person.ID) int { return bytes.Compare(a[:], b[:]) }

// gather lists every identity once, by key. Of two with one key the one from the
// source with the smaller name counts, in one source the first, unless changes
// says better.
func gather(batches []person.Batch, changes map[person.Key]Change) []*person.Identity {
	parts := make([][]*person.Identity, 0, len(batches)+1)
	for _, b := range batches {
		parts = append(parts, sortedByKey(b.Identities, changes))
	}
	var upserts []*person.Identity
	for _, c := range changes {
		if c.Identity != nil {
			upserts = append(upserts, c.Identity)
		}
	}
	parts = append(parts, sortedByKey(upserts, nil))
	return mergeByKey(parts)
}

// sortedByKey sorts what changes does not speak of.
func sortedByKey(identities []*person.Identity, changes map[person.Key]Change) []*person.Identity {
	kept := identities
	if len(changes) > 0 {
		kept = slices.DeleteFunc(slices.Clone(identities), func(i *person.Identity) bool {
			_, changed := changes[i.Key]
			return changed
		})
	}
	ids := texts{ends: make([]uint32, 0, len(kept))}
	for _, i := range kept {
		ids.append(func(dst []byte) []byte { return append(dst, i.Key.ID...) })
	}
	// Mostly one account: the ids decide.
	perm := ids.sorted(func(a, b int32) int { return int(a - b) })
	sorted := make([]*person.Identity, len(kept))
	for k, n := range perm {
		sorted[k] = kept[n]
	}
	if slices.ContainsFunc(sorted, func(i *person.Identity) bool {
		return i.Key.System != sorted[0].Key.System || i.Key.Account != sorted[0].Key.Account
	}) {
		slices.SortStableFunc(sorted, func(a, b *person.Identity) int { return a.Key.Compare(b.Key) })
	}
	return sorted
}

// mergeByKey joins sorted lists, the earlier list winning where keys are equal.
func mergeByKey(parts [][]*person.Identity) []*person.Identity {
	for len(parts) > 1 {
		var merged [][]*person.Identity
		for pair := range slices.Chunk(parts, 2) {
			if len(pair) == 1 {
				merged = append(merged, pair[0])
			} else {
				merged = append(merged, mergeTwo(pair[0], pair[1]))
			}
		}
		parts = merged
	}
	if len(parts) == 0 {
		return nil
	}
	return slices.CompactFunc(parts[0], func(a, b *person.Identity) bool { return a.Key == b.Key })
}

func mergeTwo(a, b []*person.Identity) []*person.Identity {
	merged := make([]*person.Identity, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].Key.Compare(b[0].Key) <= 0 {
			merged, a = append(merged, a[0]), a[1:]
		} else {
			merged, b = append(merged, b[0]), b[1:]
		}
	}
	return append(append(merged, a...), b...)
}

// sortedBatches orders batches by source, so that which comes first is settled.
func sortedBatches(batches []person.Batch) []person.Batch {
	sorted := slices.Clone(batches)
	slices.SortFunc(sorted, func(a, b person.Batch) int { return cmp.Compare(a.Source, b.Source) })
	return sorted
}
