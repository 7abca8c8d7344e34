package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/fault"
)

const asEvents = "Accept: text/event-stream"

// listen opens an event stream and reads its headers and first comment.
func listen(t testing.TB, client *http.Client, url, query string) (*http.Response, *bufio.Reader) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(ask(query)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewReader(resp.Body)
	expectLines(t, lines, ":", "")
	return resp, lines
}

func expectLines(t testing.TB, from *bufio.Reader, want ...string) {
	t.Helper()
	for _, each := range want {
		if got, err := from.ReadString('\n'); strings.TrimSuffix(got, "\n") != each {
			t.Fatalf("got %q (%v), want %q", got, err, each)
		}
	}
}

func TestEventStreamFollowsTheProtocol(t *testing.T) {
	es := newTicker()
	close(es.events)
	url := start1(t, es.handler(server.Limits{}), server.Options{})
	const done = "event: complete\ndata: \n\n"
	get := func(query string) string { return url + in(query) }
	own := []string{asEvents, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"}
	but := func(name, value string) []string {
		out := []string{}
		for _, h := range own {
			if strings.HasPrefix(h, name+":") {
				h = name + ": " + value
			}
			if value != "" || !strings.HasPrefix(h, name+":") {
				out = append(out, h)
			}
		}
		return out
	}
	for name, each := range map[string]struct {
		method, url, body string
		headers           []string
		status            int
		says              string
	}{
		"subscription":               {"POST", url, renamed, []string{asJSON, asEvents}, 200, ":\n\n" + done},
		"query":                      {"POST", url, ask("{who}"), []string{asJSON, asEvents}, 200, ":\n\nevent: next\ndata: {\"data\":{\"who\":\"local\"}}\n\n" + done},
		"mutation":                   {"POST", url, ask("mutation{rename}"), []string{asJSON, asEvents}, 200, ":\n\nevent: next\ndata: {\"data\":"},
		"not valid":                  {"POST", url, ask("{nothing}"), []string{asJSON, asEvents}, 200, ":\n\nevent: next\ndata: {\"errors\":[{\"message\":"},
		"refused by its resolver":    {"POST", url, ask("subscription Refused{renamed}"), []string{asJSON, asEvents}, 200, ":\n\nevent: next\ndata: {\"errors\":[{\"message\":"},
		"liked no more than JSON":    {"POST", url, ask("{who}"), []string{asJSON, "Accept: application/json, text/event-stream"}, 200, `{"data":`},
		"subscription, likewise":     {"POST", url, renamed, []string{asJSON, "Accept: application/graphql-response+json, application/json, text/event-stream, multipart/mixed"}, 200, ":\n\n" + done},
		"liked better":               {"POST", url, ask("{who}"), []string{asJSON, "Accept: application/json;q=0.5, text/event-stream"}, 200, ":\n\nevent"},
		"subscription, JSON alone":   {"POST", url, renamed, []string{asJSON, "Accept: application/json"}, 400, `{"errors":`},
		"subscription, anything":     {"POST", url, renamed, []string{asJSON, "Accept: */*"}, 400, `{"errors":`},
		"not liked":                  {"POST", url, renamed, []string{asJSON, "Accept: text/event-stream;q=0, */*"}, 400, `{"errors":`},
		"broken body":                {"POST", url, "{", []string{asJSON, asEvents}, 400, `{"errors":`},
		"form":                       {"POST", url, renamed, []string{asEvents, "Content-Type: text/plain"}, 415, `{"errors":`},
		"GET with a header":          {"GET", get("subscription{renamed}"), "", []string{asEvents, preflight}, 200, ":\n\n" + done},
		"EventSource of own page":    {"GET", get("subscription{renamed}"), "", own, 200, ":\n\n" + done},
		"GET that any page can send": {"GET", get("subscription{renamed}"), "", []string{asEvents}, 400, `{"errors":`},
		"of another site":            {"GET", get("subscription{renamed}"), "", but("Sec-Fetch-Site", "cross-site"), 400, `{"errors":`},
		"of a sibling":               {"GET", get("subscription{renamed}"), "", but("Sec-Fetch-Site", "same-site"), 400, `{"errors":`},
		"typed in":                   {"GET", get("subscription{renamed}"), "", but("Sec-Fetch-Site", "none"), 400, `{"errors":`},
		"navigation":                 {"GET", get("subscription{renamed}"), "", but("Sec-Fetch-Mode", "navigate"), 400, `{"errors":`},
		"image":                      {"GET", get("subscription{renamed}"), "", but("Sec-Fetch-Dest", "image"), 400, `{"errors":`},
		"older browser":              {"GET", get("subscription{renamed}"), "", but("Sec-Fetch-Mode", ""), 400, `{"errors":`},
		"own page, foreign origin":   {"GET", get("subscription{renamed}"), "", append(own, "Origin: https://evil.example"), 403, `{"errors":`},
		"own page asks for JSON":     {"GET", get("{who}"), "", but("Accept", "application/json"), 400, `{"errors":`},
		"mutation by GET":            {"GET", get("mutation{rename}"), "", own, 200, ":\n\nevent: next\ndata: {\"errors\":[{\"message\":\"A GET may only ask."},
		"another method":             {"PUT", url, renamed, []string{asJSON, asEvents}, 405, `{"errors":`},
	} {
		t.Run(name, func(t *testing.T) {
			es.executed.Store(0)
			a := send(t, each.method, each.url, each.body, each.headers...)
			if a.status != each.status || !strings.HasPrefix(a.body, each.says) {
				t.Fatalf("%d %q, want %d %q", a.status, a.body, each.status, each.says)
			}
			if a.status >= 400 && es.executed.Load() != 0 {
				t.Error("it was executed")
			}
			if strings.HasPrefix(a.body, ":") {
				if !strings.HasSuffix(a.body, done) || a.header.Get("Content-Type") != "text/event-stream; charset=utf-8" ||
					a.header.Get("X-Accel-Buffering") != "no" || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
					t.Errorf("%q %v", a.body, a.header)
				}
			}
		})
	}
}

func TestEventStreamLastsLongerThanRequests(t *testing.T) {
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		es, saw := newTicker(), &watched{}
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{Streams: server.Streams{Observer: saw}, Log: server.NewLogger(&log, "info", "text")})
		defer stop()
		_, lines := listen(t, client, "http://localhost/graphql", "subscription News{renamed}")
		for range 40 { // 10 minutes, which is more than reading and writing a request may take
			expectLines(t, lines, ":", "")
		}
		es.events <- "a"
		expectLines(t, lines, "event: next", `data: {"data":{"renamed":"a"}}`, "")
		close(es.events)
		expectLines(t, lines, "event: complete", "data: ", "")
		if _, err := lines.ReadByte(); err != io.EOF {
			t.Error(err)
		}
		synctest.Wait()
		if es.open.Load() != 0 || saw.count("opened sse") != 1 || saw.count("event sse") != 1 || saw.count("closed sse completed") != 1 {
			t.Errorf("%v", saw.saw)
		}
		if !strings.Contains(log.String(), "outcome=ok type=subscription operation=News events=1 ended=completed") {
			t.Errorf("the log: %s", &log)
		}
	})
}

func TestStalledEventStreamIsCutOffAndOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		es, saw := newTicker(), &watched{}
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{Streams: server.Streams{Observer: saw, Beat: time.Hour}})
		defer stop()
		listen(t, client, "http://localhost/graphql", "subscription{renamed}") // which is not read any more
		// The client's own buffer takes a little.
		for range 2 {
			es.events <- strings.Repeat("x", 64<<10)
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if es.open.Load() != 0 || saw.count("closed sse slow") != 1 {
			t.Errorf("%d are open: %v", es.open.Load(), saw.saw)
		}
		_, lines := listen(t, client, "http://localhost/graphql", "subscription{renamed}")
		es.events <- "on"
		expectLines(t, lines, "event: next", `data: {"data":{"renamed":"on"}}`, "")
	})
}

func TestEventStreamEndsWithItsCredentialAndItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		es, saw, who := newTicker(), &watched{}, &revocable{}
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{Authenticator: who, Streams: server.Streams{Observer: saw, Beat: time.Hour}})
		defer stop()
		gone, _ := listen(t, client, "http://localhost/graphql", "subscription{renamed}")
		_ = gone.Body.Close()
		synctest.Wait()
		if es.open.Load() != 0 || saw.count("closed sse client") != 1 {
			t.Errorf("%d are open: %v", es.open.Load(), saw.saw)
		}
		_, lines := listen(t, client, "http://localhost/graphql", "subscription{renamed}")
		begun := time.Now()
		who.why.Store(fault.New(fault.Unauthenticated, "It was taken away."))
		expectLines(t, lines, "event: next", `data: {"errors":[{"message":"It was taken away.","extensions":{"code":"UNAUTHENTICATED"}}]}`, "", "event: complete", "data: ", "")
		if took := time.Since(begun); took != 15*time.Second {
			t.Errorf("after %s", took)
		}
		synctest.Wait()
		if es.open.Load() != 0 || saw.count("closed sse credential") != 1 {
			t.Errorf("%d are open: %v", es.open.Load(), saw.saw)
		}
	})
}

// Who it is may be told again in a moment: the stream ends without complete, as at a shutdown.
func TestEventStreamIsCutOffWhereNobodyCanTellWhoAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		es, who := newTicker(), &revocable{}
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{Authenticator: who, Streams: server.Streams{Beat: time.Hour}})
		defer stop()
		_, lines := listen(t, client, "http://localhost/graphql", "subscription{renamed}")
		who.why.Store(fault.New(fault.SourceUnavailable, "Nobody can tell."))
		if rest, _ := io.ReadAll(lines); len(rest) > 0 {
			t.Errorf("heard %q", rest)
		}
		synctest.Wait()
		if es.open.Load() != 0 {
			t.Errorf("%d are open", es.open.Load())
		}
	})
}

// One slot for each principal: what waits for events holds none, what makes one does.
func TestSubscriptionsHoldSlotsOnlyWhileTheyAreExecuted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		es := newTicker()
		going := make(chan struct{})
		es.resolving = func(ctx context.Context) {
			select {
			case going <- struct{}{}:
			case <-ctx.Done():
			}
		}
		client, stop := faked(t, es.handler(server.Limits{Concurrent: 2, Timeout: 20 * time.Second}), server.Options{})
		defer stop()
		w := speak(t, client, "ws://localhost/graphql").ready()
		for n := range 5 {
			w.send(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":%s}`, n, renamed))
			synctest.Wait() // it has begun, which takes the slot too
		}
		if es.open.Load() != 5 {
			t.Fatalf("%d are open: they hold slots while they wait", es.open.Load())
		}
		w.send(`{"id":"q","type":"subscribe","payload":{"query":"{who}"}}`)
		w.expect(`{"id":"q","type":"next"`, `{"id":"q","type":"complete"}`)
		es.events <- "a"
		es.events <- "b"
		synctest.Wait() // the first has the slot
		w.send(`{"id":"q","type":"subscribe","payload":{"query":"{who}"}}`)
		w.expect(`{"id":"q","type":"error","payload":[{"message":"Too many operations are running.`)
		<-going
		<-going
		if one, two := w.hear(), w.hear(); !strings.Contains(one+two, `"a"`) || !strings.Contains(one+two, `"b"`) {
			t.Error(one, two)
		}
		// What takes too long is ended, and its slot is free again.
		es.events <- "slow"
		begun := time.Now()
		if got := w.hear(); !strings.Contains(got, `"slow"`) || time.Since(begun) != 20*time.Second {
			t.Errorf("%s after %s", got, time.Since(begun))
		}
		w.send(`{"id":"q","type":"subscribe","payload":{"query":"{who}"}}`)
		w.expect(`{"id":"q","type":"next"`)
		_ = w.conn.CloseNow()
	})
}

func TestPanicOfAnEventEndsItsOperationAlone(t *testing.T) {
	es := newTicker()
	w := speak(t, nil, start1(t, es.handler(server.Limits{}), server.Options{})).ready()
	w.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
	es.events <- "panic"
	w.expect(`{"id":"1","type":"error","payload":[{"message":"Something went wrong inside Manifold.`)
	w.send(`{"id":"1","type":"subscribe","payload":{"query":"{who}"}}`)
	w.expect(`{"id":"1","type":"next"`)
}

// An answer under one of the media types is none to a request for another, whoever keeps it.
func TestEventStreamsSayWhatTheyDependOn(t *testing.T) {
	es := newTicker()
	url := start1(t, es.handler(server.Limits{}), server.Options{})
	for _, headers := range [][]string{{asEvents, preflight}, {asEvents}, {"Accept: application/json", preflight}} {
		vary := strings.Join(send(t, "GET", url+in("{who}"), "", headers...).header.Values("Vary"), ", ")
		for _, name := range []string{"Origin", "Authorization", "X-Api-Key", "Accept", "GraphQL-Require-Preflight"} {
			if !strings.Contains(vary, name) {
				t.Errorf("%v: Vary: %s has no %s", headers, vary, name)
			}
		}
	}
}

// Browsers say no-cache with every upgrade and EventSource, and no page can keep them from it: nobody has asked for
// facts to be read anew, which would be paid for. Whoever says it by itself is heard.
func TestWhatBrowsersSayOfCachesIsNobodysWord(t *testing.T) {
	heard := make(chan string, 1)
	h := api(tiny{exec: func(ctx context.Context) *graphql.Response {
		heard <- graphql.GetOperationContext(ctx).Headers.Get("Cache-Control")
		return &graphql.Response{Data: json.RawMessage(`{"who":"x"}`)}
	}}, server.Limits{})
	url := start1(t, h, server.Options{})
	const said = "Cache-Control: no-cache"
	for name, each := range map[string]struct {
		ask  func()
		want string
	}{
		"WebSocket": {func() {
			w := speak(t, nil, url, said).ready()
			w.send(`{"id":"1","type":"subscribe","payload":{"query":"{who}"}}`)
			w.expect(`{"id":"1","type":"next"`)
		}, ""},
		"EventSource": {func() {
			send(t, "GET", url+in("{who}"), "", asEvents, said, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty")
		}, ""},
		"GET by a client":  {func() { send(t, "GET", url+in("{who}"), "", asEvents, said, preflight) }, "no-cache"},
		"POST by a client": {func() { send(t, "POST", url, ask("{who}"), asJSON, asEvents, said) }, "no-cache"},
	} {
		if each.ask(); <-heard != each.want {
			t.Errorf("%s: heard otherwise than %q", name, each.want)
		}
	}
}
