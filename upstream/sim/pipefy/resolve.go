package pipefy

import (
	"maps"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

// request is what the resolvers of one operation share. The state is locked for as long.
type request struct {
	state  *State
	opts   *Options
	caller int64
	now    time.Time
}

type fields = map[string]exec.Resolver[*request]

// resolvers holds every field of the schema.
func resolvers() exec.Resolvers[*request] {
	all := exec.Resolvers[*request]{"Query": queryFields(), "Mutation": mutationFields()}
	for _, part := range []exec.Resolvers[*request]{
		userFields(), organizationFields(), repoFields(), connectionFields(), payloadFields(),
	} {
		maps.Copy(all, part)
	}
	return all
}

// read makes a resolver of a function that cannot fail.
func read[P any](get func(r *request, parent P, a exec.Args) any) exec.Resolver[*request] {
	return func(r *request, parent any, a exec.Args) (any, error) { return get(r, parent.(P), a), nil }
}

// from makes a resolver of a function of the parent alone.
func from[P any](get func(parent P) any) exec.Resolver[*request] {
	return func(_ *request, parent any, _ exec.Args) (any, error) { return get(parent.(P)), nil }
}

// null serves a field that this world has nothing to say about.
func null(*request, any, exec.Args) (any, error) { return nil, nil }

// filled gives null for the empty string.
func filled(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// instant gives null for the zero time.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

func flag(b *bool) any {
	if b == nil {
		return nil
	}
	return *b
}

func list[T, V any](items []T, view func(T) V) []any {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = view(item)
	}
	return out
}

// cut applies a plain list's limit.
func cut[T any](items []T, a exec.Args) []T {
	if n, ok := a.Int("limit"); ok && n >= 0 && n < len(items) {
		return items[:n]
	}
	return items
}

// denied is the answer to what is missing and to what is forbidden alike.
func denied() *exec.Error { return refused("PERMISSION_DENIED", "Permission denied") }

func refused(code, message string) *exec.Error {
	return &exec.Error{Message: message, Extensions: map[string]any{"code": code}}
}
