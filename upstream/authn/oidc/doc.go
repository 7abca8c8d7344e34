// Package oidc vouches for tokens of identity providers: JWTs that are signed with keys which the issuer publishes.
//
// What is cheap comes first: size, form, algorithm and claims are looked at before any signature is computed, and a key
// is fetched only for a token that would be good if it were signed. Nothing in a token says where keys are: jku, jwk, x5u
// and x5c are never read. Parsing, signatures and discovery are go-oidc's and go-jose's; which keys are known, and when
// they are fetched again, is decided here.
//
// The text of a token is in no error and in no line of the log.
package oidc
