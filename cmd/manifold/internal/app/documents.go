package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/resolvers"
)

// documents are those known by an id, and the files that the trusted ones are from.
type documents struct {
	known *persisted.Documents
	files []string
	// refused tells whether a document would not be executed though it is trusted.
	refused func(persisted.Document) bool
	log     *slog.Logger
}

func newDocuments(cfg *config.Config, log *slog.Logger) (*documents, error) {
	d := &documents{
		known: persisted.New(cfg.Documents.TrustedOnly(), nil), files: cfg.Documents.Manifests, log: log,
		refused: func(d persisted.Document) bool {
			return slices.ContainsFunc(review(cfg, d), func(r server.Remark) bool { return r.Wrong })
		},
	}
	if len(d.files) == 0 {
		return d, nil
	}
	if err := d.read(context.Background()); err != nil {
		return nil, fmt.Errorf("documents.manifests: %w", err)
	}
	return d, nil
}

func review(cfg *config.Config, d persisted.Document) []server.Remark {
	return server.Review(generated.NewExecutableSchema(generated.Config{Complexity: resolvers.Complexity()}), limitsOf(cfg), d)
}

func (d *documents) read(ctx context.Context) error {
	trusted, err := persisted.ReadManifests(d.files...)
	if err != nil {
		return err
	}
	d.known.Trust(trusted)
	d.log.InfoContext(ctx, "the manifests were read", "documents", len(trusted))
	refused := 0
	for _, each := range trusted {
		if d.refused(each) {
			refused++
		}
	}
	if refused > 0 {
		d.log.WarnContext(ctx, "some trusted documents will be refused; manifold documents check tells which", "documents", refused)
	}
	return nil
}

// reload reads the manifests again. If one cannot be used, all stay as they were.
func (d *documents) reload(ctx context.Context) {
	if len(d.files) == 0 {
		return
	}
	if err := d.read(ctx); err != nil {
		d.log.ErrorContext(ctx, "the manifests cannot be used; the documents that were trusted before go on", "error", err)
	}
}
