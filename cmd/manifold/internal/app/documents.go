package app

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
)

// documents are those known by an id, and the files that the trusted ones are from.
type documents struct {
	known *persisted.Documents
	files []string
	log   *slog.Logger
}

func newDocuments(c config.Documents, log *slog.Logger) (*documents, error) {
	trusted, err := persisted.ReadManifests(c.Manifests...)
	if err != nil {
		return nil, fmt.Errorf("documents.manifests: %w", err)
	}
	return &documents{known: persisted.New(c.TrustedOnly(), trusted), files: c.Manifests, log: log}, nil
}

// reload reads the manifests again. If one cannot be used, all stay as they were.
func (d *documents) reload(ctx context.Context) {
	if len(d.files) == 0 {
		return
	}
	trusted, err := persisted.ReadManifests(d.files...)
	if err != nil {
		d.log.ErrorContext(ctx, "the manifests cannot be used; the documents that were trusted before go on", "error", err)
		return
	}
	d.known.Trust(trusted)
	d.log.InfoContext(ctx, "the manifests were read", "documents", len(trusted))
}
