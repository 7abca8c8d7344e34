package server

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/manifold-graph/manifold/graph/access"
)

// credentialHeaders are those that an Authenticator reads.
var credentialHeaders = []string{"Authorization", "X-Api-Key"}

// anonymous tells whether r comes without a credential.
func anonymous(r *http.Request) bool {
	for _, name := range credentialHeaders {
		for _, value := range r.Header.Values(name) {
			if strings.TrimSpace(value) != "" {
				return false
			}
		}
	}
	return true
}

// init tells who a socket is, by its upgrade and the payload of connection_init.
func (s *socket) init(payload json.RawMessage) *closure {
	given, closing := credentialsOf(payload)
	if closing != nil {
		return closing
	}
	r := s.request
	p := access.From(r.Context())
	if len(given) > 0 || p.Name == "" {
		r = r.Clone(s.ctx)
		for name, value := range given {
			if had := strings.TrimSpace(r.Header.Get(name)); had != "" && had != strings.TrimSpace(value) {
				return closeTwo
			}
			r.Header.Set(name, value)
		}
		var err error
		if p, err = s.streams.authenticator.Authenticate(r); err != nil {
			return closingFor(err)
		}
	}
	if !s.streams.identify(p.Name) {
		return closeCrowd
	}
	s.who, s.credentialed = p.Name, r
	s.renewal = s.streams.renewal(r.WithContext(s.ctx), p)
	close(s.known)
	s.write(messageAck)
	return nil
}

// credentialsOf finds what is sent as headers elsewhere, in the payload or its member headers, in letters of any case.
// What is there twice has to be the same.
func credentialsOf(payload json.RawMessage) (map[string]string, *closure) {
	given := map[string]string{}
	if payload == nil {
		return given, nil
	}
	var members map[string]json.RawMessage
	if tooMuchJSON(payload) || json.Unmarshal(payload, &members) != nil {
		return nil, closePayload
	}
	for name, raw := range members {
		places := map[string]json.RawMessage{name: raw}
		if strings.EqualFold(name, "headers") && isObject(raw) {
			places = nil
			if json.Unmarshal(raw, &places) != nil {
				return nil, closePayload
			}
		}
		for name, raw := range places {
			if closing := take(given, name, raw); closing != nil {
				return nil, closing
			}
		}
	}
	return given, nil
}

// take keeps a member if it is a credential.
func take(given map[string]string, name string, raw json.RawMessage) *closure {
	for _, header := range credentialHeaders {
		if !strings.EqualFold(name, header) || string(raw) == "null" {
			continue
		}
		var value string
		if json.Unmarshal(raw, &value) != nil {
			return closePayload
		}
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		if had, twice := given[header]; twice && had != value {
			return closeTwo
		}
		given[header] = value
	}
	return nil
}
