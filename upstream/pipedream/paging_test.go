package pipedream_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func user(n int) string { return fmt.Sprintf(`{"id":"exu_%d","external_id":"user-%d"}`, n, n) }

// TestPagesEnd plays pages in turn; the last repeats for ever, so that a reader
// who goes on too far is seen by the number of calls.
func TestPagesEnd(t *testing.T) {
	for name, c := range map[string]struct {
		pages    []string
		calls    int
		items    int
		complete bool
	}{
		"null cursor":                           {[]string{list("a", 3, user(1), user(2)), list("", 3, user(3))}, 2, 3, true},
		"empty cursor":                          {[]string{`{"data":[` + user(1) + `],"page_info":{"end_cursor":""}}`}, 1, 1, true},
		"no page_info at all":                   {[]string{`{"data":[` + user(1) + `]}`}, 1, 1, true},
		"page_info of the wrong shape":          {[]string{`{"data":[` + user(1) + `],"page_info":[]}`}, 1, 1, true},
		"total reached with a cursor":           {[]string{list("a", 3, user(1), user(2)), list("b", 3, user(3))}, 2, 3, true},
		"empty page after a cursor":             {[]string{`{"data":[` + user(1) + `],"page_info":{"end_cursor":"a"}}`, `{"data":[],"page_info":{"end_cursor":"a"}}`}, 2, 1, true},
		"empty page before the total":           {[]string{list("a", 5, user(1)), list("b", 5)}, 2, 1, false},
		"a cursor that repeats":                 {[]string{`{"data":[` + user(1) + `],"page_info":{"end_cursor":"a"}}`}, 2, 1, false},
		"cursors in a circle":                   {[]string{`{"data":[` + user(1) + `],"page_info":{"end_cursor":"a"}}`, `{"data":[` + user(2) + `],"page_info":{"end_cursor":"b"}}`, `{"data":[` + user(3) + `],"page_info":{"end_cursor":"a"}}`}, 3, 3, false},
		"a server that ignores after":           {[]string{list("a", 3, user(1), user(2))}, 2, 2, false},
		"a dropped record counts as received":   {[]string{list("a", 2, user(1), `{"id":"exu_2"}`)}, 1, 1, false},
		"a page shorter than the limit goes on": {[]string{list("a", 2, user(1)), list("b", 2, user(2))}, 2, 2, true},
		"a total of zero is not believed":       {[]string{list("a", 0, user(1)), list("b", 0)}, 2, 1, true},
		"nobody":                                {[]string{list("", 0)}, 1, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if (n == 0) == r.URL.Query().Has("after") || r.URL.Query().Get("limit") != "100" {
					t.Errorf("call %d asked %s", n, r.URL.RawQuery)
				}
				io.WriteString(w, c.pages[min(n, len(c.pages)-1)])
				n++
			})
			users, err := s.quiet(t).Users(t.Context())
			if err != nil || n != c.calls || len(users.Items) != c.items || users.Complete() != c.complete {
				t.Errorf("%d calls, %d items, complete %v, %v", n, len(users.Items), users.Complete(), err)
			}
		})
	}
}

func TestEndlessServerIsLeft(t *testing.T) {
	n := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		fmt.Fprintf(w, `{"data":[%s],"page_info":{"end_cursor":"c%d"}}`, user(n), n)
	})
	_, err := s.client(t, pipedream.Options{MaxPages: 30}).Users(t.Context())
	if wire.KindOf(err) != wire.TooLarge || n != 30 {
		t.Errorf("%d calls, %v", n, err)
	}
}

// TestSweepAsksTheGateForEveryPage reads 1,234 users at 100 a page.
func TestSweepAsksTheGateForEveryPage(t *testing.T) {
	const total = 1234
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.Atoi(r.URL.Query().Get("after"))
		var items []string
		for n := start; n < min(start+100, total); n++ {
			items = append(items, user(n))
		}
		io.WriteString(w, list(strconv.Itoa(start+len(items)), total, items...))
	})
	gate := &ledger{}
	users, err := s.quiet(t).As(wire.Refresh, gate).Users(t.Context())
	if err != nil || len(users.Items) != total || !users.Complete() || len(gate.calls) != 13 || s.tokens != 1 {
		t.Errorf("%d users with %d calls and %d tokens, %v", len(users.Items), len(gate.calls), s.tokens, err)
	}
}

// TestFailureInTheMiddleFailsTheSweep: half a list must not pass for a list.
func TestFailureInTheMiddleFailsTheSweep(t *testing.T) {
	n := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 2 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		io.WriteString(w, list("a", 9, user(n)))
	})
	if users, err := s.quiet(t).Users(t.Context()); wire.KindOf(err) != wire.ServerError || len(users.Items) != 0 {
		t.Errorf("%d users, %v", len(users.Items), err)
	}
}
