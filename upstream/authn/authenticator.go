package authn

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// TokenVerifier vouches for tokens that others have issued. Its errors are *fault.Error: Unauthenticated where the token
// is no good, Forbidden where it is and opens nothing, SourceUnavailable where it cannot be told now.
type TokenVerifier interface {
	Verify(ctx context.Context, token string) (access.Principal, error)
}

// Recaller is a TokenVerifier that remembers for whom it has vouched. A token that it recalls is as good as a known key:
// it passes even where others behind the same address have got too much wrong. Recall MUST be cheap, and MUST forget
// tokens as they end.
type Recaller interface {
	Recall(token string) (access.Principal, bool)
}

// Allower is a TokenVerifier that knows what those for whom it vouches may spend on each account of a system; 0: no bound.
// For names that are none of its own it says 0.
type Allower interface {
	Allowance(principal string, system person.System) int
}

// Options are what an Authenticator can do without.
type Options struct {
	// File is where further clients are kept; "": there are none.
	File string
	// FileEvery is how often the file is looked at. 1 s
	FileEvery time.Duration
	// Verifier is asked about bearer tokens that are no keys; nil: there are no others.
	Verifier TokenVerifier
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Limited is told of each attempt that is refused because its address has got too much wrong; nil: nobody is.
	Limited func()
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Log is told when the file changes and when it is broken; silent when nil.
	Log *slog.Logger
}

// Authenticator tells who sends a request.
type Authenticator struct {
	options Options
	grants  Grants
	static  []Client
	secret  []byte // of this process alone
	ring    atomic.Pointer[ring]
	failed  *limiter
	read    reading
	hurry   chan struct{} // Run looks at the file at once
}

// New makes an Authenticator of the configuration's clients, and of those in the file. A file that is not there yet
// holds nobody; one that cannot be read is an error.
func New(clients []Client, grants Grants, o Options) (*Authenticator, error) {
	if o.FileEvery == 0 {
		o.FileEvery = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Limited == nil {
		o.Limited = func() {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &Authenticator{options: o, grants: grants, static: clients, secret: make([]byte, 32), failed: newLimiter(o.Now), hurry: make(chan struct{}, 1)}
	_, _ = rand.Read(a.secret) // it never fails
	var err error
	if o.File != "" {
		err = a.begin()
	} else {
		err = a.take(nil)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// take makes the file's clients known, beside those of the configuration.
func (a *Authenticator) take(file []Client) error {
	r, err := newRing(a.secret, a.grants, a.static, file)
	if err != nil {
		return err
	}
	a.ring.Store(r)
	return nil
}

// Allowance is what the client with this principal's name may spend on each account of a system; 0: no bound.
func (a *Authenticator) Allowance(principal string, system person.System) int {
	if own, ok := a.ring.Load().allowances[principal]; ok {
		return own[system]
	}
	if tokens, ok := a.options.Verifier.(Allower); ok {
		return tokens.Allowance(principal, system)
	}
	return 0
}

// Authenticate tells who sends r. Its errors are *fault.Error with a public sentence. A known key is always let
// through; everything else counts against the address that it comes from, before the verifier is asked.
func (a *Authenticator) Authenticate(r *http.Request) (access.Principal, error) {
	c, err := presented(r)
	if err != nil {
		return access.Principal{}, err
	}
	if p, ok := a.recall(c); ok {
		return p, nil
	}
	from := originOf(r, a.options.TrustedProxies)
	wait, ok := a.failed.begin(from)
	if !ok {
		a.options.Limited()
		e := fault.New(fault.RateLimited, "Too many attempts with a wrong key or token have come from this address. Wait, and ask again with a valid one.")
		e.RetryAfter = wait
		return access.Principal{}, e
	}
	failed := true
	defer func() { a.failed.end(from, failed) }()
	p, err := a.judge(r.Context(), c)
	failed = err != nil && !innocent(err)
	return p, err
}

// Renew tells who sends r, which was let in with the same credential before. What fails here counts against no address:
// a key that is taken away from a hundred open connections is nobody's mistake.
func (a *Authenticator) Renew(r *http.Request) (access.Principal, error) {
	c, err := presented(r)
	if err != nil {
		return access.Principal{}, err
	}
	if p, ok := a.recall(c); ok {
		return p, nil
	}
	return a.judge(r.Context(), c)
}

// presented is the credential that r brings; to bring none is refused.
func presented(r *http.Request) (credential, error) {
	c, refusal := credentialOf(r.Header)
	switch {
	case refusal != nil:
		return credential{}, refusal
	case c.token == "":
		return credential{}, refused(howToAsk)
	}
	return c, nil
}

// recall tells who holds a credential that is known to be good, at next to no expense.
func (a *Authenticator) recall(c credential) (access.Principal, bool) {
	if holder, known := a.ring.Load().held[markOf(a.secret, DigestOf(c.token))]; known {
		return holder.principal, !holder.expired(a.options.Now())
	}
	if memory, ok := a.options.Verifier.(Recaller); ok && c.isToken() {
		return memory.Recall(c.token)
	}
	return access.Principal{}, false
}

// judge says what a credential that is not recalled is worth.
func (a *Authenticator) judge(ctx context.Context, c credential) (access.Principal, error) {
	_, known := a.ring.Load().held[markOf(a.secret, DigestOf(c.token))]
	switch {
	case known:
		return access.Principal{}, refused("This API key has expired. Ask the operator for another one.")
	case misspelt(c.token):
		return access.Principal{}, refused("This API key is not whole: it was cut off or misspelt. Copy it again.")
	case a.options.Verifier != nil && c.bearer && !c.isToken():
		return access.Principal{}, refused("This is neither a valid API key nor a signed token. Send a key, or a token of the identity provider that is a JWT: three parts with dots between them.")
	case a.options.Verifier == nil || !c.isToken():
		return access.Principal{}, refused(howToAsk)
	}
	p, err := a.options.Verifier.Verify(ctx, c.token)
	if err != nil {
		return access.Principal{}, fmt.Errorf("token: %w", err)
	}
	return p, nil
}

// innocent tells whether an error is no mistake of the token's.
func innocent(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false // or whoever hangs up early is never counted
	}
	k := fault.KindOf(err)
	return k == fault.Forbidden || k == fault.SourceUnavailable
}
