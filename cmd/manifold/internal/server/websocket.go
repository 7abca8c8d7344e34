package server

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"github.com/manifold-graph/manifold/graph/fault"
)

const (
	// socketProtocol is the WebSocket subprotocol that is spoken, legacyProtocol the older one that once had the name of the
	// library which now speaks the other.
	socketProtocol = "graphql-transport-ws"
	legacyProtocol = "graphql-ws"
	// envelopeBytes are what a message has beside the request in it.
	envelopeBytes = 4 << 10
)

// webSocket is GraphQL over WebSocket. Browsers send an upgrade for any page, but always with the page's origin, which is
// judged before anything gets here.
type webSocket struct{ transport }

var _ graphql.Transport = webSocket{}

// Supports implements graphql.Transport.
func (webSocket) Supports(r *http.Request) bool { return upgrades(r) }

// upgrades tells whether r asks for a WebSocket.
func upgrades(r *http.Request) bool {
	return r.Method == http.MethodGet && slices.ContainsFunc(tokens(r.Header, "Upgrade"), func(t string) bool { return strings.EqualFold(t, "websocket") }) &&
		slices.ContainsFunc(tokens(r.Header, "Connection"), func(t string) bool { return strings.EqualFold(t, "Upgrade") })
}

// tokens are the members of a header that is a list.
func tokens(h http.Header, name string) []string {
	var all []string
	for _, line := range h.Values(name) {
		for token := range strings.SplitSeq(line, ",") {
			all = append(all, strings.TrimSpace(token))
		}
	}
	return all
}

// Do implements graphql.Transport.
func (t webSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	s := streamsOf(r.Context())
	if s == nil {
		refuse(w, http.StatusNotImplemented, fault.Internal, "No WebSockets are served here.")
		return
	}
	speaks, wrong := handshake(w, r)
	if wrong != nil {
		refuse(w, wrong.status, wrong.kind(), wrong.message)
		return
	}
	if !s.upgrade() {
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, fault.SourceUnavailable, "This server is shutting down. Connect again.")
		return
	}
	defer s.downgrade(r.Context())
	// Origins are judged already. Compression would cost memory for each connection, and let lengths tell of contents.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{speaks}, InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return // it has been answered
	}
	conn.SetReadLimit(t.bodyBytes + envelopeBytes)
	s.Observer.SocketOpened()
	if speaks == legacyProtocol {
		_ = conn.Close(websocket.StatusCode(closeSubprotocol.code), closeSubprotocol.reason)
		s.Observer.SocketClosed(closeSubprotocol.code)
		return
	}
	newSocket(t.transport, exec, s, conn, r).serve()
}

// handshake tells which subprotocol to answer with. The legacy one is answered, for a browser tells its page no reason
// but that of a close.
func handshake(w http.ResponseWriter, r *http.Request) (speaks string, wrong *badRequest) {
	offered := tokens(r.Header, "Sec-WebSocket-Protocol")
	keys := r.Header.Values("Sec-WebSocket-Key")
	switch {
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		w.Header().Set("Sec-WebSocket-Version", "13")
		return "", &badRequest{http.StatusUpgradeRequired, "WebSockets are spoken in version 13."}
	case len(keys) != 1 || !nonce(keys[0]):
		return "", bad("The upgrade needs one header Sec-WebSocket-Key, of 16 bytes in base64.")
	case slices.Contains(offered, socketProtocol):
		return socketProtocol, nil
	case slices.Contains(offered, legacyProtocol):
		return legacyProtocol, nil
	}
	return "", bad("A WebSocket needs the subprotocol graphql-transport-ws: send \"Sec-WebSocket-Protocol: graphql-transport-ws\".")
}

func nonce(key string) bool {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	return err == nil && len(b) == 16
}
