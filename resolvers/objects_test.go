package resolvers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/resolvers"
)

// limited is an office of forty whose callers may take so many objects a minute, by a clock that the test turns.
type limited struct {
	*office
	now   time.Time
	limit int
}

func newLimited(t *testing.T) *limited {
	o, ids := newOffice(t)
	names := make([]string, 40)
	for i := range names {
		names[i] = fmt.Sprintf("user%02d", i)
	}
	o.employ(t, ids, names...)
	l := &limited{office: o, now: noon}
	l.handler.(*handler.Server).Use(resolvers.NewObjectLimit(l.root, func() time.Time { return l.now }))
	return l
}

func (l *limited) as(name, query string, variables map[string]any) answer {
	body, _ := json.Marshal(map[string]any{"query": query, "variables": variables})
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	who := access.NewPrincipal(name, access.ReadScopes...)
	who.Limits.ObjectsPerMinute = l.limit
	w := httptest.NewRecorder()
	l.handler.ServeHTTP(w, r.WithContext(access.With(r.Context(), who)))
	var a answer
	_ = json.Unmarshal(w.Body.Bytes(), &a)
	return a
}

// seen counts the objects in an answer, and null in their place: that tells that nobody is there.
func seen(v any) int {
	switch x := v.(type) {
	case map[string]any:
		n := 0
		for key, each := range x {
			if strings.HasPrefix(key, "who") { // one place for one object
				n++
				continue
			}
			n += seen(each)
		}
		return n
	case []any:
		return len(x)
	}
	return 0
}

func TestHoweverAnEnumerationIsCutItSeesNoMore(t *testing.T) {
	l := newLimited(t)
	caller := 0
	rapid.Check(t, func(t *rapid.T) {
		caller++
		l.limit = rapid.IntRange(50, 200).Draw(t, "limit")
		start, total := l.now, 0
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			l.now = l.now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			var q strings.Builder
			ids := []string{}
			for i := range rapid.IntRange(1, 12).Draw(t, "fields") {
				n := rapid.IntRange(1, 30).Draw(t, "size")
				switch rapid.IntRange(0, 6).Draw(t, "kind") {
				case 0:
					fmt.Fprintf(&q, ` whoA%d: person(by: {email: "user%02d@example.com"}) { id }`, i, n)
				case 1:
					fmt.Fprintf(&q, ` whoB%d: person(by: {email: "nobody%d@example.com"}) { id }`, i, n)
				case 2:
					fmt.Fprintf(&q, ` whoC%d: node(id: "x") { id }`, i)
				case 3:
					fmt.Fprintf(&q, ` d%d: nodes(ids: [%s]) { id }`, i, strings.Repeat(`"x" `, n))
				case 4:
					fmt.Fprintf(&q, ` e%d: people(first: %d) { nodes { primaryEmail } }`, i, n)
				case 5:
					fmt.Fprintf(&q, ` f%d: people(last: %d) { ...P }`, i, n)
				case 6:
					ids = make([]string, n)
					fmt.Fprintf(&q, ` g%d: nodes(ids: $ids) { id }`, i)
				}
			}
			query := "query($ids: [ID!]! = []) { none: nodes(ids: $ids) { id }" + q.String() + " again: people(first: 1) { ...P } } fragment P on PersonConnection { ... { edges { node { id } } } }"
			a := l.as(fmt.Sprint(caller), query, map[string]any{"ids": ids})
			if len(a.Errors) > 0 {
				switch a.Errors[0].Extensions["code"] {
				case "RATE_LIMITED":
					if after, _ := a.Errors[0].Extensions["retryAfter"].(float64); after < 1 || after > 60 || a.Data != nil {
						t.Fatalf("refused so: %+v", a)
					}
				case "COST_LIMIT_EXCEEDED":
					if a.Data != nil {
						t.Fatalf("refused and answered: %+v", a)
					}
				}
			}
			total += seen(a.Data)
			if most := float64(l.limit) * (1 + l.now.Sub(start).Minutes()); float64(total) > most {
				t.Fatalf("%d objects in %s under a limit of %d a minute", total, l.now.Sub(start), l.limit)
			}
		}
	})
}

func TestTheObjectsOfAnOperation(t *testing.T) {
	l := newLimited(t)
	for n, each := range []struct {
		query string
		takes int
	}{
		{`{ viewer { name } sources { name } }`, 0},
		{`{ people { totalCount pageInfo { hasNextPage } } }`, 1},
		{`{ people { nodes { id identities { id } } } }`, 25},
		{`{ people(first: 30) { nodes { id } edges { cursor } } }`, 30},
		{`{ people(first: 3) { nodes { grants(first: 10) { nodes { level } } } } }`, 33},
		{`{ people(first: 3) { nodes { grants(first: 10) { totalCount } } } }`, 6},
		{`{ a: person(by: {email: "x@example.com"}) { id } b: person(by: {email: "y@example.com"}) { id } }`, 2},
		{`{ nodes(ids: ["a", "b", "c"]) { id } node(id: "d") { id } }`, 4},
		{`{ people(first: 30) @skip(if: true) { nodes { id } } }`, 0},
		{`{ sources { identities(first: 40) { nodes { id } } } }`, 40},
	} {
		caller := fmt.Sprint("counted", n)
		l.limit = 1000
		if a := l.as(caller, each.query, nil); a.Data == nil {
			t.Errorf("%s: %+v", each.query, a)
			continue
		}
		// What is left is exactly the rest: nothing that takes one more is answered.
		rest := 1000 - each.takes
		var q strings.Builder
		for i := range rest / 100 {
			fmt.Fprintf(&q, " p%d: people(first: 100) { nodes { id } }", i)
		}
		if rest%100 > 0 {
			fmt.Fprintf(&q, " rest: people(first: %d) { nodes { id } }", rest%100)
		}
		if a := l.as(caller, "{"+q.String()+"}", nil); a.Data == nil {
			t.Errorf("%s takes more than %d: %+v", each.query, each.takes, a.Errors)
		}
		if a := l.as(caller, `{ person(by: {email: "z@example.com"}) { id } }`, nil); a.Data != nil || len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "RATE_LIMITED" {
			t.Errorf("%s takes less than %d: %+v", each.query, each.takes, a)
		}
	}
	l.limit = 10
	if a := l.as("greedy", `{ people(first: 11) { nodes { id } } }`, nil); len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "COST_LIMIT_EXCEEDED" {
		t.Errorf("what never fits: %+v", a)
	}
}
