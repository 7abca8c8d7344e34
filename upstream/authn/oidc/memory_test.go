package oidc_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/authn/oidc"
	"github.com/manifold-graph/manifold/upstream/authn/oidc/oidctest"
)

func TestAVerifiedTokenIsRememberedForAWhile(t *testing.T) {
	k := oidctest.EC("e")
	s := begin(t, nil, k)
	long, short := s.token(k, nil), s.token(k, map[string]any{"exp": s.clock.now().Add(2 * time.Minute).Unix()})
	if _, ok := s.Recall(long); ok {
		t.Error("a token is remembered before it was seen")
	}
	for _, token := range []string{long, short} {
		p, err := s.verify(token)
		if err != nil {
			t.Fatal(err)
		}
		again, ok := s.Recall(token)
		if !ok || again.Name != p.Name || again.Sight() != p.Sight() || !again.Expires.Equal(p.Expires) || again.Limits != p.Limits {
			t.Errorf("it is remembered as %+v", again)
		}
	}
	s.clock.pass(2 * time.Minute)
	if _, ok := s.Recall(short); ok {
		t.Error("a token is remembered after its end")
	}
	if _, ok := s.Recall(long); !ok {
		t.Error("it was forgotten too early")
	}
	s.clock.pass(oidc.LongestMemory - 2*time.Minute)
	if _, ok := s.Recall(long); ok {
		t.Error("a token is remembered for longer than five minutes")
	}
	// Within the skew a token is still taken, and verified each time.
	if _, err := s.verify(s.token(k, map[string]any{"exp": s.clock.now().Unix() - 5, "jti": "late"})); err != nil {
		t.Error(err)
	}
	s.clock.pass(time.Hour)
	_, err := s.verify(long)
	want(t, "after its end", err, fault.Unauthenticated, "expired")
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	s := begin(t, nil, oidctest.EC("e"))
	p := access.NewPrincipal("oidc:ann")
	p.Expires = s.clock.now().Add(time.Hour)
	for i := range 3 * oidc.MostRemembered {
		s.Remember(fmt.Sprint(i), p)
	}
	if n := s.Settle(); n > oidc.MostRemembered || n < oidc.MostRemembered/2 {
		t.Errorf("%d tokens are remembered", n)
	}
}

func TestAllowancesOfRolesHoldForTokens(t *testing.T) {
	k := oidctest.EC("e")
	s := begin(t, nil, k)
	verify := func(subject string, roles ...string) string {
		p, err := s.verify(s.token(k, map[string]any{"sub": subject, "roles": roles, "exp": s.clock.now().Add(24 * time.Hour).Unix()}))
		if err != nil {
			t.Fatal(err)
		}
		return p.Name
	}
	ann, bob, chief := verify("ann", "staff"), verify("bob", "interns"), verify("chief", "chiefs")
	for name, of := range map[string]int{ann: 0, bob: 7, chief: 40, "oidc:never-seen": 7, "key:bob": 0, "local": 0} {
		if n := s.Allowance(name, person.Pipedrive); n != of {
			t.Errorf("%s may spend %d, want %d", name, n, of)
		}
		if n := s.Allowance(name, person.Pipefy); n != 0 {
			t.Errorf("%s may spend %d at a system without a bound", name, n)
		}
	}
	// Two tokens of one person: the smaller number holds while both are in use, and no longer.
	verify("bob", "chiefs")
	if n := s.Allowance(bob, person.Pipedrive); n != 7 {
		t.Errorf("another token lifts the bound to %d", n)
	}
	s.clock.pass(oidc.AllowanceFor)
	verify("bob", "chiefs")
	if n := s.Allowance(bob, person.Pipedrive); n != 40 {
		t.Errorf("the bound of a token that is not used any more holds: %d", n)
	}
}
