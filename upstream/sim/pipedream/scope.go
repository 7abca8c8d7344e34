package pipedream

import (
	"slices"
	"strings"
)

// knownScopes is the documented closed set.
var knownScopes = []string{
	"*", "connect:*", "connect:actions:*", "connect:triggers:*",
	"connect:accounts:read", "connect:accounts:write",
	"connect:deployed_triggers:read", "connect:deployed_triggers:write",
	"connect:users:read", "connect:users:write",
	"connect:projects:read", "connect:projects:write",
	"connect:usage:read", "connect:tokens:create", "connect:proxy", "connect:workflow:invoke",
}

// covers tells whether one of the scopes allows want; a trailing * stands for anything.
func covers(scopes []string, want string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool {
		prefix, wild := strings.CutSuffix(s, "*")
		return s == want || wild && strings.HasPrefix(want, prefix)
	})
}

// grantable reads a token request's scope: known words that the client may ask for.
func (c Client) grantable(scope string) ([]string, bool) {
	asked := strings.Fields(scope)
	if len(asked) == 0 {
		asked = []string{"*"}
	}
	for _, s := range asked {
		if !slices.Contains(knownScopes, s) || len(c.Scopes) > 0 && !covers(c.Scopes, s) {
			return nil, false
		}
	}
	return asked, true
}
