package server

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// longestID is more than any client's ids are.
const longestID = 128

// message is what a client sends.
type message struct {
	typ, id string
	payload json.RawMessage
}

// readMessage reads one message, strictly: who looks at it on its way must not read another one.
func readMessage(text []byte) (message, *closure) {
	if !utf8.Valid(text) {
		return message{}, closeInvalid
	}
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return message{}, closeInvalid
	}
	members, wrong := membersOf(text)
	if wrong != nil {
		return message{}, closeInvalid
	}
	var m message
	if !decodeMember(members["type"], &m.typ) || !slices.Contains([]string{"connection_init", "ping", "pong", "subscribe", "complete"}, m.typ) {
		return message{}, closeInvalid
	}
	if m.payload = members["payload"]; string(m.payload) == "null" {
		m.payload = nil
	}
	switch m.typ {
	case "subscribe", "complete":
		if !decodeMember(members["id"], &m.id) || m.id == "" || len(m.id) > longestID {
			return message{}, closeID
		}
	default:
		if m.payload != nil && !isObject(m.payload) {
			return message{}, closePayload
		}
	}
	if m.typ == "subscribe" && !isObject(m.payload) {
		return message{}, closePayload
	}
	return m, nil
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// What the server sends.
var (
	messageAck  = []byte(`{"type":"connection_ack"}`)
	messagePong = []byte(`{"type":"pong"}`)
)

func messageNext(id string, response *graphql.Response) ([]byte, error) {
	return marshalled("next", id, response)
}

func messageError(id string, errs gqlerror.List) ([]byte, error) {
	return marshalled("error", id, errs)
}

func messageComplete(id string) ([]byte, error) { return marshalled("complete", id, nil) }

func marshalled(typ, id string, payload any) ([]byte, error) {
	return json.Marshal(struct {
		ID      string `json:"id"`
		Type    string `json:"type"`
		Payload any    `json:"payload,omitempty"`
	}{id, typ, payload})
}
