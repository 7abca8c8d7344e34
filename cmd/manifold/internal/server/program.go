package server

import (
	"net/http"
	"regexp"
	"strings"
)

// clientHeaders are where programs say what they are called, the first one that does so counts. The names are those of
// Apollo's clients and of GraphQL Hive's.
var clientHeaders = []string{"Apollographql-Client-Name", "Graphql-Client-Name"}

// saneName is what a program may be called: the audit log keeps it for ever, so that there is no place in it for an
// address, a line break or a text.
var saneName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._/+ -]{0,62}[A-Za-z0-9.+])?$`)

// program is what the asking program calls itself: by a header of its own, or by the first product of its User-Agent,
// "curl/8.5.0". "" where it does not say, where the name is none, and where it is or holds a credential.
func program(r *http.Request) string {
	for _, header := range clientHeaders {
		if name := strings.TrimSpace(r.Header.Get(header)); name != "" {
			return sane(r, name)
		}
	}
	product, _, _ := strings.Cut(r.UserAgent(), " ")
	return sane(r, product)
}

func sane(r *http.Request, name string) string {
	if !saneName.MatchString(name) || betrays(r, name) {
		return ""
	}
	return name
}
