package fleet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// followed is what followers know of each person.
const followed = `id displayName status identities { id isActive displayName }`

// follower keeps a copy of the directory by what personChanged tells it, as a frontend's cache does: it asks anew after
// each RESYNC, and connects again, to whatever replica there is, when its connection has ended.
type follower struct {
	// next is a replica to connect to.
	next func() *replica

	mu     sync.Mutex
	people map[string]string // JSON by the person's id
	// at is whom it is connected to; nil while it is not.
	at *replica
	// events are those that it was told, resyncs those of them that tell it to ask anew.
	events, resyncs int
	// again counts the connections that were given up because everybody could not be asked for, the last time for lastAgain.
	again     int
	lastAgain error
	wrong     error
}

// follow goes on until ctx ends or something is wrong.
func (w *follower) follow(ctx context.Context) {
	for ctx.Err() == nil {
		r := w.next()
		err := w.once(ctx, r)
		w.mu.Lock()
		w.at = nil
		if err != nil {
			w.wrong = err
		}
		w.mu.Unlock()
		if err != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond): // whoever was killed needs a moment to be told of
		}
	}
}

// once follows over one connection. That it ends is no error; what cannot be understood is.
func (w *follower) once(ctx context.Context, r *replica) error {
	conn, _, err := websocket.Dial(ctx, strings.Replace(r.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return nil
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(1 << 20)
	if wsjson.Write(ctx, conn, map[string]any{"type": "connection_init"}) != nil {
		return nil
	}
	for {
		var m struct {
			Type    string
			Payload json.RawMessage
		}
		if wsjson.Read(ctx, conn, &m) != nil {
			return nil
		}
		switch m.Type {
		case "connection_ack":
			query := `subscription { personChanged { kind personId person { ` + followed + ` } } }`
			if wsjson.Write(ctx, conn, map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{"query": query}}) != nil {
				return nil
			}
		case "next":
			switch err := w.take(r, m.Payload); {
			case errors.Is(err, errAgain):
				w.mu.Lock()
				w.again, w.lastAgain = w.again+1, err
				w.mu.Unlock()
				return nil
			case err != nil:
				return err
			}
		case "complete":
			return fmt.Errorf("the subscription was completed")
		case "error":
			return fmt.Errorf("refused: %s", m.Payload)
		}
	}
}

// errAgain ends a connection whose replica is gone or asks for patience: the next one begins with another RESYNC.
var errAgain = errors.New("everybody could not be asked for")

func (w *follower) take(r *replica, payload json.RawMessage) error {
	var told struct {
		Data struct {
			PersonChanged *struct {
				Kind, PersonID string
				Person         map[string]any
			}
		}
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(payload, &told); err != nil || len(told.Errors) > 0 || told.Data.PersonChanged == nil {
		return fmt.Errorf("told %s: %v", payload, err)
	}
	event := told.Data.PersonChanged
	var fresh map[string]string
	if event.Kind == "RESYNC" {
		var err error
		if fresh, err = r.everybody(); err != nil {
			return fmt.Errorf("%w: %w", errAgain, err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events++
	switch event.Kind {
	case "RESYNC":
		w.resyncs++
		w.people, w.at = fresh, r
	case "APPEARED", "CHANGED":
		if event.Person == nil {
			return fmt.Errorf("%s without a person", event.Kind)
		}
		w.people[event.PersonID] = inJSON(event.Person)
	case "LEFT", "MERGED":
		delete(w.people, event.PersonID)
	default:
		return fmt.Errorf("an event of kind %q", event.Kind)
	}
	return nil
}

// differs tells what a follower has wrong of how its replica shows everybody; "" if nothing.
func (w *follower) differs(shown map[*replica]map[string]string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	truth := shown[w.at]
	switch {
	case w.wrong != nil:
		return w.wrong.Error()
	case truth == nil:
		return "is connected to nobody"
	case len(truth) != len(w.people):
		return fmt.Sprintf("knows %d people of %d", len(w.people), len(truth))
	}
	for id, person := range truth {
		if w.people[id] != person {
			return fmt.Sprintf("knows %s, and it is %s", w.people[id], person)
		}
	}
	return ""
}

// everybody is the directory as a replica shows it, by the ids of people.
func (r *replica) everybody() (map[string]string, error) {
	found, after := map[string]string{}, "null"
	for {
		a, err := r.ask(`{ people(first: 100, after: ` + after + `) { nodes { ` + followed + ` } pageInfo { endCursor hasNextPage } } }`)
		if err != nil {
			return nil, err
		}
		if len(a.Errors) > 0 {
			return nil, fmt.Errorf("%s", a.Errors[0].Message)
		}
		nodes, _ := dig(a.Data, "people", "nodes").([]any)
		for _, n := range nodes {
			found[dig(n, "id").(string)] = inJSON(n)
		}
		if dig(a.Data, "people", "pageInfo", "hasNextPage") != true {
			return found, nil
		}
		after = fmt.Sprintf("%q", dig(a.Data, "people", "pageInfo", "endCursor"))
	}
}

func inJSON(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
