package resolvers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/fault"
)

// PresentError is the only way for an error to reach a client: faults with their
// public sentence, the executor's own complaints about the request as
// BAD_USER_INPUT, and everything else as INTERNAL, its cause in the log alone.
func PresentError(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := &gqlerror.Error{Path: graphql.GetPath(ctx)}
		if gql, ok := errors.AsType[*gqlerror.Error](err); ok {
			shown.Path, shown.Locations = gql.Path, gql.Locations
			if gql.Err == nil { // the executor speaks of the request itself
				shown.Message = gql.Message
				shown.Extensions = map[string]any{"code": fault.BadUserInput.Code()}
				nameVariable(ctx, shown)
				return shown
			}
		}
		f := fault.From(err)
		if f.Cause != nil {
			log.WarnContext(ctx, "a field failed", "path", shown.Path.String(), "code", f.Kind.Code(), "source", f.Source, "error", f.Error())
		}
		shown.Message = f.Message
		shown.Extensions = faultExtensions(f)
		if dear, ok := errors.AsType[*unaffordable](err); ok {
			shown.Extensions["price"] = dear.price
		}
		return shown
	}
}

// nameVariable says which variable is wrong. The executor hides that in a path, and paths of errors lead into the answer.
func nameVariable(ctx context.Context, shown *gqlerror.Error) {
	if graphql.GetFieldContext(ctx) == nil && len(shown.Path) > 1 && shown.Path[0] == ast.PathName("variable") {
		shown.Message, shown.Path = fmt.Sprintf("Variable $%s %s.", shown.Path[1:], shown.Message), nil
	}
}

// faultExtensions is a fault as clients read it: code, and retryAfter in seconds
// and source where they apply.
func faultExtensions(f *fault.Error) map[string]any {
	ext := map[string]any{"code": f.Kind.Code()}
	if f.RetryAfter > 0 {
		ext["retryAfter"] = int(math.Ceil(f.RetryAfter.Seconds()))
	}
	if f.Source != "" {
		ext["source"] = f.Source
	}
	if len(f.Candidates) > 0 {
		ext["candidates"] = f.Candidates
	}
	return ext
}

// Recover turns a panic in a resolver into an INTERNAL error of its field; the
// log has the stack, and of the value no text that it may quote.
func Recover(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, value any) error {
		log.ErrorContext(ctx, "a resolver panicked", "path", graphql.GetPath(ctx).String(), "panic", fault.Panicked(value), "stack", string(debug.Stack()))
		return fault.From(errors.New("a resolver panicked"))
	}
}
