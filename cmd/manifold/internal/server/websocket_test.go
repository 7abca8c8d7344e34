package server_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// The protocol of graphql-transport-ws as a table: what a client sends after its upgrade, and all that it hears, up to
// the close or the last message that is named.
func TestGraphQLTransportWS(t *testing.T) {
	const start, ack, begin = `{"type":"connection_init"}`, `{"type":"connection_ack"}`, `{"id":"1","type":"subscribe","payload":` + renamed + `}`
	subscribe := func(id, query string) string {
		return fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":%s}`, id, ask(query))
	}
	for name, each := range map[string]struct{ sends, hears []string }{
		"query":                            {[]string{start, subscribe("1", "{who}")}, []string{ack, `{"id":"1","type":"next","payload":{"data":{"who":"local"}}}`, `{"id":"1","type":"complete"}`}},
		"mutation":                         {[]string{start, subscribe("a b", "mutation{rename}")}, []string{ack, `{"id":"a b","type":"next","payload":{"data":`, `{"id":"a b","type":"complete"}`}},
		"id again after complete":          {[]string{start, begin, `{"id":"1","type":"complete"}`, subscribe("1", "{who}")}, []string{ack, `{"id":"1","type":"next","payload":{"data":{"who":`, `{"id":"1","type":"complete"}`}},
		"complete of nothing":              {[]string{start, `{"id":"9","type":"complete"}`, `{"type":"ping"}`}, []string{ack, `{"type":"pong"}`}},
		"complete before all":              {[]string{`{"id":"9","type":"complete"}`, start}, []string{ack}},
		"ping":                             {[]string{`{"type":"ping","payload":{"a":1}}`, start, `{"type":"ping"}`}, []string{`{"type":"pong"}`, ack, `{"type":"pong"}`}},
		"pong unasked":                     {[]string{`{"type":"pong"}`, start, `{"type":"pong","payload":null}`, `{"type":"ping"}`}, []string{ack, `{"type":"pong"}`}},
		"init with payload":                {[]string{`{"type":"connection_init","payload":{"a":[1]}}`}, []string{ack}},
		"init without payload":             {[]string{`{"type":"connection_init","payload":null}`}, []string{ack}},
		"subscribe before init":            {[]string{begin}, []string{"4401 Unauthorized"}},
		"init twice":                       {[]string{start, start}, []string{ack, "4429 Too many initialisation requests"}},
		"id twice":                         {[]string{start, begin, begin}, []string{ack, "4409 Subscriber for this id already exists"}},
		"not valid: error, and no more":    {[]string{start, subscribe("1", "{nothing}")}, []string{ack, `{"id":"1","type":"error","payload":[{"message":`}},
		"no such operation":                {[]string{start, `{"id":"1","type":"subscribe","payload":{"query":"query A{who}","operationName":"B"}}`}, []string{ack, `{"id":"1","type":"error","payload":[{"message":`}},
		"refused by its resolver":          {[]string{start, subscribe("1", "subscription Refused{renamed}")}, []string{ack, `{"id":"1","type":"error","payload":[{"message":"input: no such thing","extensions":{"code":`}},
		"too much JSON":                    {[]string{start, `{"id":"1","type":"subscribe","payload":{"query":"{who}","variables":{"x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}}}`}, []string{ack, `{"id":"1","type":"error","payload":[{"message":`}},
		"not JSON":                         {[]string{"secret"}, []string{"4400 Invalid message"}},
		"empty":                            {[]string{""}, []string{"4400 Invalid message"}},
		"list":                             {[]string{"[" + start + "]"}, []string{"4400 Invalid message"}},
		"two messages in one":              {[]string{start + start}, []string{"4400 Invalid message"}},
		"not UTF-8":                        {[]string{"{\"type\":\"connection_init\",\"x\":\"\xff\"}"}, []string{"4400 Invalid message"}},
		"no type":                          {[]string{`{"id":"1"}`}, []string{"4400 Invalid message"}},
		"type in capitals":                 {[]string{`{"Type":"connection_init"}`}, []string{"4400 Invalid message"}},
		"type twice":                       {[]string{`{"type":"ping","type":"connection_init"}`}, []string{"4400 Invalid message"}},
		"type of no string":                {[]string{`{"type":7}`}, []string{"4400 Invalid message"}},
		"unknown type":                     {[]string{start, `{"type":"secret"}`}, []string{ack, "4400 Invalid message"}},
		"type of the legacy protocol":      {[]string{start, `{"id":"1","type":"start","payload":` + renamed + `}`}, []string{ack, "4400 Invalid message"}},
		"type of the server's":             {[]string{`{"type":"connection_ack"}`}, []string{"4400 Invalid message"}},
		"init with a list":                 {[]string{`{"type":"connection_init","payload":[]}`}, []string{"4400 Invalid message"}},
		"ping with a string":               {[]string{`{"type":"ping","payload":"x"}`}, []string{"4400 Invalid message"}},
		"subscribe without id":             {[]string{start, `{"type":"subscribe","payload":` + renamed + `}`}, []string{ack, "4400 Invalid message: id"}},
		"subscribe with empty id":          {[]string{start, `{"id":"","type":"subscribe","payload":` + renamed + `}`}, []string{ack, "4400 Invalid message: id"}},
		"subscribe with a number":          {[]string{start, `{"id":1,"type":"subscribe","payload":` + renamed + `}`}, []string{ack, "4400 Invalid message: id"}},
		"subscribe with a long id":         {[]string{start, `{"id":"` + strings.Repeat("x", 129) + `","type":"subscribe","payload":` + renamed + `}`}, []string{ack, "4400 Invalid message: id"}},
		"subscribe without payload":        {[]string{start, `{"id":"1","type":"subscribe"}`}, []string{ack, "4400 Invalid message: its payload"}},
		"subscribe without query":          {[]string{start, `{"id":"1","type":"subscribe","payload":{"variables":{}}}`}, []string{ack, "4400 Invalid message: its payload"}},
		"subscribe with odd variables":     {[]string{start, `{"id":"1","type":"subscribe","payload":{"query":"{who}","variables":[]}}`}, []string{ack, "4400 Invalid message: its payload"}},
		"credential of no string":          {[]string{`{"type":"connection_init","payload":{"authorization":7}}`}, []string{"4400 Invalid message: its payload"}},
		"two credentials in other letters": {[]string{`{"type":"connection_init","payload":{"x-api-key":"a","X-Api-Key":"b"}}`}, []string{"4403 Forbidden: there are two"}},
	} {
		t.Run(name, func(t *testing.T) {
			es := newTicker()
			w := speak(t, nil, start1(t, es.handler(server.Limits{}), server.Options{}))
			for _, text := range each.sends {
				w.send(text)
			}
			for _, want := range each.hears {
				got := w.hear()
				if !strings.HasPrefix(got, want) || strings.Contains(got, "secret") {
					t.Fatalf("got %s, want %s", got, want)
				}
			}
		})
	}
}

func start1(t testing.TB, h http.Handler, o server.Options) string {
	return start(t, h, o) + "/graphql"
}

func TestSocketCarriesEventsUntilTheyEnd(t *testing.T) {
	es, saw := newTicker(), &watched{}
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		es.events = make(chan string)
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{Streams: server.Streams{Observer: saw}, Log: server.NewLogger(&log, "info", "text")})
		defer stop()
		w := speak(t, client, "ws://localhost/graphql").ready()
		w.send(`{"id":"1","type":"subscribe","payload":{"query":"subscription News{renamed}"}}`)
		for _, to := range []string{"a", "<b>", "\u2028"} {
			es.events <- to
			w.expect(fmt.Sprintf(`{"id":"1","type":"next","payload":{"data":{"renamed":`))
		}
		close(es.events)
		w.expect(`{"id":"1","type":"complete"}`)
		_ = w.conn.Close(websocket.StatusNormalClosure, "")
		synctest.Wait()
		if es.open.Load() != 0 || saw.count("opened websocket") != 1 || saw.count("closed websocket completed") != 1 || saw.count("event websocket") != 3 || saw.count("socket opened") != 1 || saw.count("socket closed 0") != 1 {
			t.Errorf("%d are open: %v", es.open.Load(), saw.saw)
		}
		if !strings.Contains(log.String(), "msg=operation transport=websocket") || !strings.Contains(log.String(), "outcome=ok type=subscription operation=News events=3 ended=completed") || strings.Count(log.String(), "request_id=") != 2 {
			t.Errorf("the log: %s", &log)
		}
	})
}

func TestCompleteFromTheClientEndsWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		es, saw := newTicker(), &watched{}
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{Streams: server.Streams{Observer: saw}})
		defer stop()
		w := speak(t, client, "ws://localhost/graphql").ready()
		w.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
		synctest.Wait()
		if es.open.Load() != 1 {
			t.Fatal("it does not run")
		}
		w.send(`{"id":"1","type":"complete"}`)
		synctest.Wait()
		if es.open.Load() != 0 || saw.count("closed websocket client") != 1 {
			t.Errorf("%d are open: %v", es.open.Load(), saw.saw)
		}
		w.send(`{"type":"ping"}`) // nothing was said of the operation
		w.expect(`{"type":"pong"}`)
		_ = w.conn.CloseNow()
	})
}

func TestSocketIsGivenUpWhenNothingIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		es, saw := newTicker(), &watched{}
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{Streams: server.Streams{Observer: saw}})
		defer stop()
		begun := time.Now()
		mute := speak(t, client, "ws://localhost/graphql")
		mute.expect("4408 Connection initialisation timeout")
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("without connection_init it was closed after %s", took)
		}
		// One that reads answers pings by itself, for as long as it likes.
		w := speak(t, client, "ws://localhost/graphql").ready()
		w.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
		heard := make(chan string)
		go func() { heard <- w.hear() }()
		time.Sleep(time.Hour)
		es.events <- "late"
		if got := <-heard; !strings.Contains(got, "late") {
			t.Error(got)
		}
		// It reads no more.
		silent := time.Now()
		time.Sleep(26 * time.Second)
		synctest.Wait()
		if es.open.Load() != 0 || saw.count("closed websocket client")+saw.count("closed websocket slow") != 1 {
			t.Errorf("%s after the last word %d are open: %v", time.Since(silent), es.open.Load(), saw.saw)
		}
		_ = w.conn.CloseNow()
	})
}

// Over a pipe nothing is buffered: who does not read holds up what is written at once.
func TestStalledSocketIsCutOffAndOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stalling, going := newTicker(), newTicker()
		saw := &watched{}
		o := server.Options{Streams: server.Streams{Observer: saw, Beat: time.Hour}}
		client, stop := faked(t, stalling.handler(server.Limits{}), o)
		defer stop()
		w := speak(t, client, "ws://localhost/graphql").ready()
		w.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
		w.send(`{"id":"2","type":"subscribe","payload":` + renamed + `}`)
		stalling.events <- "a" // is written, and not read
		stalling.events <- "b" // waits behind it
		client, stopOther := faked(t, going.handler(server.Limits{}), server.Options{})
		defer stopOther()
		other := speak(t, client, "ws://localhost/graphql").ready()
		other.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
		for range 20 {
			time.Sleep(time.Second)
			going.events <- "on"
			other.expect(`{"id":"1","type":"next"`)
		}
		if stalling.open.Load() != 0 || saw.count("closed websocket slow") != 2 {
			t.Errorf("%d are open: %v", stalling.open.Load(), saw.saw)
		}
		_, _ = w.conn.CloseNow(), other.conn.CloseNow()
	})
}

func TestOneSocketHasSoManyOperations(t *testing.T) {
	es := newTicker()
	w := speak(t, nil, start1(t, es.handler(server.Limits{}), server.Options{Streams: server.Streams{PerSocket: 2, Subscriptions: 6}})).ready()
	for _, id := range []string{"1", "2", "3"} {
		w.send(`{"id":"` + id + `","type":"subscribe","payload":` + renamed + `}`)
	}
	w.expect(`{"id":"3","type":"error","payload":[{"message":"Too many operations are open on this connection. Complete some first.","extensions":{"code":"RATE_LIMITED"}}]}`)
	w.send(`{"type":"ping"}`)
	w.expect(`{"type":"pong"}`)
}

func TestSubscriptionsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		es := newTicker()
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{
			Streams: server.Streams{Subscriptions: 3}, Authenticator: known(t, keys...), Connections: 4,
		})
		defer stop()
		one := speak(t, client, "ws://localhost/graphql", "X-Api-Key: "+frontend).ready()
		one.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
		synctest.Wait()
		two := speak(t, client, "ws://localhost/graphql", "X-Api-Key: "+frontend).ready()
		two.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
		two.expect(`{"id":"1","type":"error","payload":[{"message":"Too many subscriptions are open.`) // half of three
		three := speak(t, client, "ws://localhost/graphql", "X-Api-Key: "+frontend)
		three.send(`{"type":"connection_init"}`)
		three.expect("1013 This client has too many connections") // half of four
		other := speak(t, client, "ws://localhost/graphql", "X-Api-Key: "+admin).ready()
		other.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
		synctest.Wait()
		if es.open.Load() != 2 {
			t.Errorf("%d are open", es.open.Load())
		}
		one.send(`{"id":"1","type":"complete"}`)
		synctest.Wait()
		two.send(`{"id":"2","type":"subscribe","payload":` + renamed + `}`)
		synctest.Wait()
		if es.open.Load() != 2 {
			t.Errorf("%d are open", es.open.Load())
		}
		for _, w := range []wire{one, two, three, other} {
			_ = w.conn.CloseNow()
		}
	})
}

func TestUpgradesThatAreRefused(t *testing.T) {
	es := newTicker()
	url := start1(t, es.handler(server.Limits{}), server.Options{Origins: []string{"https://admin.example.com"}, Authenticator: known(t, keys...)})
	upgrade := []string{"Connection: keep-alive, Upgrade", "Upgrade: WebSocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol: graphql-transport-ws"}
	without := func(name string, more ...string) []string {
		var out []string
		for _, h := range upgrade {
			if !strings.HasPrefix(h, name+": ") {
				out = append(out, h)
			}
		}
		return append(out, more...)
	}
	for name, each := range map[string]struct {
		headers []string
		status  int
		code    string
	}{
		"no subprotocol":           {without("Sec-WebSocket-Protocol"), 400, "BAD_USER_INPUT"},
		"another subprotocol":      {without("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: mqtt"), 400, "BAD_USER_INPUT"},
		"older version":            {without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"), 426, "BAD_USER_INPUT"},
		"no key":                   {without("Sec-WebSocket-Key"), 400, "BAD_USER_INPUT"},
		"short key":                {without("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAA"), 400, "BAD_USER_INPUT"},
		"foreign page":             {append(upgrade, "Origin: https://evil.example"), 403, "FORBIDDEN"},
		"sandboxed page":           {append(upgrade, "Origin: null"), 403, "FORBIDDEN"},
		"allowed page in clear":    {append(upgrade, "Origin: http://admin.example.com"), 403, "FORBIDDEN"},
		"rebound name":             {append(upgrade, "Host: evil.example"), 421, "FORBIDDEN"},
		"wrong key in a header":    {append(upgrade, "X-Api-Key: nobody's"), 401, "UNAUTHENTICATED"},
		"another scheme":           {append(upgrade, "Authorization: Basic x"), 401, "UNAUTHENTICATED"},
		"no upgrade":               {without("Connection"), 401, "UNAUTHENTICATED"},
		"upgrade to another thing": {without("Upgrade", "Upgrade: h2c"), 401, "UNAUTHENTICATED"},
	} {
		if a := send(t, "GET", url, "", each.headers...); a.status != each.status || a.code != each.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := send(t, "POST", url, ask("{who}"), append(upgrade, asJSON)...); a.status != 401 {
		t.Errorf("a POST that asks for an upgrade: %d %s", a.status, a.body)
	}
	if a := send(t, "GET", strings.TrimSuffix(url, "/graphql")+"/metrics", "", upgrade...); a.status == 200 {
		t.Errorf("another address: %d", a.status)
	}
	speak(t, nil, url, "Origin: https://admin.example.com", "X-Api-Key: "+frontend).ready()
	_, resp, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{Subprotocols: []string{"graphql-ws"}, HTTPHeader: http.Header{"X-Api-Key": {frontend}}})
	if err != nil || resp.StatusCode != 101 {
		t.Fatal(err)
	}
	if es.executed.Load() != 0 {
		t.Error("something was executed")
	}
}

func TestLegacyProtocolIsToldWhichOneToSpeak(t *testing.T) {
	es := newTicker()
	conn, _, err := websocket.Dial(t.Context(), start1(t, es.handler(server.Limits{}), server.Options{}), &websocket.DialOptions{Subprotocols: []string{"graphql-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	wire{t, conn}.expect("4406 The subprotocol graphql-ws is not spoken here. Use graphql-transport-ws.")
}

func TestLargeMessageEndsTheSocket(t *testing.T) {
	es := newTicker()
	url := start1(t, es.handler(server.Limits{BodyBytes: 10 << 10}), server.Options{})
	w := speak(t, nil, url).ready()
	w.send(`{"id":"1","type":"subscribe","payload":{"query":"{who}` + strings.Repeat(" ", 9<<10) + `"}}`)
	w.expect(`{"id":"1","type":"next"`, `{"id":"1","type":"complete"`)
	w.send(`{"id":"1","type":"subscribe","payload":{"query":"{who}` + strings.Repeat(" ", 16<<10) + `"}}`)
	w.expect("1009 ")
	b := speak(t, nil, url)
	if err := b.conn.Write(context.Background(), websocket.MessageBinary, []byte(`{"type":"connection_init"}`)); err != nil {
		t.Fatal(err)
	}
	b.expect("4400 Invalid message: send text")
}
