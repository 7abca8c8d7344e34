package oidc

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
)

// text is a claim that is a string; "" where it is none.
func (c claims) text(name string) string {
	var s string
	if json.Unmarshal(c[name], &s) != nil {
		return ""
	}
	return s
}

// lastSecond is the end of the year 9999, after which no answer could write a time.
const lastSecond = 253402300799

// at is a claim that is a time, in seconds since 1970 with or without a fraction. There is false where it is missing, and
// ok where it is something else.
func (c claims) at(name string) (at time.Time, there, ok bool) {
	raw, there := c[name]
	if !there || string(raw) == "null" {
		return time.Time{}, false, true
	}
	var seconds float64
	if json.Unmarshal(raw, &seconds) != nil || math.Abs(seconds) > lastSecond {
		return time.Time{}, true, false
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*float64(time.Second))), true, true
}

// texts are the strings of a claim that is a string or a list.
func texts(raw json.RawMessage) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	var out []string
	for _, each := range list {
		if json.Unmarshal(each, &one) == nil && string(each) != "null" {
			out = append(out, one)
		}
	}
	return out
}

// find is the claim that a path names. A name may have dots itself, as URLs have, so the longest name that is there
// goes first.
func (c claims) find(path string) json.RawMessage {
	if raw, ok := c[path]; ok {
		return raw
	}
	for i := strings.LastIndexByte(path, '.'); i > 0; i = strings.LastIndexByte(path[:i], '.') {
		var inner claims
		if raw, ok := c[path[:i]]; ok && json.Unmarshal(raw, &inner) == nil {
			if found := inner.find(path[i+1:]); found != nil {
				return found
			}
		}
	}
	return nil
}

// roleValues are the values of the claim that says what its holder is. scope and scp are lists in one string.
func (c claims) roleValues(path string) []string {
	values := texts(c.find(path))
	if path == "scope" || path == "scp" {
		values = strings.Fields(strings.Join(values, " "))
	}
	return values
}

// address is the holder's, where the issuer has verified it: anybody may have typed another's. Some issuers spell
// true as a text.
func (c claims) address() string {
	var sure bool
	if json.Unmarshal(c["email_verified"], &sure) != nil {
		sure = c.text("email_verified") == "true"
	}
	if !sure {
		return ""
	}
	return strings.TrimSpace(c.text("email"))
}

// check holds what a token says against what is expected of it, and gives its end.
func (i Issuer) check(c claims, now time.Time) (time.Time, *fault.Error) {
	exp, there, ok := c.at("exp")
	nbf, _, okNBF := c.at("nbf")
	iat, _, okIAT := c.at("iat")
	switch {
	case !ok || !okNBF || !okIAT:
		return exp, refused("The token has a time that is none.")
	case !there:
		return exp, refused("The token has no end (exp). Ask the identity provider for one that has.")
	case !now.Before(exp.Add(i.ClockSkew)):
		return exp, refused("The token has expired. Ask the identity provider for another one.")
	case nbf.After(now.Add(i.ClockSkew)) || iat.After(now.Add(i.ClockSkew)):
		return exp, refused("The token is not valid yet. The clocks of the identity provider and of Manifold differ.")
	case !slices.ContainsFunc(texts(c["aud"]), func(a string) bool { return slices.Contains(i.Audience, a) }):
		return exp, refused("The token is for another audience. Ask the identity provider for one that is for Manifold.")
	case c.text("sub") == "":
		return exp, refused("The token does not say whose it is (sub).")
	}
	if len(i.AuthorizedParties) > 0 {
		party := c.text("azp")
		if party == "" {
			party = c.text("client_id")
		}
		if !slices.Contains(i.AuthorizedParties, party) {
			return exp, refused("The token was issued to a client that may not use Manifold.")
		}
	}
	return exp, nil
}

func refused(message string) *fault.Error { return fault.New(fault.Unauthenticated, "%s", message) }
