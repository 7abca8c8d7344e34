package oidc_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/authn/oidc/oidctest"
)

// Whatever a token holds, it opens nothing unless the issuer has signed it, and its text is in no error.
func FuzzToken(f *testing.F) {
	k := oidctest.EC("e")
	s := begin(f, nil, k)
	good := s.token(k, nil)
	parts := strings.Split(good, ".")
	for _, seed := range []string{good, good + "=", "a.b.c", "..", parts[0] + "." + parts[1] + ".", "e30.e30.e30", parts[0] + ".e30." + parts[2],
		oidctest.Forge(map[string]any{"alg": "none"}, s.issuer.Claims(s.clock.now(), nil), func(string) []byte { return []byte("x") }),
		oidctest.Forge(map[string]any{"alg": "ES256", "kid": "e"}, s.issuer.Claims(s.clock.now(), nil), func(string) []byte { return make([]byte, 64) }),
		s.token(k, map[string]any{"exp": 1e300}), s.token(k, map[string]any{"_claim_names": map[string]string{"roles": "x"}})} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		p, err := s.Verify(context.Background(), token)
		if err == nil {
			// Of an ECDSA signature's last letter some bits say nothing; all else is the issuer's.
			if p.Name != "oidc:ann" || !strings.HasPrefix(token, parts[0]+"."+parts[1]+".") {
				t.Fatalf("%q is taken for %s", token, p.Name)
			}
			return
		}
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Kind == fault.Internal {
			t.Fatalf("%v", err)
		}
		for part := range strings.SplitSeq(token, ".") {
			if len(part) > 12 && strings.Contains(err.Error(), part) && !strings.Contains(e.Message, part) {
				t.Fatalf("the error quotes the token: %v", err)
			}
		}
		if _, known := s.Recall(token); known {
			t.Fatalf("%q was refused and is remembered", token)
		}
	})
}
