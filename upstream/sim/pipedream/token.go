package pipedream

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// principal is whom a bearer acts for.
type principal struct {
	scopes  []string
	expires time.Time
	// connect is set for a Connect token, which is bound to one end user.
	connect *endUser
}

type endUser struct{ project, environment, externalID string }

// tokens are the bearers given out.
type tokens struct {
	mu    sync.Mutex
	given map[string]principal
}

func (t *tokens) give(token string, p principal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.given[token] = p
}

// bearer reads the Authorization header.
func (s *Server) bearer(r *http.Request) (principal, bool) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	p, known := s.tokens.given[token]
	if known && !s.now().Before(p.expires) {
		delete(s.tokens.given, token)
		known = false
	}
	return p, ok && known
}

// RevokeTokens ends every token given out so far.
func (s *Server) RevokeTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.given)
}

// oauthToken answers POST /v1/oauth/token.
func (s *Server) oauthToken(c *call) reply {
	var in struct {
		GrantType    string `json:"grant_type"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Scope        string `json:"scope"`
	}
	if err := json.NewDecoder(c.r.Body).Decode(&in); err != nil {
		return reply{http.StatusBadRequest, oauthError{"invalid_request", "The body is not JSON"}}
	}
	if in.GrantType != "client_credentials" {
		return reply{http.StatusBadRequest, oauthError{"unsupported_grant_type", "Only client_credentials is supported"}}
	}
	client, ok := s.state.client(in.ClientID, in.ClientSecret)
	if !ok {
		return reply{http.StatusUnauthorized, oauthError{"invalid_client", "Client authentication failed"}}
	}
	scopes, ok := client.grantable(in.Scope)
	if !ok {
		return reply{http.StatusBadRequest, oauthError{"invalid_scope", "The scope is unknown or not granted to the client"}}
	}
	now, token := s.now(), rand.Text()
	s.tokens.give(token, principal{scopes: scopes, expires: now.Add(s.opts.TokenLifetime)})
	body := map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int64(s.opts.TokenLifetime / time.Second)}
	if !s.opts.OmitCreatedAt {
		body["created_at"] = now.Unix()
	}
	return reply{http.StatusOK, body}
}

type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// client is called with the state locked.
func (s *State) client(id, secret string) (Client, bool) {
	for _, c := range s.clients {
		if c.ID == id && subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) == 1 {
			return c, true
		}
	}
	return Client{}, false
}

const maxConnectLifetime = 14400

// createToken answers POST …/tokens: a Connect token for one end user.
func (s *Server) createToken(c *call) reply {
	var in struct {
		ExternalUserID string `json:"external_user_id"`
		ExpiresIn      *int64 `json:"expires_in"`
	}
	if err := json.NewDecoder(c.r.Body).Decode(&in); err != nil {
		return refuse(http.StatusBadRequest, "invalid JSON")
	}
	if in.ExternalUserID == "" || len([]rune(in.ExternalUserID)) > externalIDLimit {
		return refuse(http.StatusBadRequest, "external_user_id is required and at most 250 characters")
	}
	lifetime := int64(maxConnectLifetime)
	if in.ExpiresIn != nil {
		lifetime = *in.ExpiresIn
	}
	if lifetime < 1 || lifetime > maxConnectLifetime {
		return refuse(http.StatusBadRequest, "expires_in must be between 1 and 14400")
	}
	if !s.tokenRate.take(c, c.project.ID+"/"+in.ExternalUserID, s.now()) {
		return refuse(http.StatusTooManyRequests, "Throttled")
	}
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	token, expires := "ctok_"+hex.EncodeToString(raw), s.now().Add(time.Duration(lifetime)*time.Second)
	s.tokens.give(token, principal{
		scopes: []string{"connect:*"}, expires: expires,
		connect: &endUser{c.project.ID, c.environment, in.ExternalUserID},
	})
	return reply{http.StatusOK, map[string]any{
		"token":            token,
		"expires_at":       expires.UTC().Format("2006-01-02T15:04:05.000+00:00"),
		"connect_link_url": "https://pipedream.com/_static/connect.html?token=" + token,
	}}
}
