package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/fault"
)

const mediaEvents = "text/event-stream"

var (
	errGetMutates = fault.New(fault.BadUserInput, "A GET may only ask. Send this operation by POST, as application/json.")
	errBetrays    = fault.New(fault.BadUserInput, "The operation's name holds the credential that the request is sent with, and would be written down. Name it otherwise.")
)

// eventStream is GraphQL over Server-Sent Events, a connection for each operation: for those who take no other answer,
// or like it best. What is liked no more than JSON is left to transport, which hands subscriptions over.
type eventStream struct{ transport }

var _ graphql.Transport = eventStream{}

// Supports implements graphql.Transport.
func (eventStream) Supports(r *http.Request) bool {
	events := takesEvents(r)
	if events == 0 {
		return false
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	for _, media := range []string{mediaJSON, mediaGraphQL} {
		if liked, _ := quality(accept, media); liked >= events {
			return false
		}
	}
	return true
}

// takesEvents tells how much a client likes event streams, of 1. It must name them: a client that takes anything would
// wait for ever for the end of one.
func takesEvents(r *http.Request) float64 {
	liked, named := quality(strings.Join(r.Header.Values("Accept"), ","), mediaEvents)
	if !named {
		return 0
	}
	return liked
}

// Do implements graphql.Transport.
func (t eventStream) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	vary(w.Header(), r)
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET, POST")
		refuse(w, http.StatusMethodNotAllowed, fault.BadUserInput, "Send GraphQL requests by POST, as application/json.")
		return
	}
	headers := r.Header
	if r.Method == http.MethodGet {
		if ownPage(r) {
			headers = withoutBrowsersWord(headers)
		} else if wrong := preflighted(r); wrong != nil {
			refuse(w, wrong.status, fault.BadUserInput, wrong.message)
			return
		}
	}
	start := graphql.Now()
	params, wrong := t.read(w, r)
	if wrong != nil {
		refuse(w, wrong.status, wrong.kind(), wrong.message)
		return
	}
	params.Headers = headers
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	ctx, cancel := context.WithTimeout(r.Context(), t.timeout)
	defer cancel()
	op, errs := exec.CreateOperationContext(ctx, params)
	if errs == nil && r.Method == http.MethodGet && op.Operation.Operation == ast.Mutation {
		errs = gqlerror.List{gqlerror.Wrap(errGetMutates)}
	}
	if errs == nil && betrays(r, op.Operation.Name) {
		errs = gqlerror.List{gqlerror.Wrap(errBetrays)}
	}
	if errs != nil {
		requestOf(r.Context()).op.outcome = invalid
		t.refuseEvents(w, r, exec.DispatchError(graphql.WithOperationContext(ctx, op), shortened(errs)))
		return
	}
	t.stream(w, r, exec, op)
}

// withoutBrowsersWord are the headers of a request but for Cache-Control. Browsers send no-cache with each upgrade and each
// EventSource, and let no page say otherwise: nobody has asked for facts to be read anew.
func withoutBrowsersWord(h http.Header) http.Header {
	h = h.Clone()
	h.Del("Cache-Control")
	return h
}

// ownPage tells whether a browser vouches for a request as one of a page of the same origin, by headers that no page can
// set (Fetch Metadata). EventSource can send no other proof. Pages that navigate or embed are another mode.
func ownPage(r *http.Request) bool {
	single := func(name, value string) bool {
		given := r.Header.Values(name)
		return len(given) == 1 && given[0] == value
	}
	return single("Sec-Fetch-Site", "same-origin") && single("Sec-Fetch-Mode", "cors") && single("Sec-Fetch-Dest", "empty")
}

// refuseEvents answers a request that was read and cannot be executed, as an event: a client of event streams reads no
// other answer.
func (t transport) refuseEvents(w http.ResponseWriter, r *http.Request, response *graphql.Response) {
	s := streamsOf(r.Context())
	if s == nil {
		refuse(w, http.StatusNotImplemented, fault.Internal, "No event streams are served here.")
		return
	}
	e, err := s.openEvents(w)
	if err == nil {
		if err = e.next(response); err == nil {
			_ = e.complete()
		}
	}
}
