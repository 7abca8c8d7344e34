package access_test

import (
	"context"
	"testing"

	"github.com/manifold-graph/manifold/graph/access"
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
