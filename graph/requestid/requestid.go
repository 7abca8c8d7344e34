// Package requestid carries the id under which the log has one request, and the name of the program that asks, from the
// server down to the calls that are made for it.
package requestid

import "context"

type (
	contextKey struct{}
	clientKey  struct{}
)

// With says in ctx which request is being served.
func With(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// WithClient says in ctx which program asks.
func WithClient(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, clientKey{}, name)
}

// ClientFrom is the program that asks; "" where it has not said.
func ClientFrom(ctx context.Context) string {
	name, _ := ctx.Value(clientKey{}).(string)
	return name
}

// From is the id of the request that ctx belongs to; "" outside one.
func From(ctx context.Context) string {
	id, _ := ctx.Value(contextKey{}).(string)
	return id
}
