package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

func TestRequestsThatAreRefused(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{BodyBytes: 4096}), server.Options{}) + "/graphql"
	const good = `{"query":"{who}"}`
	for name, each := range map[string]struct {
		method, body string
		headers      []string
		status       int
		says         string
	}{
		"form":                 {"POST", "query={who}", []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "Content-Type: application/json"},
		"plain text":           {"POST", good, []string{"Content-Type: text/plain"}, 415, "application/json"},
		"multipart":            {"POST", good, []string{"Content-Type: multipart/form-data; boundary=x"}, 415, "application/json"},
		"GraphQL media type":   {"POST", "{who}", []string{"Content-Type: application/graphql"}, 415, "application/json"},
		"no media type":        {"POST", good, nil, 415, "application/json"},
		"two media types":      {"POST", good, []string{asJSON, "Content-Type: text/plain"}, 415, "application/json"},
		"latin-1":              {"POST", good, []string{"Content-Type: application/json; charset=iso-8859-1"}, 415, "UTF-8"},
		"another name of it":   {"POST", good, []string{"Content-Type: application/json; charset=utf8"}, 415, "UTF-8"},
		"byte order mark":      {"POST", "\uFEFF" + good, []string{asJSON}, 400, "byte order mark"},
		"BOM after spaces":     {"POST", "\n\uFEFF" + good, []string{asJSON}, 400, "byte order mark"},
		"UTF-16":               {"POST", "{\x00\"\x00q\x00", []string{asJSON}, 400, "not one JSON object"},
		"compressed":           {"POST", good, []string{asJSON, "Content-Encoding: gzip"}, 415, "uncompressed"},
		"too large":            {"POST", `{"query":"` + strings.Repeat(" ", 5000) + `"}`, []string{asJSON}, 413, "too large"},
		"empty":                {"POST", "", []string{asJSON}, 400, "no body"},
		"not JSON":             {"POST", "{who}", []string{asJSON}, 400, "not one JSON object"},
		"trailing":             {"POST", good + good, []string{asJSON}, 400, "not one JSON object"},
		"trailing garbage":     {"POST", good + " x", []string{asJSON}, 400, "not one JSON object"},
		"batch":                {"POST", "[" + good + "]", []string{asJSON}, 400, "Batches are not supported"},
		"a string":             {"POST", `"{who}"`, []string{asJSON}, 400, "must be a JSON object"},
		"null":                 {"POST", `null`, []string{asJSON}, 400, "must be a JSON object"},
		"broken UTF-8":         {"POST", "{\"query\":\"{who}\xff\"}", []string{asJSON}, 400, "UTF-8"},
		"no query":             {"POST", `{"variables":{}}`, []string{asJSON}, 400, `member \"query\"`},
		"blank query":          {"POST", `{"query":" "}`, []string{asJSON}, 400, `member \"query\"`},
		"query in capitals":    {"POST", `{"QUERY":"{who}"}`, []string{asJSON}, 400, `almost like \"query\"`},
		"query twice":          {"POST", `{"query":"{who}","query":"{who}"}`, []string{asJSON}, 400, `\"query\" may be given once`},
		"query twice, escaped": {"POST", `{"query":"{who}","\u0071uery":"{who}"}`, []string{asJSON}, 400, `\"query\" may be given once`},
		"variables twice":      {"POST", `{"query":"{who}","variables":null,"variables":{}}`, []string{asJSON}, 400, `\"variables\" may be given once`},
		"query in both cases":  {"POST", `{"query":"{who}","Query":"{who}"}`, []string{asJSON}, 400, `almost like \"query\"`},
		"a long s":             {"POST", `{"query":"{who}","exten\u017fions":{}}`, []string{asJSON}, 400, `almost like \"extensions\"`},
		"another member twice": {"POST", `{"query":"{who}","id":1,"id":2}`, []string{asJSON}, 400, "Each member of the request may be given once"},
		"query is a number":    {"POST", `{"query":5}`, []string{asJSON}, 400, `member \"query\"`},
		"variables are a list": {"POST", `{"query":"{who}","variables":[1]}`, []string{asJSON}, 400, `\"variables\" must be an object`},
		"variables are text":   {"POST", `{"query":"{who}","variables":"{}"}`, []string{asJSON}, 400, `\"variables\" must be an object`},
		"operationName":        {"POST", `{"query":"{who}","operationName":{}}`, []string{asJSON}, 400, `\"operationName\" must be`},
		"extensions":           {"POST", `{"query":"{who}","extensions":1}`, []string{asJSON}, 400, `\"extensions\" must be`},
		"GET with a query":     {"GET", "", nil, 400, "GraphQL-Require-Preflight: 1"},
		"PUT":                  {"PUT", good, []string{asJSON}, 405, "by POST"},
		"accepts images":       {"POST", good, []string{asJSON, "Accept: image/png"}, 406, "application/json"},
		"accepts another code": {"POST", good, []string{asJSON, "Accept: application/json; charset=iso-8859-1"}, 406, "application/json"},
		"accepts neither":      {"POST", good, []string{asJSON, "Accept: */*;q=0"}, 406, "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			to := url
			if each.method == "GET" {
				to += "?query={who}"
			}
			a := send(t, each.method, to, each.body, each.headers...)
			if a.status != each.status || a.code != "BAD_USER_INPUT" || !strings.Contains(a.body, each.says) {
				t.Errorf("%d %s %s, want %d and %q", a.status, a.code, a.body, each.status, each.says)
			}
			if !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
				t.Errorf("content type %q", a.header.Get("Content-Type"))
			}
			if a.status == 405 && a.header.Get("Allow") != "GET, HEAD, POST, OPTIONS" {
				t.Errorf("Allow: %q", a.header.Get("Allow"))
			}
		})
	}
}

func TestRequestsThatAreTaken(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{}) + "/graphql"
	for name, body := range map[string]string{
		"plain":           `{"query":"{who}"}`,
		"spaces around":   " \n{\"query\":\"{who}\"}\r\n ",
		"nulls":           `{"query":"{who}","variables":null,"operationName":null,"extensions":null}`,
		"unknown members": `{"query":"{who}","id":1,"doc_id":"x"}`,
		"variables":       `{"query":"query($x:Int){who(x:$x)}","variables":{"x":3}}`,
	} {
		if a := send(t, "POST", url, body, "Content-Type: application/json; charset=UTF-8"); a.status != 200 || a.body != `{"data":{"who":"local"}}` {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestBrowserThatOpensTheAPIIsShownThePage(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{})
	a := send(t, "GET", url+"/graphql", "", "Accept: text/html,application/xhtml+xml")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/" {
		t.Errorf("%d to %q", a.status, a.header.Get("Location"))
	}
}

func TestAnswersMediaTypeFollowsAccept(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{}) + "/graphql"
	const plain, rich = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"
	for accept, want := range map[string]string{
		"":                                  plain,
		"*/*":                               plain,
		"application/*":                     plain,
		"application/json":                  plain,
		"application/graphql-response+json": rich,
		"application/graphql-response+json, application/json;q=0.9":              rich,
		"application/json, application/graphql-response+json":                    rich,
		"application/json, application/graphql-response+json;q=0.5":              plain,
		"application/graphql-response+json;q=0, */*":                             plain,
		"application/json;q=0, */*;q=0.1":                                        rich,
		"application/json; charset=utf-8":                                        plain,
		"application/graphql-response+json; charset=UTF-8; q=0.5, */*;q=0.1":     rich,
		"application/graphql-response+json; charset=utf-16, */*":                 plain,
		"application/graphql-response+json;q=0.5, application/*;q=0.5":           rich,
		"APPLICATION/GraphQL-Response+JSON":                                      rich,
		"text/html, application/graphql-response+json;q=0.8, */*;q=0.7":          rich,
		"application/graphql-response+json;q=nonsense, application/json;q=0.001": plain,
	} {
		headers := []string{asJSON}
		if accept != "" {
			headers = append(headers, "Accept: "+accept)
		}
		a := send(t, "POST", url, ask("{who}"), headers...)
		if got := a.header.Get("Content-Type"); a.status != 200 || got != want {
			t.Errorf("Accept %q: %d %q, want %q", accept, a.status, got, want)
		}
		broken := send(t, "POST", url, ask("{nothing}"), headers...)
		if status := map[string]int{plain: 200, rich: 400}[want]; broken.status != status || broken.code != "BAD_USER_INPUT" || strings.Contains(broken.body, `"data"`) {
			t.Errorf("Accept %q, invalid document: %d %s", accept, broken.status, broken.body)
		}
	}
}

func TestAnswersInPartHaveAStatusOfTheirOwn(t *testing.T) {
	const plain, rich = "Accept: application/json", "Accept: application/graphql-response+json"
	wrong := gqlerror.Errorf("down")
	for name, each := range map[string]struct {
		es           tiny
		accept       string
		protocol     server.Protocol
		status       int
		data, refuse bool
	}{
		"whole":                    {answering(`{"who":"x"}`, nil), rich, server.Protocol{}, 200, true, false},
		"in part":                  {answering(`{"who":null}`, nil, wrong), rich, server.Protocol{}, 294, true, true},
		"nothing of it":            {answering(`null`, nil, wrong), rich, server.Protocol{}, 294, true, true},
		"in part, as JSON":         {answering(`{"who":null}`, nil, wrong), plain, server.Protocol{}, 200, true, true},
		"nothing of it, as JSON":   {answering(`null`, nil, wrong), plain, server.Protocol{}, 200, true, true},
		"in part, for old proxies": {answering(`{"who":null}`, nil, wrong), rich, server.Protocol{NoPartialStatus: true}, 200, true, true},
		"refused by a header":      {answering(``, nil, wrong), rich, server.Protocol{}, 400, false, true},
		"refused by one, as JSON":  {answering(``, nil, wrong), plain, server.Protocol{}, 200, false, true},
		"refused, for old proxies": {answering(``, nil, wrong), rich, server.Protocol{NoPartialStatus: true}, 400, false, true},
	} {
		url := start(t, speaking(each.es, server.Limits{}, each.protocol), server.Options{}) + "/graphql"
		a := send(t, "POST", url, ask("{who}"), asJSON, each.accept)
		if a.status != each.status || strings.Contains(a.body, `"data"`) != each.data || strings.Contains(a.body, `"errors"`) != each.refuse {
			t.Errorf("%s: %d %s, want %d", name, a.status, a.body, each.status)
		}
		if got, want := a.header.Get("Content-Type"), strings.TrimPrefix(each.accept, "Accept: ")+"; charset=utf-8"; got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestErrorsNeverRepeatTheRequest(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{BodyBytes: 2048}), server.Options{}) + "/graphql"
	const secret = "hunter2hunter2"
	for _, body := range []string{secret, `{"query":"{who}","variables":"` + secret + `"}`, `{"query":"{who}"}` + secret, `[` + secret, `{"` + secret + `": }`} {
		if a := send(t, "POST", url, body, asJSON); a.status != 400 || strings.Contains(a.body, secret) {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}

// endless is a body that never ends, and counts what was taken of it.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += int64(len(p))
	return len(p), nil
}

func TestHugeBodyIsNotReadToItsEnd(t *testing.T) {
	body := &endless{}
	r := httptest.NewRequest("POST", "http://localhost/graphql", body)
	r.Header.Set("Content-Type", "application/json")
	r.ContentLength = -1
	w := httptest.NewRecorder()
	api(tiny{}, server.Limits{BodyBytes: 1 << 20}).ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge || body.read > 4<<20 {
		t.Errorf("%d after %d bytes", w.Code, body.read)
	}
}

func TestOperationHasADeadline(t *testing.T) {
	var left time.Duration
	es := tiny{exec: func(ctx context.Context) *graphql.Response {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
		return &graphql.Response{Data: []byte(`{}`)}
	}}
	url := start(t, api(es, server.Limits{Timeout: 7 * time.Second}), server.Options{})
	if a := send(t, "POST", url+"/graphql", ask("{who}"), asJSON); a.status != 200 || left <= 0 || left > 7*time.Second {
		t.Errorf("%d, %s left", a.status, left)
	}
	url = start(t, api(es, server.Limits{Timeout: time.Nanosecond}), server.Options{})
	if a := send(t, "POST", url+"/graphql", ask("{who}"), asJSON); a.status != 503 || a.code != "RATE_LIMITED" {
		t.Errorf("an operation that could not begin: %d %s", a.status, a.body)
	}
}

func TestManyErrorsAreCutShort(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{}) + "/graphql"
	var q strings.Builder
	for i := range 300 {
		fmt.Fprintf(&q, " f%d", i)
	}
	a := send(t, "POST", url, ask("{"+q.String()+"}"), asJSON)
	if n := strings.Count(a.body, `"message"`); n != 21 || !strings.Contains(a.body, "and 280 more errors") {
		t.Errorf("%d errors in %d bytes", n, len(a.body))
	}
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"query":"{who}"}`, `[]`, `{"query":"{self{self{who}}}","variables":{"x":1e999}}`, `{"query":"\ud800"}`, "\xff", `{"query":"query A{who} query B{who}","operationName":"B"}`, `{"query":"fragment F on Query{...F} {...F}"}`,
		`{"query":"{who}","variables":{"a":[{"b":1,"b":2}]}}`, `{"query":"{who}","variables":{"x":1e999,"y":"\ud83c\udfc3"}}`,
		`{"query":"{who}","query":"{self{who}}"}`, `{"query":"{who}","\u0051uery":1}`, ` {"id":1,"query":"{who}","id":[]}`} {
		f.Add([]byte(seed))
	}
	h := api(tiny{}, server.Limits{BodyBytes: 4096, Depth: 5, Repeats: 3, Fields: 100, Tokens: 200})
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest("POST", "http://localhost/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if out := w.Body.String(); !strings.HasPrefix(out, `{"data":`) && !strings.Contains(out, `"code":"`) {
			t.Fatalf("an uncoded answer: %s", out)
		}
		if !strings.HasPrefix(w.Body.String(), `{"data":`) {
			return
		}
		// Nothing was lost in reading: as many members as were written are there, and every character is whole.
		var value any
		if d := json.NewDecoder(bytes.NewReader(body)); true {
			d.UseNumber()
			if err := d.Decode(&value); err != nil {
				t.Fatalf("%s was executed: %v", body, err)
			}
		}
		again, err := json.Marshal(value)
		if err != nil || colons(again) != colons(body) || bytes.Count(again, []byte("\uFFFD")) > bytes.Count(body, []byte("\uFFFD"))+bytes.Count(bytes.ToLower(body), []byte(`\ufffd`)) {
			t.Fatalf("%s was executed, and read as %s", body, again)
		}
		// Of a body that is executed there is one reading: with another query before its own, in any spelling, it is refused.
		_, rest, _ := bytes.Cut(body, []byte("{"))
		for _, name := range []string{`query`, `Query`, `\u0071uery`, `\u0051UERY`} {
			r := httptest.NewRequest("POST", "http://localhost/graphql", strings.NewReader(`{"`+name+`":"{who}",`+string(rest)))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code < 400 || strings.HasPrefix(w.Body.String(), `{"data":`) {
				t.Fatalf("with %s as well: %d %s", name, w.Code, w.Body)
			}
		}
	})
}

// colons counts the members of all objects in valid JSON.
func colons(text []byte) int {
	n, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && text[i] == ':':
			n++
		}
	}
	return n
}
