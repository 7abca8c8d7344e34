package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// cacheable says in HTTP's own terms (RFC 9111, RFC 9211) how old an answer is, for how long it is good and where it
// came from, where that is said of the answer at all: a query's, whole and without errors. Everything else stays
// no-store, as the server has set it.
//
// No browser answers from such a copy unasked: answers to POST without Content-Location satisfy no later request (RFC
// 9110, 9.3.3), and those to GET are revalidated each time. The headers are for clients that keep answers themselves.
// Private, because what an answer holds depends on who asks, and Vary says by which headers.
func (o operation) cacheable(h http.Header) bool {
	if o.outcome != ok || o.typ != string(ast.Query) || o.receipt == nil {
		return false
	}
	age, left, status := o.receipt.HTTP()
	// A freshness lifetime counts from the moment of the oldest fact: Age is subtracted from it. Both are cut to whole
	// seconds, so that the sum promises no more than left.
	aged, fresh := wholeSeconds(age), wholeSeconds(left)
	lifetime := aged + fresh
	if fresh == 0 {
		lifetime = 0
	}
	var b [96]byte
	h["Age"] = []string{strconv.FormatInt(aged, 10)}
	h["Cache-Control"] = []string{string(strconv.AppendInt(append(b[:0], "private, max-age="...), lifetime, 10))}
	line := append(append(b[:0], "manifold; "...), status...)
	h["Cache-Status"] = []string{string(strconv.AppendInt(append(line, "; ttl="...), int64(left/time.Second), 10))}
	return true
}

func wholeSeconds(d time.Duration) int64 { return int64(max(d, 0) / time.Second) }
