package sim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

// maxPeek is how much of a body is read to find out what a request asks for.
const maxPeek = 1 << 20

// pipefyVendor gives a schedule of faults Pipefy's forms. An operation is the first root field of
// the document ("organization"), or "token".
func pipefyVendor() chaos.Vendor {
	return chaos.Vendor{Operation: rootField, Answers: map[chaos.Kind]http.Handler{
		chaos.Unauthorized: jsonAnswer(http.StatusUnauthorized, `{"errors":[{"title":"Unauthorized","detail":"The access token is invalid"}]}`),
		chaos.Status500:    jsonAnswer(http.StatusInternalServerError, `{"errors":[{"message":"Something went wrong","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`),
	}}
}

// rootField reads the body of r and puts it back.
func rootField(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, "/oauth/token") {
		return "token"
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPeek))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	var in struct{ Query string }
	if err != nil || json.Unmarshal(body, &in) != nil {
		return ""
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: in.Query})
	if err != nil || len(doc.Operations) == 0 {
		return ""
	}
	for _, s := range doc.Operations[0].SelectionSet {
		if f, ok := s.(*ast.Field); ok {
			return f.Name
		}
	}
	return ""
}

// pipedreamVendor gives a schedule of faults Pipedream's forms. An operation is the verb and the last
// literal part of the path ("GET accounts", "DELETE users", "POST token").
func pipedreamVendor(now func() time.Time) chaos.Vendor {
	throttled := func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Retry-After", "2")
		h.Set("X-RateLimit-Limit", "2000")
		h.Set("X-RateLimit-Remaining", "0")
		h.Set("X-RateLimit-Reset", strconv.FormatInt(now().Add(2*time.Second).Unix(), 10))
		jsonAnswer(http.StatusTooManyRequests, `{"error":"Throttled"}`).ServeHTTP(w, r)
	}
	return chaos.Vendor{Operation: lastLiteral, Answers: map[chaos.Kind]http.Handler{
		chaos.Burst429:     http.HandlerFunc(throttled),
		chaos.Unauthorized: jsonAnswer(http.StatusUnauthorized, `{"error":"unauthorized"}`),
		chaos.Status500:    jsonAnswer(http.StatusInternalServerError, `{"error":"internal server error"}`),
	}}
}

func lastLiteral(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		switch parts[i] {
		case "accounts", "users", "deployed-triggers", "apps", "projects", "info", "tokens", "token":
			return r.Method + " " + parts[i]
		}
	}
	return ""
}

func jsonAnswer(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}
