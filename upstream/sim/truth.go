package sim

import (
	"iter"
	"maps"
	"slices"

	"github.com/manifold-graph/manifold/graph/person"
)

// Truth is who is who. Its clusters are disjoint and hold every account of the world.
type Truth struct {
	Clusters []Cluster
	// Contested are addresses that several people of one account use; nobody is to be found by them.
	Contested []string
}

// Cluster is everything that belongs to one human, bot or organization.
type Cluster struct {
	Kind person.Kind
	Keys []person.Key
	// Parts are indexes into Keys: accounts in one part can be told to belong together, directly
	// or over others of the part, by the evidence that the published configuration allows.
	Parts [][]int
}

// Pair is two accounts of one cluster.
type Pair struct {
	A, B person.Key
	// Reachable says that a linker can find the pair out under the published configuration.
	Reachable bool
}

// Pairs yields every pair of accounts that truly belong together.
func (t Truth) Pairs() iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		for _, c := range t.Clusters {
			part := make([]int, len(c.Keys))
			for p, members := range c.Parts {
				for _, k := range members {
					part[k] = p
				}
			}
			for i := range c.Keys {
				for j := i + 1; j < len(c.Keys); j++ {
					if !yield(Pair{c.Keys[i], c.Keys[j], part[i] == part[j]}) {
						return
					}
				}
			}
		}
	}
}

// proof is a piece of evidence that a record carries, known from how the record was made.
// Two records of one entity with a proof in common can be told to belong together.
type proof string

func byMailbox(a address) proof         { return proof("mail " + a.mailbox) }
func byPipedrive(id string) proof       { return proof("pipedrive " + id) }
func byPipefy(id string) proof          { return proof("pipefy " + id) }
func byMapping(entry string) proof      { return proof("mapping " + entry) }
func (b *builder) contest(a address)    { b.contested[byMailbox(a)] = a.mailbox }
func (b *builder) refuses(p proof) bool { _, no := b.contested[p]; return no }

// record is one account in one system.
type record struct {
	key    person.Key
	entity int
	proofs []proof
}

func (b *builder) record(k person.Key, entity int, proofs ...proof) int {
	b.records = append(b.records, record{k, entity, proofs})
	i := len(b.records) - 1
	b.byEntity[entity] = append(b.byEntity[entity], i)
	return i
}

// truth groups the records by entity and each group by the proofs that are not contested.
func (b *builder) truth() Truth {
	t := Truth{}
	for e, kind := range b.entities {
		members := b.byEntity[e]
		if len(members) == 0 {
			continue
		}
		c := Cluster{Kind: kind}
		for _, i := range members {
			c.Keys = append(c.Keys, b.records[i].key)
		}
		c.Parts = b.parts(members)
		t.Clusters = append(t.Clusters, c)
	}
	t.Contested = slices.Sorted(maps.Values(b.contested))
	return t
}

// parts are the connected components of members, which are few.
func (b *builder) parts(members []int) [][]int {
	part := make([]int, len(members))
	owner := map[proof]int{}
	for i := range members {
		part[i] = i
	}
	for i, m := range members {
		for _, p := range b.records[m].proofs {
			if b.refuses(p) {
				continue
			}
			first, ok := owner[p]
			if !ok {
				owner[p] = i
				continue
			}
			for from, to, k := part[i], part[first], 0; k < len(part); k++ {
				if part[k] == from {
					part[k] = to
				}
			}
		}
	}
	at := map[int]int{}
	var out [][]int
	for i, p := range part {
		if _, ok := at[p]; !ok {
			at[p] = len(out)
			out = append(out, nil)
		}
		out[at[p]] = append(out[at[p]], i)
	}
	return out
}
