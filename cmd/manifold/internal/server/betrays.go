package server

import (
	"net/http"
	"strings"
)

// tellingPart is how much of a credential is more than chance, in bytes.
const tellingPart = 16

// betrays tells whether text, which a client chose and which would be written down, is or holds a credential that the
// same request presents, or is a long part of one. Clients do that by mistake, by one variable for two headers.
func betrays(r *http.Request, text string) bool {
	holds := func(credential string) bool {
		switch {
		case credential == "" || text == "":
			return false
		case credential == text:
			return true
		case len(credential) >= tellingPart && strings.Contains(text, credential):
			return true
		}
		return len(text) >= tellingPart && strings.Contains(credential, text)
	}
	for _, key := range r.Header.Values("X-Api-Key") {
		if holds(strings.TrimSpace(key)) {
			return true
		}
	}
	for _, authorization := range r.Header.Values("Authorization") {
		for part := range strings.FieldsSeq(authorization) {
			if !strings.EqualFold(part, "Bearer") && holds(part) {
				return true
			}
		}
	}
	return false
}
