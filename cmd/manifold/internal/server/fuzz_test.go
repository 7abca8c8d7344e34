package server_test

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// fuzzed answers r, and fails for what no request may bring about: a server error, or a refusal without a code.
func fuzzed(t *testing.T, h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code >= 500 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if out := w.Body.String(); w.Code != http.StatusSeeOther && !strings.HasPrefix(out, `{"data":`) && !strings.Contains(out, `"code":"`) {
		t.Fatalf("an uncoded answer: %d %s", w.Code, out)
	}
	return w
}

func posted(body []byte) *http.Request {
	r := httptest.NewRequest("POST", "http://localhost/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func FuzzAccept(f *testing.F) {
	for _, seed := range []string{"", "*/*", "application/json;q=0.5, application/graphql-response+json", "text/html", "a/b;q=nan", ",,;;==", "*/*;q=0", "application/*;q=1e-400", "\"application/json", "application/json;q=\"1\"", "application/json;charset=latin1", "application/graphql-response+json; charset=utf-8;q=0.3, */*;q=0.3", "*/*;q=1.0001"} {
		f.Add(seed)
	}
	h := api(tiny{}, server.Limits{})
	f.Fuzz(func(t *testing.T, accept string) {
		r := httptest.NewRequest("POST", "http://localhost/graphql", strings.NewReader(`{"query":"{who}"}`))
		r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {accept}}
		w := fuzzed(t, h, r)
		media, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
		if err != nil || media != "application/json" && media != "application/graphql-response+json" {
			t.Fatalf("answered as %q", w.Header().Get("Content-Type"))
		}
		lower := strings.ToLower(accept)
		switch {
		case w.Code == 200 && media == "application/graphql-response+json" && !strings.Contains(lower, "graphql-response+json") && !strings.Contains(lower, "*"):
			t.Fatalf("%q was answered as %s", accept, media)
		case w.Code == 200 && strings.TrimSpace(accept) != "" && !strings.Contains(lower, "application/") && !strings.Contains(lower, "*/*"):
			t.Fatalf("%q takes neither type, and was answered", accept)
		case w.Code != 200 && w.Code != 406:
			t.Fatalf("%d for Accept %q", w.Code, accept)
		}
		// What was taken is taken however much more the client would rather have, and a range that says no more than it did
		// before changes nothing.
		if w.Code == 200 && strings.TrimSpace(accept) != "" && !strings.Contains(lower, "\"") {
			again := httptest.NewRecorder()
			r.Body = io.NopCloser(strings.NewReader(`{"query":"{who}"}`))
			r.Header["Accept"] = []string{accept, "text/html", accept}
			h.ServeHTTP(again, r)
			if again.Code != 200 || again.Header().Get("Content-Type") != w.Header().Get("Content-Type") {
				t.Fatalf("%q: %d as %q, and with more %d as %q", accept, w.Code, media, again.Code, again.Header().Get("Content-Type"))
			}
		}
	})
}

// essence is the type that a browser sees in a Content-Type: what stands before the first semicolon.
func essence(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

func FuzzContentType(f *testing.F) {
	for _, seed := range []string{"", "application/json", "Application/JSON; charset=utf-8", "text/plain;application/json", "application/json, text/plain", "application/json;", "message/rfc822", "\tapplication/json", "application/json\x00", "application/json; charset=\"utf-8", "multipart/form-data; boundary=x"} {
		f.Add(seed, "", true)
		f.Add(seed, "1", false)
	}
	var executed atomic.Int64
	h := counting(&executed)
	f.Fuzz(func(t *testing.T, contentType, header string, post bool) {
		executed.Store(0)
		method, body := "GET", ""
		if post {
			method, body = "POST", `{"query":"{who}"}`
		}
		r := httptest.NewRequest(method, "http://localhost/graphql?query=%7Bwho%7D", strings.NewReader(body))
		r.Header = http.Header{"Apollo-Require-Preflight": {header}}
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		fuzzed(t, h, r)
		asked := essence(contentType) == "application/json" || !post && contentType == "" && strings.TrimSpace(header) != ""
		if executed.Load() > 0 && !asked {
			t.Fatalf("%s with Content-Type %q and the header %q was executed", method, contentType, header)
		}
	})
}

func FuzzIfNoneMatch(f *testing.F) {
	for _, seed := range []string{"", "*", `"a"`, `W/"a"`, `W/"a", "b"`, `"`, `""`, `W/`, `,,"a",`, `"a"x"b"`, ` * `} {
		f.Add(seed)
	}
	h := api(tiny{receipt: told{}}, server.Limits{})
	ask := func(given string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "http://localhost/graphql?query=%7Bwho%7D", nil)
		r.Header = http.Header{"Graphql-Require-Preflight": {"1"}, "If-None-Match": {given}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	tag := ask("").Header().Get("ETag")
	f.Fuzz(func(t *testing.T, given string) {
		w := ask(given)
		opaque := strings.TrimPrefix(tag, "W/")
		if held := w.Code == 304; held != (w.Body.Len() == 0) || held && strings.TrimSpace(given) != "*" && !strings.Contains(given, opaque) {
			t.Fatalf("%q: %d %s", given, w.Code, w.Body)
		}
		if w := ask(tag + "," + given); w.Code != 304 {
			t.Fatalf("%q behind the right one: %d", given, w.Code)
		}
	})
}

func FuzzGetQuery(f *testing.F) {
	for _, seed := range []string{"", "query=%7Bwho%7D", "query={who}&variables={}&extensions=null&operationName=", "query=mutation{rename}", "query=subscription{renamed}", "query=%7Bwho%7D&query=x", "query=%", "query=;", "%71uery={who}", "query=query($x:Int){who(x:$x)}&variables={\"x\":1e999}", "query=query A{who} mutation B{rename}&operationName=B", "query=%ff", "query={self{self{who}}}&variables=[[[["} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	var executed atomic.Int64
	h := counting(&executed)
	f.Fuzz(func(t *testing.T, raw string, preflighted bool) {
		executed.Store(0)
		r := httptest.NewRequest("GET", "http://localhost/graphql", nil)
		r.URL.RawQuery = raw
		if preflighted {
			r.Header.Set("GraphQL-Require-Preflight", "1")
		}
		w := fuzzed(t, h, r)
		if executed.Load() == 0 {
			return
		}
		if !preflighted {
			t.Fatalf("%q was executed without preflight", raw)
		}
		values, err := url.ParseQuery(raw)
		if err != nil || len(raw) > 8<<10 || len(values["query"]) != 1 || w.Code != 200 {
			t.Fatalf("%q was executed: %v, %d", raw, err, w.Code)
		}
		if q := values.Get("query"); !strings.Contains(q, "{") || strings.HasPrefix(strings.TrimSpace(q), "mutation") && !strings.Contains(q, "query") && strings.Count(q, "{") == 1 {
			t.Fatalf("%q was executed by GET", q)
		}
	})
}
