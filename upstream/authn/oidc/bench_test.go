package oidc_test

import (
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/upstream/authn/oidc/oidctest"
)

// BenchmarkToken is what a token costs: one that is remembered, one whose signature is computed, and garbage of several kinds.
func BenchmarkToken(b *testing.B) {
	rs, es, ed := oidctest.RSA("r"), oidctest.EC("e"), oidctest.Ed("d")
	s := begin(b, nil, rs, es, ed)
	stranger := rs
	stranger.ID = "unknown"
	good := s.token(rs, nil)
	if _, err := s.verify(good); err != nil {
		b.Fatal(err)
	}
	b.Run("remembered", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := s.Recall(good); !ok {
				b.Fatal("forgotten")
			}
		}
	})
	for name, token := range map[string]string{
		"verified/RS256": good, "verified/ES256": s.token(es, nil), "verified/EdDSA": s.token(ed, nil),
		"refused/unknown_key": s.token(stranger, nil), "refused/wrong_signature": good[:len(good)-8] + "AAAAAAAA", "refused/expired": s.token(rs, map[string]any{"exp": 1}),
		"refused/garbage_8KiB": strings.Repeat("A", 4000) + "." + strings.Repeat("A", 4000) + ".A",
		"refused/nested_8KiB":  "e30." + strings.Repeat("W1tb", 1500) + ".A",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.verify(token); (err == nil) != strings.HasPrefix(name, "verified") {
					b.Fatal(err)
				}
			}
		})
	}
}
