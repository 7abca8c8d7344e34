package access

import "context"

type contextKey struct{}

// With says in ctx who is asking.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From is who is asking: nobody, who may see nothing, when ctx does not say.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(contextKey{}).(Principal)
	return p
}
