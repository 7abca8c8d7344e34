package access

import "context"

type renewalKey struct{}

// WithRenewal lets Renew tell who is asking now, for what goes on longer than one answer: a credential can be revoked,
// expire or be narrowed meanwhile. It returns an error with a *fault.Error when the credential is good no more.
func WithRenewal(ctx context.Context, renew func() (Principal, error)) context.Context {
	return context.WithValue(ctx, renewalKey{}, renew)
}

// Renew is who is asking now: From, where nothing renews.
func Renew(ctx context.Context) (Principal, error) {
	if renew, ok := ctx.Value(renewalKey{}).(func() (Principal, error)); ok {
		return renew()
	}
	return From(ctx), nil
}
