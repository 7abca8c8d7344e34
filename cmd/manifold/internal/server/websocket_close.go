package server

import (
	"github.com/coder/websocket"

	"github.com/manifold-graph/manifold/graph/fault"
)

// closure is how a WebSocket ends. Its reason has 123 bytes at most, and never quotes what was received.
type closure struct {
	// code is that of the close frame; 0: none is sent, for nobody reads.
	code   int
	reason string
	// ended is the same in the words of StreamObserver.
	ended string
}

// Of these codes graphql-ws, which most clients are, tries again after 1001, 1013, 4403 and 4408, and gives up after the
// others. A credential that has ended is therefore 4403: the client asks its page for another one.
var (
	closeGone        = &closure{0, "", "client"}
	closeSlow        = &closure{0, "", "slow"}
	closeShutdown    = &closure{int(websocket.StatusGoingAway), "The server is shutting down.", "shutdown"}
	closeCrowd       = &closure{int(websocket.StatusTryAgainLater), "This client has too many connections open.", "error"}
	closeLimited     = &closure{int(websocket.StatusTryAgainLater), "Too many attempts with a wrong key or token have come from this address.", "credential"}
	closeUnsure      = &closure{int(websocket.StatusTryAgainLater), "Who this is cannot be told now.", "credential"}
	closeTooBig      = &closure{int(websocket.StatusMessageTooBig), "The message is too large.", "client"}
	closeInvalid     = &closure{4400, "Invalid message: not one JSON object with a known type.", "client"}
	closeBinary      = &closure{4400, "Invalid message: send text.", "client"}
	closeID          = &closure{4400, "Invalid message: id must be a string of 1 to 128 bytes.", "client"}
	closePayload     = &closure{4400, "Invalid message: its payload is not of the form that its type has.", "client"}
	closeEarly       = &closure{4401, "Unauthorized: send connection_init, and wait for connection_ack.", "client"}
	closeForbidden   = &closure{4403, "Forbidden: connection_init needs a valid key or token, as Authorization or X-Api-Key.", "credential"}
	closeTwo         = &closure{4403, "Forbidden: there are two different credentials. Send one of them.", "credential"}
	closeSubprotocol = &closure{4406, "The subprotocol graphql-ws is not spoken here. Use graphql-transport-ws.", "client"}
	closeInit        = &closure{4408, "Connection initialisation timeout.", "client"}
	closeDuplicate   = &closure{4409, "Subscriber for this id already exists.", "client"}
	closeTwice       = &closure{4429, "Too many initialisation requests.", "client"}
)

// closingFor is how a socket ends whose credential is good no more, or never was.
func closingFor(err error) *closure {
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.Forbidden:
		return closeForbidden
	case fault.RateLimited:
		return closeLimited
	}
	return closeUnsure
}
