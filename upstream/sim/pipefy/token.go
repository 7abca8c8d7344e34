package pipefy

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"mime"
	"net/http"
	"sync"
	"time"
)

// tokens are the bearers given out, with whom they act as and until when.
type tokens struct {
	mu    sync.Mutex
	given map[string]grant
}

type grant struct {
	user    int64
	expires time.Time
}

const defaultLifetime = 30 * 24 * time.Hour

// serveToken answers POST /oauth/token for client_credentials, as a form or as JSON, with the
// client's id and secret in the body or in basic authentication.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	in, err := tokenRequest(r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, oauthError{"invalid_request", "The request could not be read."})
		return
	}
	if in.GrantType != "client_credentials" {
		writeJSON(w, http.StatusBadRequest, oauthError{"unsupported_grant_type", "The authorization grant type is not supported."})
		return
	}
	client, ok := s.state.client(in.ClientID, in.ClientSecret)
	if !ok {
		writeJSON(w, http.StatusUnauthorized, oauthError{"invalid_client", "Client authentication failed."})
		return
	}
	lifetime := client.Lifetime
	if lifetime == 0 {
		lifetime = defaultLifetime
	}
	now := s.now()
	token := rand.Text()
	s.tokens.mu.Lock()
	s.tokens.given[token] = grant{user: client.UserID, expires: now.Add(lifetime)}
	s.tokens.mu.Unlock()
	s.meter.token()
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": token, "token_type": "Bearer",
		"expires_in": int64(lifetime / time.Second), "created_at": now.Unix(),
	})
}

type tokenBody struct {
	GrantType    string `json:"grant_type"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func tokenRequest(r *http.Request) (tokenBody, error) {
	var in tokenBody
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return in, err
		}
	} else {
		if err := r.ParseForm(); err != nil {
			return in, err
		}
		in = tokenBody{r.PostForm.Get("grant_type"), r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")}
	}
	if id, secret, ok := r.BasicAuth(); ok && in.ClientID == "" {
		in.ClientID, in.ClientSecret = id, secret
	}
	return in, nil
}

func (s *State) client(id, secret string) (Client, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.clients {
		if c.ID == id && subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) == 1 {
			return c, true
		}
	}
	return Client{}, false
}

// bearer returns whom a token acts as.
func (s *Server) bearer(token string) (int64, bool) {
	s.tokens.mu.Lock()
	g, ok := s.tokens.given[token]
	if ok && !s.now().Before(g.expires) {
		delete(s.tokens.given, token)
		ok = false
	}
	s.tokens.mu.Unlock()
	if ok {
		return g.user, true
	}
	s.state.mu.RLock()
	defer s.state.mu.RUnlock()
	for _, p := range s.state.personal {
		if p.Token == token {
			return p.UserID, true
		}
	}
	return 0, false
}

// RevokeTokens ends every token given out so far; personal tokens stay.
func (s *Server) RevokeTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.given)
}
