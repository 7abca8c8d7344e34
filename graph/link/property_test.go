package link

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/person"
)

// mess draws a small world in which nearly everything collides.
func mess(t *rapid.T) ([]*person.Identity, []Decision, []Mapping) {
	var all []*person.Identity
	met := map[person.Key]bool{}
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	email := func() string {
		return pick("email", "", "a@acme.com", "A+x@acme.io", "b@acme.com", "b@x.org", "info@acme.com", "no address", "c-bot@acme.com")
	}
	name := func() string {
		return pick("name", "", "Ann Lee", "Ann Roe", "Bob Ray", "lee, ann", "Al", "a@acme.com")
	}
	for range rapid.IntRange(0, 12).Draw(t, "n") {
		var id *person.Identity
		number := strconv.Itoa(rapid.IntRange(1, 4).Draw(t, "user"))
		switch rapid.IntRange(0, 2).Draw(t, "system") {
		case 0:
			id = pipedrive(strconv.Itoa(rapid.IntRange(1, 2).Draw(t, "company")), number, name(), email())
		case 1:
			id = pipefy(strconv.Itoa(rapid.IntRange(1, 2).Draw(t, "org")), number, name(), email())
		case 2:
			ext := pick("external", "pipedrive:"+number, "acme:1:"+number, "user-"+number, "a@acme.com", sum("a@acme.com"), "default", "customer_1", "x"+number)
			id = external(ext, account(pick("app", "slack", "google_calendar"), email()))
		}
		id.State = rapid.SampledFrom([]person.State{person.StateActive, person.StateActive, person.StateInactive, person.StateErased}).Draw(t, "state")
		id.EmailVerified = rapid.Bool().Draw(t, "verified")
		if !met[id.Key] {
			met[id.Key] = true
			all = append(all, id)
		}
	}
	var decisions []Decision
	var mapping []Mapping
	if len(all) == 0 {
		return all, nil, nil
	}
	one := rapid.SampledFrom(all)
	for range rapid.IntRange(0, 4).Draw(t, "decisions") {
		verb := rapid.SampledFrom([]Verb{Join, Apart}).Draw(t, "verb")
		decisions = append(decisions, decision(verb, one.Draw(t, "a"), one.Draw(t, "b"), rapid.IntRange(0, 3).Draw(t, "at")))
	}
	for range rapid.IntRange(0, 1).Draw(t, "mappings") {
		mapping = append(mapping, Mapping{Keys: []person.Key{one.Draw(t, "m").Key}, Emails: []string{"b@acme.com"}})
	}
	return all, decisions, mapping
}

// describe writes a result without places of the input: what must not depend on them.
func describe(ids []*person.Identity, res Result) string {
	var b strings.Builder
	key := func(i int32) string {
		k := ids[i].Key
		return fmt.Sprintf("%d/%s/%s", k.System, k.Account, k.ID)
	}
	pair := func(x, y int32) string {
		kx, ky := key(x), key(y)
		return min(kx, ky) + "~" + max(kx, ky)
	}
	order := make([]int32, len(ids))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int { return ids[x].Key.Compare(ids[y].Key) })
	for _, i := range order {
		fmt.Fprintf(&b, "%s is %s, kind %d\n", key(i), key(res.Cluster[i]), res.Kind[i])
	}
	for _, l := range res.Links {
		fmt.Fprintf(&b, "link %s %+v\n", pair(l.A, l.B), l.Evidence)
	}
	for _, s := range res.Suggestions {
		fmt.Fprintf(&b, "suggest %s %+v\n", pair(s.A, s.B), s.Evidence)
	}
	for _, c := range res.Conflicts {
		fmt.Fprintf(&b, "conflict %d", c.Reason)
		for _, m := range c.Members {
			b.WriteString(" " + key(m))
		}
		for _, l := range c.Evidence {
			fmt.Fprintf(&b, " %s %+v", pair(l.A, l.B), l.Evidence)
		}
		b.WriteByte('\n')
	}
	var contested []string
	for e, users := range res.Contested {
		line := "contested " + e
		for _, u := range users {
			line += " " + key(u)
		}
		contested = append(contested, line)
	}
	slices.Sort(contested)
	return b.String() + strings.Join(contested, "\n")
}

func linkerFor(t interface{ Fatal(...any) }, mapping []Mapping) *Linker {
	rules := published()
	rules.Mapping = mapping
	l, err := New(rules)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestOrderOfInputIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids, decisions, mapping := mess(t)
		l := linkerFor(t, mapping)
		first := l.Link(ids, decisions)
		for i, c := range first.Cluster {
			if first.Cluster[c] != c || ids[c].Key.Compare(ids[i].Key) > 0 {
				t.Fatalf("identity %d is named after %d, which is not its smallest key", i, c)
			}
		}
		for _, x := range first.Links {
			if x.A >= x.B {
				t.Fatalf("link %+v is not in order", x)
			}
		}
		want := describe(ids, first)
		shuffled, words := rapid.Permutation(ids).Draw(t, "order"), rapid.Permutation(decisions).Draw(t, "words")
		if got := describe(shuffled, l.Link(shuffled, words)); got != want {
			t.Fatalf("another order gives\n%s\nnot\n%s", got, want)
		}
	})
}

// sets is a plain union-find to check the linker's answers by.
type sets map[int32]int32

func (s sets) find(x int32) int32 {
	for p, ok := s[x]; ok && p != x; p, ok = s[x] {
		x = p
	}
	return x
}
func (s sets) join(x, y int32) { s[s.find(x)] = s.find(y) }

func TestClustersAreWhatTheirLinksSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids, decisions, mapping := mess(t)
		res := linkerFor(t, mapping).Link(ids, decisions)
		s := sets{}
		for _, l := range res.Links {
			s.join(l.A, l.B)
		}
		for i := range ids {
			for j := range ids {
				if linked := s.find(int32(i)) == s.find(int32(j)); linked != (res.Cluster[i] == res.Cluster[j]) {
					t.Fatalf("%v and %v: links say %v", ids[i].Key, ids[j].Key, linked)
				}
			}
		}
		for _, x := range res.Suggestions {
			if res.Cluster[x.A] == res.Cluster[x.B] {
				t.Fatalf("suggests what is linked: %+v", x)
			}
		}
	})
}

// rivalUsers tells whether two identities are two users of one account.
func rivalUsers(x, y person.Key) bool {
	return x.System == y.System && x.ID != y.ID && (x.System == person.Pipefy || x.System == person.Pipedrive && x.Account == y.Account)
}

func TestUsersOfOneAccountMergeOnlyByDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids, decisions, mapping := mess(t)
		res := linkerFor(t, mapping).Link(ids, decisions)
		// What decisions and identical vendor users alone bring together.
		s := sets{}
		for _, l := range res.Links {
			if l.Basis == BasisDecision || l.Basis == BasisSameUser {
				s.join(l.A, l.B)
			}
		}
		for i := range ids {
			for j := range i {
				if res.Cluster[i] == res.Cluster[j] && rivalUsers(ids[i].Key, ids[j].Key) && s.find(int32(i)) != s.find(int32(j)) {
					t.Fatalf("%v and %v merged without a decision", ids[i].Key, ids[j].Key)
				}
			}
		}
	})
}

func TestDecisionsWin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids, decisions, mapping := mess(t)
		res := linkerFor(t, mapping).Link(ids, decisions)
		place := map[person.Key]int32{}
		for i, id := range ids {
			place[id.Key] = int32(i)
		}
		type pair struct{ a, b person.Key }
		last := map[pair]Decision{}
		for _, d := range decisions {
			p := pair{d.A, d.B}
			if d.A.Compare(d.B) > 0 {
				p = pair{d.B, d.A}
			}
			if old, met := last[p]; d.A != d.B && (!met || d.At.After(old.At) || d.At.Equal(old.At) && d.Verb == Apart) {
				last[p] = d
			}
		}
		apart := false
		for _, d := range last {
			if d.Verb == Apart {
				apart = true
				if res.Cluster[place[d.A]] == res.Cluster[place[d.B]] {
					t.Fatalf("%v and %v are one person against a decision", d.A, d.B)
				}
			}
		}
		for _, d := range last {
			if d.Verb == Join && !apart && res.Cluster[place[d.A]] != res.Cluster[place[d.B]] {
				t.Fatalf("%v and %v are two people against a decision", d.A, d.B)
			}
		}
	})
}

func TestAStrangerChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids, decisions, mapping := mess(t)
		l := linkerFor(t, mapping)
		want := describe(ids, l.Link(ids, decisions))
		stranger := pipedrive("0", "5", "Zoe Quux", "zoe@far.net")
		with := append(slices.Clone(ids), stranger)
		got := describe(with, l.Link(with, decisions))
		if _, rest, _ := strings.Cut(got, "\n"); rest != want {
			t.Fatalf("with a stranger\n%s\nwithout\n%s", rest, want)
		}
	})
}

func TestRelationsShareAKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids, _, mapping := mess(t)
		l := linkerFor(t, mapping)
		res := l.Link(ids, nil)
		index := l.Index(ids)
		related := func(a, b int32) {
			for _, pair := range [2][2]int32{{a, b}, {b, a}} {
				if !slices.Contains(slices.Collect(index.Related(ids[pair[0]])), pair[1]) {
					t.Fatalf("%v and %v are related and share no key", ids[a].Key, ids[b].Key)
				}
			}
		}
		for _, x := range res.Links {
			related(x.A, x.B)
		}
		for _, x := range res.Suggestions {
			related(x.A, x.B)
		}
	})
}

// TestComponentsLinkAlone is what the directory's overlay relies on: linking only
// those who are connected by keys and decisions gives the same people.
func TestComponentsLinkAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids, decisions, mapping := mess(t)
		l := linkerFor(t, mapping)
		whole := l.Link(ids, decisions)
		s, place := sets{}, map[person.Key]int32{}
		index := l.Index(ids)
		for i, id := range ids {
			place[id.Key] = int32(i)
			for other := range index.Related(id) {
				s.join(int32(i), other)
			}
		}
		for _, d := range decisions {
			s.join(place[d.A], place[d.B])
		}
		for root := range int32(len(ids)) {
			var part []*person.Identity
			var at []int32
			for i := range int32(len(ids)) {
				if s.find(i) == s.find(root) {
					part, at = append(part, ids[i]), append(at, i)
				}
			}
			for i, c := range l.Link(part, decisions).Cluster {
				if whole.Cluster[at[i]] != at[c] {
					t.Fatalf("alone, %v belongs to %v", part[i].Key, part[c].Key)
				}
			}
		}
	})
}

func TestWorkIsLinear(t *testing.T) {
	worlds := map[string]func(int) []*person.Identity{
		"mixed": func(n int) []*person.Identity { return synthetic(n, 3) },
		"one address in one company": func(n int) []*person.Identity {
			return many(n, func(i int) *person.Identity { return pipedrive("1", strconv.Itoa(i+1), "Ann Lee", "a@acme.com") })
		},
		"one user in all companies": func(n int) []*person.Identity {
			return many(n, func(i int) *person.Identity { return pipedrive(strconv.Itoa(i+1), "7", "Ann Lee", "a@acme.com") })
		},
		"one address in all companies": func(n int) []*person.Identity {
			return many(n, func(i int) *person.Identity {
				return pipedrive(strconv.Itoa(i/2+1), strconv.Itoa(i+1), "", fmt.Sprintf("a%d@acme.com", i%2))
			})
		},
		"everybody claims one user": func(n int) []*person.Identity {
			return many(n, func(i int) *person.Identity {
				return external(fmt.Sprintf("acme:1:7+%d", i), account("google_calendar", "a@acme.com"))
			})
		},
	}
	for name, world := range worlds {
		t.Run(name, func(t *testing.T) {
			l := mustNew(t, published())
			work := func(n int) float64 {
				r := l.run(world(n), nil)
				return float64(r.steps + len(r.edges) + len(r.grouped) + len(r.clashes))
			}
			small, large := work(2_000), work(20_000)
			if large > 13*small {
				t.Errorf("ten times the identities cost %.1f times the work", large/small)
			}
			if small > 40*2_000 {
				t.Errorf("%.0f steps for 2,000 identities", small)
			}
		})
	}
}

func many(n int, make func(int) *person.Identity) []*person.Identity {
	var all []*person.Identity
	for i := range n {
		all = append(all, make(i))
	}
	return all
}

func FuzzOrder(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint16(40))
	f.Add(uint64(7), uint64(9), uint16(300))
	f.Fuzz(func(t *testing.T, seed, order uint64, n uint16) {
		ids := synthetic(int(n%500)+2, seed)
		rnd := rand.New(rand.NewPCG(order, 0))
		var decisions []Decision
		for i := range 6 {
			a, b := ids[rnd.IntN(len(ids))], ids[rnd.IntN(len(ids))]
			decisions = append(decisions, decision(Verb(1+i%2), a, b, rnd.IntN(3)))
		}
		l := mustNew(t, published())
		want := describe(ids, l.Link(ids, decisions))
		again := slices.Clone(ids)
		rnd.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		slices.SortFunc(decisions, func(a, b Decision) int { return cmp.Compare(b.A.ID, a.A.ID) })
		if got := describe(again, l.Link(again, decisions)); got != want {
			t.Fatalf("another order gives\n%s\nnot\n%s", got, want)
		}
	})
}
