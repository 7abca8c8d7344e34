package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/fault"
)

// maxRequestErrors bounds what is said about one broken document, or a small request would get a large answer.
const maxRequestErrors = 20

// transport is GraphQL over HTTP by POST alone, for a POST of JSON is what no foreign page can send unasked.
type transport struct {
	bodyBytes int64
	timeout   time.Duration
}

var _ graphql.Transport = transport{}

// Supports implements graphql.Transport: everything, so that every refusal is ours.
func (transport) Supports(*http.Request) bool { return true }

// Do implements graphql.Transport.
func (t transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if r.Method != http.MethodPost {
		refuseMethod(w, r)
		return
	}
	media, ok := answerMedia(r)
	if !ok {
		refuse(w, http.StatusNotAcceptable, fault.BadUserInput, "Answers come as application/json or application/graphql-response+json; accept one of them.")
		return
	}
	start := graphql.Now()
	params, wrong := readParams(w, r, t.bodyBytes)
	if wrong != nil {
		refuseAs(w, media, wrong.status, wrong.kind(), wrong.message)
		return
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}

	ctx, cancel := context.WithTimeout(r.Context(), t.timeout)
	defer cancel()
	op, errs := exec.CreateOperationContext(ctx, params)
	told := &requestOf(ctx).op
	if errs != nil {
		told.outcome = invalid
		t.refuseDocument(w, media, exec.DispatchError(graphql.WithOperationContext(ctx, op), shortened(errs)))
		return
	}
	responses, ctx := exec.DispatchOperation(ctx, op)
	response := responses(ctx)
	*told = operationOf(op, response)
	if response == nil { // the executor answers nothing once the context has ended
		refuseAs(w, media, http.StatusServiceUnavailable, fault.RateLimited, "The operation could not begin in time. Ask again, or for less at once.")
		return
	}
	told.cacheable(w.Header())
	response.Errors = fewErrors(response.Errors)
	if len(response.Errors) == 0 && response.Data != nil {
		writeData(w, media, response)
		return
	}
	write(w, media, http.StatusOK, response)
}

func refuseMethod(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && !r.URL.Query().Has("query") && strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	w.Header().Set("Allow", http.MethodPost)
	refuse(w, http.StatusMethodNotAllowed, fault.BadUserInput, "Send GraphQL requests by POST, as application/json. A page to try them is at /.")
}

// refuseDocument answers a request that was read and cannot be executed: no data member, and 400 only
// under the media type whose clients expect it.
func (t transport) refuseDocument(w http.ResponseWriter, media string, response *graphql.Response) {
	status := http.StatusOK
	if media == mediaGraphQL {
		status = http.StatusBadRequest
	}
	write(w, media, status, struct {
		Errors     gqlerror.List  `json:"errors"`
		Extensions map[string]any `json:"extensions,omitempty"`
	}{response.Errors, response.Extensions})
}

func shortened(errs gqlerror.List) gqlerror.List {
	if len(errs) <= maxRequestErrors {
		return errs
	}
	return append(errs[:maxRequestErrors:maxRequestErrors], gqlerror.Errorf("and %d more errors", len(errs)-maxRequestErrors))
}

// writeData writes a whole answer. Its data is JSON already: marshalling it again
// would read through every byte of a page.
func writeData(w http.ResponseWriter, media string, response *graphql.Response) {
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	var tail []byte
	if len(response.Extensions) > 0 {
		extensions, err := json.Marshal(response.Extensions)
		if err != nil {
			panic(fmt.Errorf("marshal extensions: %w", err))
		}
		tail = append([]byte(`,"extensions":`), extensions...)
	}
	tail = append(tail, '}')
	const head = `{"data":`
	w.Header().Set("Content-Length", strconv.Itoa(len(head)+len(response.Data)+len(tail)))
	_, _ = io.WriteString(w, head)
	_, _ = w.Write(response.Data)
	_, _ = w.Write(tail)
}

func write(w http.ResponseWriter, media string, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(fmt.Errorf("marshal answer: %w", err))
	}
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
