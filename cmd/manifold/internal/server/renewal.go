package server

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// renewEvery is how long an answer of the authenticator is good for one connection.
const renewEvery = time.Second

// Renewer is an Authenticator that can look again at a request which it has let in, so that what it refuses then counts
// against nobody.
type Renewer interface {
	Renew(r *http.Request) (access.Principal, error)
}

// renewal tells who keeps a connection open. A credential that was good at its beginning can be revoked, expire or be
// narrowed since.
type renewal struct {
	authenticator Authenticator
	// request is the one that was let in, with its credential.
	request *http.Request

	mu        sync.Mutex
	principal access.Principal
	at        time.Time
	// ended is why the credential is good no more, for ever.
	ended error
}

// with says in ctx who asks now, and lets it be asked anew.
func (n *renewal) with(ctx context.Context, p access.Principal) context.Context {
	return access.WithRenewal(access.With(ctx, p), n.renew)
}

// renew tells who it is now, with a *fault.Error when it is nobody any more, or cannot be told.
func (n *renewal) renew() (access.Principal, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	switch {
	case n.ended != nil:
		return access.Principal{}, n.ended
	case now.Sub(n.at) < renewEvery && (n.principal.Expires.IsZero() || now.Before(n.principal.Expires)):
		return n.principal, nil
	}
	ask := n.authenticator.Authenticate
	if again, ok := n.authenticator.(Renewer); ok {
		ask = again.Renew
	}
	p, err := ask(n.request)
	if err == nil && p.Name != n.principal.Name {
		err = fault.New(fault.Unauthenticated, "The credential is somebody else's now. Connect again.")
	}
	if err != nil {
		if k := fault.KindOf(err); k == fault.Unauthenticated || k == fault.Forbidden {
			n.ended = err
		}
		return access.Principal{}, err
	}
	n.principal, n.at = p, now
	return p, nil
}

// next is how long from now the credential has to be looked at again, at most every.
func (n *renewal) next(every time.Duration) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.principal.Expires.IsZero() {
		return every
	}
	return min(every, max(time.Until(n.principal.Expires), renewEvery))
}
