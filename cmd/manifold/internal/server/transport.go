package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// maxRequestErrors bounds what is said about one broken document, or a small request would get a large answer.
const maxRequestErrors = 20

// transport is GraphQL over HTTP: by POST of JSON, and for queries by GET with a header, for these are what no foreign
// page can send unasked. What a page could send unasked is refused before anything of it is parsed.
type transport struct {
	bodyBytes int64
	timeout   time.Duration
	slots     *slots
	// partialStatus answers data with errors under statusPartial.
	partialStatus bool
}

var _ graphql.Transport = transport{}

// Supports implements graphql.Transport: everything, so that every refusal is ours.
func (transport) Supports(*http.Request) bool { return true }

// Do implements graphql.Transport.
func (t transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	vary(w.Header(), r)
	switch {
	case toPage(r):
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", methods)
		w.Header().Set("Accept-Post", mediaJSON)
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method != http.MethodPost && !reads(r):
		w.Header().Set("Allow", methods)
		refuse(w, http.StatusMethodNotAllowed, fault.BadUserInput, "Send GraphQL requests by POST, as application/json. A page to try them is at /.")
		return
	}
	if reads(r) {
		if wrong := preflighted(r); wrong != nil {
			refuse(w, wrong.status, fault.BadUserInput, wrong.message)
			return
		}
	}
	media, ok := answerMedia(r)
	if !ok {
		refuse(w, http.StatusNotAcceptable, fault.BadUserInput, "Answers come as application/json or application/graphql-response+json; accept one of them.")
		return
	}
	start := graphql.Now()
	params, wrong := t.read(w, r)
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
	if reads(r) && op.Operation.Operation != ast.Query {
		told.outcome = invalid
		w.Header().Set("Allow", http.MethodPost)
		refuseAs(w, media, http.StatusMethodNotAllowed, fault.BadUserInput, "A GET may only ask. Send this operation by POST, as application/json.")
		return
	}
	if betrays(r, op.Operation.Name) { // names of operations are in logs, metrics and the ledger
		told.outcome = invalid
		refuseAs(w, media, http.StatusBadRequest, fault.BadUserInput, "The operation's name holds the credential that the request is sent with, and would be written down. Name it otherwise.")
		return
	}
	if op.Operation.Operation == ast.Subscription {
		if takesEvents(r) > 0 {
			t.stream(w, r, exec, op)
			return
		}
		told.outcome = invalid
		refuseAs(w, media, http.StatusBadRequest, fault.BadUserInput, "A subscription has many answers. Ask for it with \"Accept: text/event-stream\", or over a WebSocket by the subprotocol graphql-transport-ws.")
		return
	}
	response, ok := t.execute(ctx, exec, op)
	if !ok {
		w.Header().Set("Retry-After", "1")
		refuseAs(w, media, http.StatusServiceUnavailable, fault.RateLimited, "Too many operations are running. Ask again in a second, and for fewer at once.")
		return
	}
	*told = operationOf(op, response)
	if response == nil { // the executor answers nothing once the context has ended
		refuseAs(w, media, http.StatusServiceUnavailable, fault.RateLimited, "The operation could not begin in time. Ask again, or for less at once.")
		return
	}
	response.Errors = fewErrors(response.Errors)
	if response.Data == nil && len(response.Errors) > 0 { // it was refused after all, before any field was looked at
		t.refuseDocument(w, media, response)
		return
	}
	if told.cacheable(w.Header()) && reads(r) && response.Data != nil && revalidated(w, r, tagOf(access.From(ctx), media, response.Data)) {
		return
	}
	if len(response.Errors) == 0 && response.Data != nil { // a plan has none
		writeData(w, media, response)
		return
	}
	status := http.StatusOK
	if len(response.Errors) > 0 && media == mediaGraphQL && t.partialStatus {
		status = statusPartial
	}
	write(w, media, status, response)
}

const (
	// methods are those that the API takes.
	methods = "GET, HEAD, POST, OPTIONS"
	// statusPartial is the draft's status of an answer that has data and errors, for those who look at no body.
	statusPartial = 294
)

// reads tells whether a request asks for what its address names. HEAD is a GET whose answer's body is left out.
func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// asks finds what makes an address a request.
var asks = regexp.MustCompile(`(?:query|documentId|extensions)=`)

// toPage tells whether somebody opened the API's address in a browser.
func toPage(r *http.Request) bool {
	return reads(r) && strings.Contains(r.Header.Get("Accept"), "text/html") && !asks.MatchString(r.URL.RawQuery)
}

func (t transport) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *badRequest) {
	if r.Method == http.MethodPost {
		return readParams(w, r, t.bodyBytes)
	}
	return queryParams(r.URL.RawQuery)
}

// execute runs an operation in a slot, which it holds neither while its request is read nor while its answer is
// written: slow clients take none. False: none was free in time.
func (t transport) execute(ctx context.Context, exec graphql.GraphExecutor, op *graphql.OperationContext) (*graphql.Response, bool) {
	who := access.From(ctx).Name
	if !t.slots.acquire(ctx, who) {
		return nil, ctx.Err() != nil // the time limit has its own answer
	}
	defer t.slots.release(who)
	responses, ctx := exec.DispatchOperation(ctx, op)
	return responses(ctx), true
}

// refuseDocument answers a request that was read and cannot be executed: no data member, and 400 only
// under the media type whose clients expect it. Who must wait is told so under both: nothing is wrong with the request.
func (t transport) refuseDocument(w http.ResponseWriter, media string, response *graphql.Response) {
	status := http.StatusOK
	if media == mediaGraphQL {
		status = http.StatusBadRequest
	}
	if wait, limited := tooEarly(response.Errors); limited {
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(max(wait, 1)))
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
