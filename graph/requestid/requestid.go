// Package requestid carries the id under which the log has one request, from the server down to the calls
// that are made for it.
package requestid

import "context"

type contextKey struct{}

// With says in ctx which request is being served.
func With(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// From is the id of the request that ctx belongs to; "" outside one.
func From(ctx context.Context) string {
	id, _ := ctx.Value(contextKey{}).(string)
	return id
}
