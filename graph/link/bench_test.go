package link

import (
	"slices"
	"strconv"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
)

func BenchmarkLink(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		all := synthetic(n, 1)
		sorted := slices.Clone(all)
		slices.SortFunc(sorted, func(x, y *person.Identity) int { return x.Key.Compare(y.Key) })
		hashless := published()
		hashless.IDs = slices.DeleteFunc(hashless.IDs, func(r IDRule) bool { return r.Name == "hash" || r.Name == "keyed" })
		for _, c := range []struct {
			name  string
			input []*person.Identity
		}{{"shuffled", all}, {"by key", sorted}} {
			b.Run(strconv.Itoa(n)+"/"+c.name, func(b *testing.B) {
				l := mustNew(b, hashless)
				b.ReportAllocs()
				for b.Loop() {
					l.Link(c.input, nil)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/identity")
			})
		}
		b.Run(strconv.Itoa(n)+"/with a hash", func(b *testing.B) {
			l := mustNew(b, published())
			all := append(slices.Clone(sorted), external(sum("first.last7@acme.com")))
			b.ReportAllocs()
			for b.Loop() {
				l.Link(all, nil)
			}
		})
	}
}

// BenchmarkContested links ten thousand identities that all hold one address.
func BenchmarkContested(b *testing.B) {
	all := make([]*person.Identity, 10_000)
	for i := range all {
		all[i] = pipedrive("1", strconv.Itoa(i+1), "Ann Lee", "crew@acme.com")
	}
	l := mustNew(b, published())
	for b.Loop() {
		l.Link(all, nil)
	}
}

func BenchmarkCanonical(b *testing.B) {
	l := mustNew(b, published())
	for _, email := range []string{"ann@x.org", "Ann.Lee+tag@Acme.com", "änn@bücher.de"} {
		b.Run(email, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Canonical(email)
			}
		})
	}
}

func BenchmarkFoldName(b *testing.B) {
	for _, name := range []string{"Ann Example", "Łukasz Müller", "山田 太郎"} {
		b.Run(name, func(b *testing.B) {
			var buf []byte
			for b.Loop() {
				buf, _ = foldName(buf[:0], name)
			}
		})
	}
}
