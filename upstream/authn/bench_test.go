package authn_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/authn"
)

// BenchmarkAuthenticate is what a request costs before it is read: a known key among few and among many, and a wrong one
// from an address that is over its limit.
func BenchmarkAuthenticate(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		var clients []authn.Client
		for i := range n {
			clients = append(clients, clientOf(fmt.Sprint(i), fmt.Sprintf("key-%024d", i), time.Time{}))
		}
		a := newAuthenticator(b, authn.Options{Now: newWatch().now}, clients...)
		for name, key := range map[string]string{"known": "key-000000000000000000000000", "wrong": "key-x"} {
			b.Run(fmt.Sprintf("%s/keys=%d", name, n), func(b *testing.B) {
				r := from("192.0.2.1:1", "Authorization: Bearer "+key)
				b.ReportAllocs()
				for b.Loop() {
					_, _ = a.Authenticate(r)
				}
			})
		}
	}
}
