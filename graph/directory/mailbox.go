package directory

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/manifold-graph/manifold/graph/person"
)

// hashed is an identity beside the hash of something that it has. Sorted by hash
// they make a look-up that takes twelve bytes for each.
type hashed struct {
	hash     uint64
	identity int32
}

func sortedByHash(entries []hashed) []hashed {
	perm := sortBy(len(entries),
		func(i int32) uint64 { return entries[i].hash },
		func(a, b int32) int { return cmp.Compare(entries[a].identity, entries[b].identity) })
	sorted := make([]hashed, len(perm))
	for k, n := range perm {
		sorted[k] = entries[n]
	}
	return sorted
}

// withHash is the part of sorted entries that has a hash.
func withHash(entries []hashed, hash uint64) []hashed {
	find := func(from []hashed, h uint64) int {
		n, _ := slices.BinarySearchFunc(from, h, func(e hashed, h uint64) int { return cmp.Compare(e.hash, h) })
		return n
	}
	entries = entries[find(entries, hash):]
	end := 0
	for end < len(entries) && entries[end].hash == hash {
		end++
	}
	return entries[:end]
}

// mailboxes finds identities by canonical address.
type mailboxes struct {
	seed    maphash.Seed
	entries []hashed
}

// domainTable holds the mail domain of each identity, as a number.
type domainTable struct {
	numbers map[string]int32
	of      []int32 // by identity; -1 for none
}

func newMailboxes(linker Linker, identities []*person.Identity) (mailboxes, domainTable) {
	m := mailboxes{seed: maphash.MakeSeed(), entries: make([]hashed, 0, len(identities))}
	domains := domainTable{numbers: map[string]int32{}, of: make([]int32, len(identities))}
	for i, identity := range identities {
		domains.of[i] = -1
		if identity.Email == "" {
			continue
		}
		canonical, ok := linker.Canonical(identity.Email)
		if !ok {
			continue
		}
		m.entries = append(m.entries, hashed{maphash.String(m.seed, canonical), int32(i)})
		domain := domainOf(canonical)
		n, known := domains.numbers[domain]
		if !known {
			n = int32(len(domains.numbers))
			domains.numbers[strings.Clone(domain)] = n
		}
		domains.of[i] = n
	}
	m.entries = sortedByHash(m.entries)
	return m, domains
}

func domainOf(canonical string) string { return canonical[strings.LastIndexByte(canonical, '@')+1:] }

// withEmail lists the identities whose address means the same mailbox as
// canonical, ascending.
func (x *index) withEmail(linker Linker, canonical string) []int32 {
	var found []int32
	for _, e := range withHash(x.mailboxes.entries, maphash.String(x.mailboxes.seed, canonical)) {
		if same, _ := linker.Canonical(x.identities[e.identity].Email); same == canonical {
			found = append(found, e.identity)
		}
	}
	return found
}
