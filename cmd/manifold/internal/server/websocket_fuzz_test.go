package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// FuzzSocketMessages sends lines as messages, without ever saying who it is. Whatever they are, nothing is executed, and
// nothing but pongs, one acknowledgement of nobody, and a close by one of our codes comes back.
func FuzzSocketMessages(f *testing.F) {
	for _, seed := range []string{
		`{"type":"connection_init"}`, `{"type":"ping"}` + "\n" + `{"type":"ping"}`, `{"id":"1","type":"subscribe","payload":{"query":"{who}"}}`,
		`{"type":"connection_init","payload":{"x-api-key":"secret-0123456789abcdef"}}` + "\n" + `{"id":"1","type":"subscribe","payload":{"query":"{who}"}}`,
		`{"id":"1","type":"complete"}` + "\n[", "\xff", `{"type":"connection_init","payload":{"headers":{"authorization":"Bearer secret"}}}`,
		`{"type":"pong"}` + "\n" + `{"type":"connection_init","payload":[[[[[`, "", "\n\n",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	es := newTicker()
	url := start1(f, es.handler(server.Limits{BodyBytes: 4 << 10}), server.Options{Authenticator: known(f, keys...)})
	transport := &http.Transport{DisableKeepAlives: true}
	f.Fuzz(func(t *testing.T, text []byte, binary bool) {
		conn, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}, Subprotocols: []string{"graphql-transport-ws"}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.CloseNow() }()
		typ := websocket.MessageText
		if binary {
			typ = websocket.MessageBinary
		}
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for message := range bytes.SplitSeq(text, []byte("\n")) {
				if conn.Write(context.Background(), typ, message) != nil {
					return
				}
			}
			_ = conn.Write(context.Background(), websocket.MessageText, []byte("the end"))
		}()
		for {
			_, answer, err := conn.Read(t.Context())
			if err != nil {
				switch code := websocket.CloseStatus(err); code {
				case 4400, 4401, 4403, 1009, 1013:
				default:
					t.Errorf("%d %v", code, err)
				}
				break
			}
			var m struct{ Type string }
			if json.Unmarshal(answer, &m) != nil || m.Type != "pong" {
				t.Errorf("nobody was answered: %s", answer)
			}
		}
		<-sent
		if es.executed.Load() != 0 {
			t.Error("it was executed")
		}
	})
}

// FuzzSocketFrames sends arbitrary bytes where frames belong.
func FuzzSocketFrames(f *testing.F) {
	f.Add([]byte{0x81, 0x82, 0, 0, 0, 0, '{', '}'})
	f.Add([]byte{0x81, 0x02, '{', '}'})
	f.Add([]byte{0x89, 0x80, 0, 0, 0, 0, 0x88, 0x80, 0, 0, 0, 0})
	f.Add([]byte{0x01, 0x81, 0, 0, 0, 0, '{', 0x80, 0x81, 0, 0, 0, 0, '}'})
	f.Add([]byte{0xc1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed})
	es := newTicker()
	url := start1(f, es.handler(server.Limits{BodyBytes: 4 << 10}), server.Options{Authenticator: known(f, keys...)})
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/graphql")
	f.Fuzz(func(t *testing.T, frames []byte) {
		const upgrade = "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
		conn := dial(t, address, upgrade+string(frames))
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if said := rest(t, conn); !strings.HasPrefix(said, "HTTP/1.1 101 ") {
			t.Errorf("%q", said)
		}
		if es.executed.Load() != 0 {
			t.Error("it was executed")
		}
	})
}
