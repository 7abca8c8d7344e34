package oidc_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/authn"
	"github.com/manifold-graph/manifold/upstream/authn/oidc"
	"github.com/manifold-graph/manifold/upstream/authn/oidc/oidctest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watch is a clock that stands until it is moved.
type watch struct{ at atomic.Pointer[time.Time] }

func (w *watch) now() time.Time { return *w.at.Load() }

func (w *watch) pass(d time.Duration) {
	t := w.now().Add(d)
	w.at.Store(&t)
}

func newWatch() *watch {
	w, noon := &watch{}, time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	w.at.Store(&noon)
	return w
}

// grants are a role for staff, one for interns that spends little and sees a part, and one that must see all.
func grants() authn.Grants {
	return authn.Grants{OperationTokens: 500, Roles: map[string]authn.Role{
		"staff": {Role: access.Role{Name: "staff", Scopes: []access.Scope{access.ScopeDirectoryRead, access.ScopeEmailsRead}}},
		"intern": {Role: access.Role{Name: "intern", Scopes: []access.Scope{access.ScopeDirectoryRead}, Rows: access.Rows{EmailDomains: access.Only("acme.example")}},
			Limits: access.Limits{OperationTokens: 10, ObjectsPerMinute: 100}, Allowance: authn.Allowance{person.Pipedrive: 7}},
		"chief": {Role: access.Role{Name: "chief", Scopes: []access.Scope{access.ScopeDirectoryRead, access.ScopeBudgetsRead}}, Allowance: authn.Allowance{person.Pipedrive: 40}},
	}}
}

func issuerOf(i *oidctest.Issuer) oidc.Issuer {
	return oidc.Issuer{URL: i.URL, Audience: []string{"manifold", "graph"}, Roles: map[string][]string{
		"staff": {"staff"}, "interns": {"intern"}, "chiefs": {"chief"},
	}}
}

// stage is a Verifier of one issuer, over a clock that stands.
type stage struct {
	*oidc.Verifier
	t      testing.TB
	issuer *oidctest.Issuer
	clock  *watch
}

func begin(t testing.TB, edit func(*oidc.Issuer), keys ...oidctest.Key) *stage {
	t.Helper()
	s := &stage{t: t, issuer: oidctest.Start(t, keys...), clock: newWatch()}
	i := issuerOf(s.issuer)
	if edit != nil {
		edit(&i)
	}
	var err error
	if s.Verifier, err = oidc.New([]oidc.Issuer{i}, grants(), oidc.Options{Now: s.clock.now, Secret: []byte("secret of all replicas")}); err != nil {
		t.Fatal(err)
	}
	return s
}

// token is a good one, with changes of its claims.
func (s *stage) token(k oidctest.Key, changes map[string]any) string {
	s.t.Helper()
	return oidctest.Sign(s.t, k, s.issuer.Claims(s.clock.now(), changes), nil)
}

func (s *stage) verify(token string) (access.Principal, error) {
	return s.Verify(context.Background(), token)
}

// want fails unless an error is of a kind and says something; good is no error at all.
func want(t testing.TB, name string, err error, kind fault.Kind, says string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind != kind || !strings.Contains(f.Message, says) {
		t.Errorf("%s: %v, want %s %q", name, err, kind.Code(), says)
	}
}

// jwk is the public half of a key, as an issuer publishes it.
func jwk(t testing.TB, k oidctest.Key) string {
	t.Helper()
	raw, err := jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
