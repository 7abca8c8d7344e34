package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	coreos "github.com/coreos/go-oidc/v3/oidc"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/authn/oidc"
)

// verifier vouches for the tokens of the configured issuers; nil where there are none.
func verifier(cfg *config.Config, log *slog.Logger) (*oidc.Verifier, error) {
	if len(cfg.OIDC) == 0 {
		return nil, nil
	}
	var issuers []oidc.Issuer
	for _, o := range cfg.OIDC {
		issuers = append(issuers, oidc.Issuer{
			URL: o.Issuer, Name: o.Name, Audience: o.Audience, AuthorizedParties: o.AuthorizedParties, Algorithms: o.Algorithms,
			RolesClaim: o.RolesClaim, Roles: o.Roles, JWKSURL: o.JWKSURL, ClockSkew: o.ClockSkew,
		})
	}
	options := oidc.Options{Log: log}
	if cfg.NodeKey != "" {
		options.Secret = []byte(cfg.NodeKey.Reveal()) // so that all replicas call a principal the same
	}
	v, err := oidc.New(issuers, Grants(cfg), options)
	if err != nil {
		return nil, fmt.Errorf("oidc: %w", err)
	}
	return v, nil
}

// checkIssuers says of each issuer whether its tokens could be verified, and what they would open. It needs no token.
func checkIssuers(ctx context.Context, cfg *config.Config, out io.Writer, log *slog.Logger) error {
	v, err := verifier(cfg, log)
	if err != nil {
		return err
	}
	var failed []string
	for n, f := range v.Probe(ctx) {
		o := cfg.OIDC[n]
		allowed := strings.Join(f.Issuer.Algorithms, ", ")
		switch {
		case f.Err != nil:
			fmt.Fprintf(out, "FAILED  oidc (%s)\n        %v\n        %s\n", o.Issuer, f.Err, issuerAdvice(f.Err))
		case f.Keys == 0:
			fmt.Fprintf(out, "FAILED  oidc (%s)\n        it publishes keys, and none for %s\n        Add the algorithm of its tokens to algorithms.\n", o.Issuer, allowed)
		default:
			fmt.Fprintf(out, "ok      oidc (%s): %d keys, for %s\n", o.Issuer, f.Keys, strings.Join(f.Signing, ", "))
		}
		if f.Err != nil || f.Keys == 0 {
			failed = append(failed, o.Issuer)
		}
		fmt.Fprintf(out, "        takes: tokens for %s\n", strings.Join(o.Audience, " or "))
		for _, value := range slices.Sorted(maps.Keys(o.Roles)) {
			fmt.Fprintf(out, "        gives: %s to those with %q in %s\n", strings.Join(o.Roles[value], ", "), value, o.RolesClaimOr())
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d issuers could not be used: %s", len(failed), len(cfg.OIDC), strings.Join(failed, ", "))
	}
	return nil
}

func issuerAdvice(err error) string {
	mismatch, other := errors.AsType[*coreos.IssuerMismatchError](err)
	switch {
	case other:
		return fmt.Sprintf("Write issuer: %s, if that is the one that you mean; a slash at the end counts.", mismatch.Discovered)
	case strings.Contains(err.Error(), "discovery: 404"):
		return "Correct issuer; an issuer without a discovery document needs jwks_url."
	}
	return "serve starts all the same, and refuses its tokens until its keys can be read."
}
