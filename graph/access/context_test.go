package access_test

import (
	"context"
	"errors"
	"testing"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

func TestContextCarriesThePrincipal(t *testing.T) {
	if p := access.From(context.Background()); p.Name != "" || p.Has(access.ScopeDirectoryRead) {
		t.Errorf("a bare context carries %+v", p)
	}
	ctx := access.With(context.Background(), access.NewPrincipal("key:a", access.ScopeEmailsRead))
	if p := access.From(ctx); p.Name != "key:a" || !p.Has(access.ScopeEmailsRead) || p.Has(access.ScopePhonesRead) {
		t.Errorf("the principal changed on its way: %+v", p)
	}
}

func TestWhoAsksIsToldAnewWhileAnswersGoOn(t *testing.T) {
	ctx := access.With(t.Context(), access.NewPrincipal("console", access.ScopeDirectoryRead))
	if p, err := access.Renew(ctx); err != nil || p.Name != "console" {
		t.Fatalf("without a renewal: %q, %v", p.Name, err)
	}
	revoked := fault.New(fault.Unauthenticated, "The key is not valid any more.")
	ctx = access.WithRenewal(ctx, func() (access.Principal, error) { return access.Principal{}, revoked })
	if p, err := access.Renew(ctx); !errors.Is(err, revoked) || p.Name != "" {
		t.Fatalf("after the key was revoked: %q, %v", p.Name, err)
	}
	if p := access.From(ctx); p.Name != "console" {
		t.Fatalf("who began it is %q", p.Name)
	}
}
