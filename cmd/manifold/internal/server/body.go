package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/fault"
)

// badRequest is why a request cannot even be read. Its message never quotes the request.
type badRequest struct {
	status  int
	message string
}

func (b *badRequest) Error() string { return b.message }

// kind is what a client acts on.
func (b *badRequest) kind() fault.Kind {
	if b == errTooMuchJSON {
		return fault.CostLimitExceeded
	}
	return fault.BadUserInput
}

func bad(message string) *badRequest { return &badRequest{http.StatusBadRequest, message} }

// readParams reads one GraphQL request from an HTTP body: POST, application/json, one object.
func readParams(w http.ResponseWriter, r *http.Request, limit int64) (*graphql.RawParams, *badRequest) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != mediaJSON || len(r.Header.Values("Content-Type")) != 1 {
		return nil, &badRequest{http.StatusUnsupportedMediaType, "Send the request with the header \"Content-Type: application/json\"."}
	}
	if !utf8Charset(params) {
		return nil, &badRequest{http.StatusUnsupportedMediaType, "Send the request in UTF-8."}
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, &badRequest{http.StatusUnsupportedMediaType, "Send the request uncompressed."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || r.ContentLength > limit {
		return nil, &badRequest{http.StatusRequestEntityTooLarge, "The request is too large. Ask for less at once, or send long values as variables of several requests."}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &badRequest{http.StatusRequestTimeout, "The request's body did not arrive in time. Send it again, or less at once."}
	}
	if err != nil {
		return nil, bad("The request's body could not be read to its end.")
	}
	return parseParams(body)
}

func parseParams(body []byte) (*graphql.RawParams, *badRequest) {
	if !utf8.Valid(body) {
		return nil, bad("The request is not valid UTF-8.")
	}
	switch trimmed := bytes.TrimLeft(body, " \t\r\n"); {
	case bytes.HasPrefix(trimmed, []byte("\uFEFF")):
		return nil, bad("The request begins with a byte order mark. Send UTF-8 without one.")
	case len(trimmed) == 0:
		return nil, bad("The request has no body. Send {\"query\": \"…\"}.")
	case trimmed[0] == '[':
		return nil, bad("Batches are not supported: send one JSON object per request, with several fields in one query.")
	case trimmed[0] != '{':
		return nil, bad("The request must be a JSON object such as {\"query\": \"…\"}.")
	}
	if tooMuchJSON(body) {
		return nil, errTooMuchJSON
	}
	found, wrong := membersOf(body)
	if wrong != nil {
		return nil, wrong
	}
	p, documentID := &graphql.RawParams{}, ""
	switch {
	case !decodeMember(found["query"], &p.Query):
		return nil, bad("The request needs a member \"query\": a string that holds a GraphQL document.")
	case !decodeMember(found["documentId"], &documentID):
		return nil, bad("\"documentId\" must be a string or null.")
	case !decodeMember(found["operationName"], &p.OperationName):
		return nil, bad("\"operationName\" must be a string or null.")
	case !decodeMember(found["variables"], &p.Variables):
		return nil, bad("\"variables\" must be an object or null.")
	case !decodeMember(found["extensions"], &p.Extensions):
		return nil, bad("\"extensions\" must be an object or null.")
	case !named(p, documentID):
		return nil, bad("The request needs a member \"query\": a string that holds a GraphQL document.")
	}
	return p, nil
}

// named notes by which id a request means its document, and tells whether it means one at all.
func named(p *graphql.RawParams, documentID string) bool {
	if documentID != "" {
		if p.Extensions == nil {
			p.Extensions = map[string]any{}
		}
		p.Extensions[documentIDKey] = documentID
	}
	return documentID != "" || p.Extensions["persistedQuery"] != nil || strings.TrimSpace(p.Query) != ""
}

// requestMembers are those of a request.
var requestMembers = []string{"query", "operationName", "variables", "extensions", "documentId"}

// membersOf are the members of a JSON object. A name that stands there twice is refused, and so is one that is a member's
// in other letters: parsers differ in which they take.
func membersOf(body []byte) (map[string]json.RawMessage, *badRequest) {
	if !json.Valid(body) {
		return nil, bad("The request is not one JSON object.")
	}
	found := make(map[string]json.RawMessage, len(requestMembers))
	for name, value := range members(body) {
		if _, twice := found[name]; twice {
			if slices.Contains(requestMembers, name) {
				return nil, bad("The member \"" + name + "\" may be given once.")
			}
			return nil, bad("Each member of the request may be given once.")
		}
		for _, known := range requestMembers {
			if name != known && strings.EqualFold(name, known) {
				return nil, bad("A member is spelled almost like \"" + known + "\". Write it exactly so, or leave it out.")
			}
		}
		found[name] = value
	}
	if why := ambiguous(body); why != "" {
		return nil, bad(why)
	}
	return found, nil
}

// decodeMember leaves into alone when the member is missing or null. Numbers keep their digits.
func decodeMember(raw json.RawMessage, into any) bool {
	if len(raw) == 0 {
		return true
	}
	if raw[0] == '"' {
		return json.Unmarshal(raw, into) == nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(into) == nil
}
