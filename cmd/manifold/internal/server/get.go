package server

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// maxQueryString bounds what a GET may carry in its address, in bytes.
const maxQueryString = 8 << 10

// preflightHeaders are headers that no browser sends for a page of a foreign origin without asking the server first.
// Their names are those that Apollo's and other clients send already.
var preflightHeaders = []string{"GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Apollo-Operation-Name"}

// preflighted refuses a request without a body that a page could have sent unasked. A Content-Type, which says nothing
// of such a request, is taken as application/json alone: some browsers let odd ones pass without asking.
func preflighted(r *http.Request) *badRequest {
	given := r.Header.Values("Content-Type")
	if len(given) > 0 {
		if media, _, err := mime.ParseMediaType(given[0]); err != nil || media != mediaJSON || len(given) > 1 {
			return &badRequest{http.StatusUnsupportedMediaType, "Send a GET without Content-Type, or with \"Content-Type: application/json\"."}
		}
		return nil
	}
	for _, name := range preflightHeaders {
		if strings.TrimSpace(r.Header.Get(name)) != "" {
			return nil
		}
	}
	return bad("A GET is answered only with a header that pages of other sites cannot send unasked: add \"GraphQL-Require-Preflight: 1\", or send the request by POST, as application/json.")
}

// queryParams reads one GraphQL request from an address: query or documentId, operationName, and variables and extensions
// as JSON.
func queryParams(raw string) (*graphql.RawParams, *badRequest) {
	if len(raw) > maxQueryString {
		return nil, &badRequest{http.StatusRequestURITooLong, "The address is too long. Send the request by POST, as application/json."}
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, bad("The address's query string is not well formed: write each parameter percent-encoded, with & between them.")
	}
	for _, name := range requestMembers {
		if len(values[name]) > 1 {
			return nil, bad("The parameter \"" + name + "\" may be given once.")
		}
		if !utf8.ValidString(values.Get(name)) {
			return nil, bad("The request is not valid UTF-8.")
		}
	}
	if tooMuchJSON([]byte(values.Get("variables"))) || tooMuchJSON([]byte(values.Get("extensions"))) {
		return nil, errTooMuchJSON
	}
	for _, name := range []string{"variables", "extensions"} {
		if text := []byte(values.Get(name)); json.Valid(text) {
			if why := ambiguous(text); why != "" {
				return nil, bad(why)
			}
		}
	}
	p := &graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	switch {
	case !decodeText(values.Get("variables"), &p.Variables):
		return nil, bad("\"variables\" must be an object or null, as JSON.")
	case !decodeText(values.Get("extensions"), &p.Extensions):
		return nil, bad("\"extensions\" must be an object or null, as JSON.")
	case !named(p, values.Get("documentId")):
		return nil, bad("The request needs a parameter \"query\" that holds a GraphQL document.")
	}
	return p, nil
}

// decodeText decodes a whole text; nothing leaves into alone.
func decodeText(text string, into any) bool {
	return text == "" || json.Valid([]byte(text)) && decodeMember(json.RawMessage(text), into)
}
