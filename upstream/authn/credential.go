package authn

import (
	"net/http"
	"strings"

	"github.com/manifold-graph/manifold/graph/fault"
)

// longestCredential is more than any key, and more than tokens that fit into headers elsewhere.
const longestCredential = 8 << 10

// credential is what a request comes with; the zero credential is none.
type credential struct {
	token string
	// bearer is set where it may be a token that somebody else vouches for.
	bearer bool
}

const howToAsk = "Send a valid API key, as \"Authorization: Bearer KEY\" or \"X-Api-Key: KEY\"."

// credentialOf reads the two headers, and nothing else: an address is logged on its way, and kept in histories.
// A request with two credentials is refused, for who reads it elsewhere may have taken the other one.
func credentialOf(h http.Header) (credential, *fault.Error) {
	authorization, apiKey := h.Values("Authorization"), h.Values("X-Api-Key")
	if len(authorization) > 1 || len(apiKey) > 1 {
		return credential{}, refused("The request has one of its credentials twice. Send it once, in one header.")
	}
	var c credential
	if len(authorization) == 1 && strings.TrimSpace(authorization[0]) != "" {
		scheme, token, _ := strings.Cut(strings.TrimSpace(authorization[0]), " ")
		token = strings.TrimSpace(token)
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			return credential{}, refused(howToAsk)
		}
		c = credential{token: token, bearer: true}
	}
	if len(apiKey) == 1 {
		if key := strings.TrimSpace(apiKey[0]); key != "" {
			if c.token != "" && c.token != key {
				return credential{}, refused("Authorization and X-Api-Key hold two different credentials. Send one of them.")
			}
			c.token = key
		}
	}
	if len(c.token) > longestCredential || strings.ContainsFunc(c.token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return credential{}, refused(howToAsk)
	}
	return c, nil
}

// token tells whether c has the form of a signed token: three parts, with dots between them.
func (c credential) isToken() bool { return c.bearer && strings.Count(c.token, ".") == 2 }

func refused(message string) *fault.Error { return fault.New(fault.Unauthenticated, "%s", message) }
