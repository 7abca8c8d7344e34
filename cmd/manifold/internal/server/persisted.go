package server

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
	"github.com/manifold-graph/manifold/graph/fault"
)

// What a request brought for a document: the text of a trusted one or its id, the id of one that a client had registered, a
// text to register, any other text, an id that nobody knows, or something that is not executed here.
const (
	documentTrusted    = "trusted"
	documentRegistered = "registered"
	documentNew        = "new"
	documentText       = "text"
	documentUnknown    = "unknown"
	documentRefused    = "refused"
)

// documentIDKey is where persistedDocuments finds the documentId of a request, for which the executor has no place: among
// the request's extensions.
const documentIDKey = "\x00documentId"

// persistedDocuments finds the texts of documents that come by id, and refuses those that are not executed here. It
// stands behind all transports. What it finds is only a text: everything that a text is asked for follows.
type persistedDocuments struct {
	*persisted.Documents
	// came hears of each request what it brought.
	came func(outcome string)
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
	graphql.OperationContextMutator
} = persistedDocuments{}

const persistedExtension = "PersistedDocuments"

// ExtensionName implements graphql.HandlerExtension.
func (persistedDocuments) ExtensionName() string { return persistedExtension }

// Validate implements graphql.HandlerExtension.
func (persistedDocuments) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements graphql.OperationParameterMutator.
func (p persistedDocuments) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	outcome, err := p.find(ctx, request)
	p.came(outcome)
	if err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// MutateOperationContext implements graphql.OperationContextMutator: a document is registered once it is known to be valid.
func (p persistedDocuments) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if hash, ok := op.Stats.GetExtension(persistedExtension).(string); ok {
		p.Register(hash, op.RawQuery)
	}
	return nil
}

// find puts the text that a request means into it.
func (p persistedDocuments) find(ctx context.Context, request *graphql.RawParams) (outcome string, err *fault.Error) {
	id, custom, err := documentOf(request)
	if err != nil {
		return documentRefused, err
	}
	text := request.Query
	if id == "" {
		return p.judge(text)
	}
	if known, ok := p.Trusted(id); ok {
		request.Query = known
		return agreed(documentTrusted, text, known)
	}
	if known, ok := p.Registered(id); ok {
		request.Query = known
		return agreed(documentRegistered, text, known)
	}
	switch {
	case text == "" && p.Only():
		return documentUnknown, errNotTrusted
	case text == "":
		return documentUnknown, fault.New(fault.UnknownDocument, "PersistedQueryNotFound")
	case !custom && id != "sha256:"+persisted.Hash(text):
		return documentRefused, errMismatch
	}
	if outcome, err := p.judge(text); err != nil || custom || outcome == documentTrusted {
		return outcome, err
	}
	graphql.GetOperationContext(ctx).Stats.SetExtension(persistedExtension, strings.TrimPrefix(id, "sha256:"))
	return documentNew, nil
}

// judge tells whether a text is executed here.
func (p persistedDocuments) judge(text string) (outcome string, err *fault.Error) {
	switch {
	case p.Trusts(text):
		return documentTrusted, nil
	case p.Only():
		return documentRefused, errNotTrusted
	}
	return documentText, nil
}

// agreed refuses a text that came with the id of another.
func agreed(outcome, text, known string) (string, *fault.Error) {
	if text != "" && text != known {
		return documentRefused, errMismatch
	}
	return outcome, nil
}

var (
	errNotTrusted = fault.New(fault.Forbidden, "Only trusted documents are executed here, and this is none. The operator lists their manifests under documents in the configuration.")
	errMismatch   = fault.New(fault.BadUserInput, "The document's id is not that of its text. Send the SHA-256 of the text, in lower-case hexadecimal, or the text alone.")
	errPersisted  = fault.New(fault.BadUserInput, "extensions.persistedQuery must be {\"version\": 1, \"sha256Hash\": \"…\"}.")
	errTwoIDs     = fault.New(fault.BadUserInput, "documentId and extensions.persistedQuery name different documents. Send one of them.")
)

// documentOf is the id of the document that a request means, "" for none: its documentId, or what Apollo's protocol has for
// it. A hash is written as sha256: and itself; an id that is none is custom.
func documentOf(request *graphql.RawParams) (id string, custom bool, err *fault.Error) {
	id, _ = request.Extensions[documentIDKey].(string)
	delete(request.Extensions, documentIDKey)
	hash, err := persistedQuery(request.Extensions["persistedQuery"])
	if err != nil {
		return "", false, err
	}
	id, hash = prefixed(id), prefixed(hash)
	if id != "" && hash != "" && id != hash {
		return "", false, errTwoIDs
	}
	id = cmp.Or(id, hash)
	return id, !strings.HasPrefix(id, "sha256:"), nil
}

func prefixed(id string) string {
	if len(id) == 64 && strings.Trim(id, "0123456789abcdef") == "" {
		return "sha256:" + id
	}
	return id
}

func persistedQuery(value any) (hash string, err *fault.Error) {
	if value == nil {
		return "", nil
	}
	members, ok := value.(map[string]any)
	if !ok {
		return "", errPersisted
	}
	hash, _ = members["sha256Hash"].(string)
	version := ""
	switch v := members["version"].(type) {
	case json.Number:
		version = v.String()
	case float64:
		if v == 1 {
			version = "1"
		}
	}
	if version != "1" || hash == "" {
		return "", errPersisted
	}
	return hash, nil
}
