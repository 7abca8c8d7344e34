package server

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strings"

	"github.com/manifold-graph/manifold/graph/access"
)

// vary says which headers an answer depends on beside Origin, whatever it says. A GET depends on those that let it in as well: a
// kept answer is none to a request that would be refused.
func vary(h http.Header, r *http.Request) {
	h.Add("Vary", "Authorization, X-Api-Key, Accept, Manifold-Explain")
	if reads(r) {
		h.Add("Vary", "Content-Type, "+strings.Join(preflightHeaders, ", "))
	}
}

// tagOf names data as who may see it and under media (RFC 9110, 8.8.3). The tag is weak: what an answer cost and how old its
// facts are differs from answer to answer, and is no part of it.
func tagOf(who access.Principal, media string, data []byte) string {
	sum := sha256.New()
	for _, part := range []string{who.Sight(), media} {
		_, _ = io.WriteString(sum, part)
		_, _ = sum.Write([]byte{0})
	}
	_, _ = sum.Write(data)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:18]) + `"`
}

// revalidated tags the answer to a GET, and answers it if the client holds these data already. It may keep what it gets,
// and MUST ask before it answers from that: a browser keeps things on its disk when the key is long gone.
func revalidated(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if !holds(r.Header.Values("If-None-Match"), tag) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// holds tells whether one of a client's tags is tag by weak comparison (RFC 9110, 13.1.2).
func holds(given []string, tag string) bool {
	_, opaque, _ := strings.Cut(tag, `"`)
	rest := strings.TrimSpace(strings.Join(given, ","))
	if rest == "*" {
		return true
	}
	for rest != "" {
		rest = strings.TrimPrefix(strings.TrimLeft(rest, " \t,"), "W/")
		if !strings.HasPrefix(rest, `"`) {
			return false // no list of tags
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 {
			return false
		}
		if rest[1:end+2] == opaque {
			return true
		}
		rest = strings.TrimLeft(rest[end+2:], " \t")
	}
	return false
}
