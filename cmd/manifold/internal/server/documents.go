package server

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

const (
	// documentBytes bounds the memory of validated documents. A screen's document takes about 50 KiB.
	documentBytes = 32 << 20
	// nodeBytes is what one part of a parsed document takes with its place in the source, at most.
	nodeBytes = 640
)

// documents keeps validated documents by their text, bounded in bytes: a thousand documents of a client are small, and a
// thousand of somebody who means harm are not.
type documents struct {
	held *otter.Cache[string, *ast.QueryDocument]
}

var _ graphql.Cache[*ast.QueryDocument] = documents{}

func newDocuments(bytes uint64) documents {
	return documents{held: otter.Must(&otter.Options[string, *ast.QueryDocument]{MaximumWeight: bytes, Weigher: weigh})}
}

// weigh estimates what a document takes in memory, in bytes.
func weigh(query string, doc *ast.QueryDocument) uint32 {
	p := parts{Limits: unlimited}
	p.document(doc)
	// The text is held twice: as the key, and by the source of the document.
	return uint32(min(1024+2*len(query)+nodeBytes*p.nodes, 1<<30))
}

// Get implements graphql.Cache.
func (d documents) Get(_ context.Context, query string) (*ast.QueryDocument, bool) {
	return d.held.GetIfPresent(query)
}

// Add implements graphql.Cache.
func (d documents) Add(_ context.Context, query string, doc *ast.QueryDocument) {
	d.held.Set(query, doc)
}
