package app

import (
	"fmt"
	"io"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
)

// CheckDocuments writes what there is to say of each document of the files, a line each, and fails if one would be
// refused by a Manifold of cfg.
func CheckDocuments(cfg *config.Config, files []string, out io.Writer) error {
	documents, err := persisted.ReadManifests(files...)
	if err != nil {
		return err
	}
	wrong, warnings := 0, 0
	for _, d := range documents {
		refused := false
		for _, r := range review(cfg, d) {
			place, kind := "", "warning"
			if r.Line > 0 {
				place = fmt.Sprintf("%d:%d: ", r.Line, r.Column)
			}
			if r.Wrong {
				kind, refused = "error", true
			} else {
				warnings++
			}
			fmt.Fprintf(out, "%s: %s: %s%s: %s\n", d.File, called(d), place, kind, r.Message)
		}
		if refused {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d documents would be refused", wrong, len(documents))
	}
	fmt.Fprintf(out, "%d documents are valid, %d warnings.\n", len(documents), warnings)
	return nil
}

// called is how a document is told from others: its operation's name where the manifest has it, and as much of its id as
// tells hashes apart.
func called(d persisted.Document) string {
	id := d.ID
	if len(id) > 16 {
		id = id[:16] + "…"
	}
	if d.Name == "" {
		return id
	}
	return d.Name + " (" + id + ")"
}
