package wire

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/manifold-graph/manifold/upstream/recall"
)

// OAuthConfig configures the client credentials grant of RFC 6749. Source,
// TokenURL, ClientID and ClientSecret are required.
type OAuthConfig struct {
	Source       string
	TokenURL     string
	ClientID     string
	ClientSecret string
	// Secret, unless it is nil, is asked for the client secret before every fetch, instead of ClientSecret.
	Secret Secret
	// Scope is space-separated; "" asks for the vendor's default.
	Scope string
	// Form sends the request as a form; otherwise it is JSON.
	Form bool

	Limits    Limits
	Clock     func() time.Time
	Rand      func() float64
	Transport http.RoundTripper
	Logger    *slog.Logger
	UserAgent string
}

// OAuth is an Authorizer that fetches bearer tokens and renews each two minutes
// before it expires, or at half its life when that is shorter. All callers share
// one fetch. While a token is still valid nobody waits for its renewal, and a
// failed renewal is not an error.
//
// A fetch asks no Gate: the calls that wait for it hold the slots of the burst window
// already, and a fetch that had to wait for one of them would keep them all waiting.
// Vendors charge nothing for it, and its own pauses bound how often it is made.
type OAuth struct {
	client *Client
	cfg    OAuthConfig
	clock  func() time.Time
	flight singleflight.Group

	mu      sync.Mutex
	current token
	failed  error     // of the last fetch
	resume  time.Time // no fetch before, after a failure
}

type token struct {
	value             string
	refresh, deadline time.Time
}

const (
	refreshMargin = 2 * time.Minute
	// deadMargin keeps a token from expiring on its way to the vendor.
	deadMargin = 5 * time.Second
	// defaultLife is assumed of a token whose answer names no lifetime.
	defaultLife = 5 * time.Minute
	// fetchBound ends a fetch that its waiters share, whatever their own deadlines.
	fetchBound = time.Minute
	// fetchPause keeps a refused credential from being sent over and over.
	fetchPause = 5 * time.Second
)

// NewOAuth makes a token source. It fetches nothing yet.
func NewOAuth(cfg OAuthConfig) (*OAuth, error) {
	limits := cfg.Limits
	limits.MaxBody = 64 << 10
	client, err := New(Config{
		Source: cfg.Source, BaseURL: cfg.TokenURL, Classify: refusedCredential, Limits: limits, Clock: cfg.Clock,
		Rand: cfg.Rand, Transport: cfg.Transport, Logger: cfg.Logger, UserAgent: cfg.UserAgent,
	})
	if err != nil {
		return nil, err
	}
	return &OAuth{client: client, cfg: cfg, clock: client.cfg.Clock}, nil
}

// body is the request for a token.
func (c OAuthConfig) body(secret string) any {
	fields := map[string]string{"grant_type": "client_credentials", "client_id": c.ClientID, "client_secret": secret}
	if c.Scope != "" {
		fields["scope"] = c.Scope
	}
	if !c.Form {
		return fields
	}
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	return form
}

// ask makes one request for a token; another when the client secret was refused and there is a newer one.
func (o *OAuth) ask(ctx context.Context, answer *tokenAnswer) error {
	request := func(secret string) error {
		_, err := o.client.Do(ctx, Request{Method: http.MethodPost, Operation: tokenOperation, Body: o.cfg.body(secret)}, answer)
		return err
	}
	if o.cfg.Secret == nil {
		return request(o.cfg.ClientSecret)
	}
	used := o.cfg.Secret.Value()
	err := request(used)
	if f, ok := err.(*Failure); ok && f.Kind == Unauthorized && o.cfg.Secret.Changed(used) {
		err = request(o.cfg.Secret.Value())
	}
	return err
}

// refusedCredential reads RFC 6749's 400 (invalid_client, invalid_scope) as what it is.
func refusedCredential(a Answer) Verdict {
	if a.Status == http.StatusBadRequest {
		return Verdict{Kind: Unauthorized}
	}
	return Verdict{}
}

// Authorize implements Authorizer.
func (o *OAuth) Authorize(ctx context.Context, h http.Header) error {
	t, err := o.token(ctx)
	if err == nil {
		h.Set("Authorization", "Bearer "+t)
	}
	return err
}

// Rejected implements Authorizer: the token is forgotten, unless another has
// taken its place already.
func (o *OAuth) Rejected(h http.Header) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if used, _ := strings.CutPrefix(h.Get("Authorization"), "Bearer "); used == o.current.value {
		o.current = token{}
	}
	return true
}

// String hides the credential.
func (o *OAuth) String() string { return "OAuth client credentials (hidden)" }

// GoString hides it from %#v as well.
func (o *OAuth) GoString() string { return o.String() }

func (o *OAuth) token(ctx context.Context) (string, error) {
	t, due, err := o.held()
	if !due {
		return t, err
	}
	done := o.flight.DoChan("token", func() (any, error) {
		if t, due, err := o.held(); !due {
			return t, err
		}
		return o.fetch(ctx)
	})
	if t != "" {
		return t, nil // the fetch goes on behind; fetchBound ends it
	}
	select {
	case r := <-done:
		t, _ := r.Val.(string)
		return t, r.Err
	case <-ctx.Done():
		v := broken(ctx, ctx, ctx.Err())
		return "", &Failure{Kind: v.Kind, Source: o.client.cfg.Source, Operation: tokenOperation, Cause: v.Cause}
	}
}

// held is the valid token, or "", and whether a fetch is due. While the pause
// after a failed fetch lasts none is due, and err is the failure if there is no
// valid token.
func (o *OAuth) held() (value string, due bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.clock()
	if now.Before(o.current.deadline) {
		value = o.current.value
	}
	switch {
	case value != "" && now.Before(o.current.refresh):
		return value, false, nil
	case o.failed == nil || !now.Before(o.resume):
		return value, true, nil
	case value != "":
		return value, false, nil
	}
	return "", false, o.failed
}

const tokenOperation = "oauth.token"

func (o *OAuth) fetch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(recall.Apart(context.WithoutCancel(ctx)), fetchBound)
	defer cancel()
	asked := o.clock()
	var answer tokenAnswer
	err := o.ask(ctx, &answer)

	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed = err
	if err != nil {
		pause := fetchPause
		if f, ok := err.(*Failure); ok {
			pause = max(pause, f.RetryAfter)
		}
		o.resume = o.clock().Add(pause)
		if o.current.value != "" && o.clock().Before(o.current.deadline) {
			return o.current.value, nil
		}
		return "", err
	}
	life := answer.life()
	o.current = token{
		value:    answer.AccessToken,
		refresh:  asked.Add(life - min(refreshMargin, life/2)),
		deadline: asked.Add(life - min(deadMargin, life/4)),
	}
	return o.current.value, nil
}

// tokenAnswer is the token endpoint's answer; expires_in is seconds, as a number
// or, from some servers, a string of digits.
type tokenAnswer struct {
	AccessToken string          `json:"access_token"`
	ExpiresIn   json.RawMessage `json:"expires_in"`
}

// Judge implements Judge: a token that could not stand in a header is none.
func (a *tokenAnswer) Judge() Verdict {
	for _, r := range a.AccessToken {
		if r <= ' ' || r > '~' {
			return Verdict{Kind: Malformed, Cause: errNoToken}
		}
	}
	if a.AccessToken == "" {
		return Verdict{Kind: Malformed, Cause: errNoToken}
	}
	return Verdict{}
}

func (a *tokenAnswer) life() time.Duration {
	s, err := json.Number(strings.Trim(string(a.ExpiresIn), `" `)).Float64()
	if life := Seconds(s); err == nil && life > 0 {
		return life
	}
	return defaultLife
}
