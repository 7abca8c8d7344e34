package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/manifold-graph/manifold/upstream/wire"
)

const (
	// fetchTime is for discovery and keys together.
	fetchTime = 10 * time.Second
	// largestAnswer bounds each of them; real ones have some thousand bytes.
	largestAnswer = 256 << 10
	longestReason = 300
)

// fetcher reads what issuers publish.
type fetcher struct{ client *http.Client }

func newFetcher(transport http.RoundTripper) fetcher {
	if transport == nil {
		t := wire.NewTransport()
		t.DisableKeepAlives = true // it is rare
		transport = t
	}
	return fetcher{&http.Client{
		Transport: bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("it redirects, and keys are read from nowhere else")
		},
	}}
}

// keys reads the keys of an issuer, from the place that its discovery document or the configuration says.
func (f fetcher) keys(ctx context.Context, i Issuer) ([]key, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, f.client), fetchTime)
	defer cancel()
	place := i.JWKSURL
	if place == "" {
		var err error
		if place, err = discover(ctx, i); err != nil {
			return nil, brief(fmt.Errorf("discovery: %w", err))
		}
	}
	raw, err := f.get(ctx, place)
	if err != nil {
		return nil, brief(fmt.Errorf("keys: %w", err))
	}
	found, err := parseKeys(raw)
	if err == nil && len(found) == 0 {
		err = errors.New("the issuer publishes no key that could sign a token")
	}
	return found, err
}

func discover(ctx context.Context, i Issuer) (string, error) {
	provider, err := oidc.NewProvider(ctx, i.URL) // which compares the issuer
	if err != nil {
		return "", err
	}
	var document struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return "", err
	}
	if err := CheckURL(document.Keys); err != nil {
		return "", fmt.Errorf("jwks_uri: %w", err)
	}
	if u, _ := url.Parse(document.Keys); u.Scheme != "https" && strings.HasPrefix(i.URL, "https:") {
		return "", errors.New("jwks_uri: must be https, as the issuer is")
	}
	return document.Keys, nil
}

func (f fetcher) get(ctx context.Context, place string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, place, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json, application/jwk-set+json")
	resp, err := f.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", place, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// brief cuts what an error quotes of an answer. What it wraps is kept.
func brief(err error) error {
	text := err.Error()
	if len(text) <= longestReason {
		return err
	}
	return shortened{strings.ToValidUTF8(text[:longestReason], "") + "…", err}
}

type shortened struct {
	text string
	err  error
}

func (s shortened) Error() string { return s.text }
func (s shortened) Unwrap() error { return s.err }

// bounded is a transport whose answers end with an error where they are too large.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = &capped{ReadCloser: resp.Body, left: largestAnswer}
	}
	return resp, err
}

type capped struct {
	io.ReadCloser
	left int
}

func (c *capped) Read(p []byte) (int, error) {
	if len(p) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.ReadCloser.Read(p)
	if c.left -= n; c.left < 0 {
		return 0, fmt.Errorf("it answers with more than %d bytes", largestAnswer)
	}
	return n, err
}
