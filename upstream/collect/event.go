package collect

import (
	"errors"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/pipefy"
)

// Event is what one webhook told about one source. It is a hint that may come late, twice, in the wrong order or from
// whoever learned the secret: it changes the picture until the next reading, and it never costs more than a little.
type Event struct {
	Source person.SourceID
	// Delivery is the same for every attempt at one delivery; "" where the vendor does not tell.
	Delivery string
	// Account and ID are the vendor's, as in person.Key. An Account that is "" is the source's own; an ID that is ""
	// names nobody, and all of the source is in doubt.
	Account, ID string
	// At is when it happened, by the vendor's clock, up to Grain too early; zero where it does not tell.
	At    time.Time
	Grain time.Duration
	// Received is when it came, by ours.
	Received time.Time
	// Alter gives the identity as the event tells, on top of what is known: nil is gone, or unknown. It writes to
	// neither. Doubt asks for a reading. A nil Alter tells nothing by itself.
	Alter func(known *person.Identity) (now *person.Identity, doubt bool)
	// Explained says that Alter holds everything that happened; otherwise a reading is asked for.
	Explained bool
	// Partial says that a newer event of the same identity does not tell what this one does.
	Partial bool
}

// observedAt is when the event was true at the latest: an event cannot be newer than its arrival.
func (e Event) observedAt() time.Time {
	if e.At.IsZero() {
		return e.Received
	}
	if at := e.At.Add(max(0, e.Grain-time.Millisecond)); at.Before(e.Received) {
		return at
	}
	return e.Received
}

// ErrNoEvent: the body is in order and concerns nobody in the graph.
var ErrNoEvent = errors.New("collect: the webhook concerns nobody in the graph")

// EventParser reads the body of one delivery, which is a JSON object.
type EventParser func(body []byte) (Event, error)

// PipedriveEvents reads the webhooks of one company.
func PipedriveEvents(source person.SourceID) EventParser {
	return func(body []byte) (Event, error) {
		w, err := pipedrive.ParseWebhook(body)
		if err != nil {
			return Event{}, noEvent(err, pipedrive.ErrOtherMatter)
		}
		e := Event{Source: source, Delivery: w.Delivery, At: w.At, Grain: time.Second, Explained: w.Explained()}
		if key := w.Key(); !key.IsZero() {
			e.Account, e.ID = key.Account, key.ID
			e.Alter = func(known *person.Identity) (*person.Identity, bool) { return w.Alter(source, known) }
		}
		return e, nil
	}
}

// PipefyEvents reads the webhooks of one organization.
func PipefyEvents(source person.SourceID) EventParser {
	return func(body []byte) (Event, error) {
		w, err := pipefy.ParseWebhook(body)
		if err != nil {
			return Event{}, noEvent(err, pipefy.ErrOtherMatter)
		}
		return Event{
			Source: source, Account: w.OrganizationID, ID: w.UserID, At: w.At, Grain: time.Second,
			Alter: w.Alter, Explained: w.Explained(), Partial: true,
		}, nil
	}
}

// PipedreamEvents reads the connection webhooks of one environment of a project. They tell nothing by themselves:
// the external user is read again.
func PipedreamEvents(source person.SourceID, project, environment string) EventParser {
	return func(body []byte) (Event, error) {
		w, err := pipedream.ParseWebhook(body)
		if err != nil {
			return Event{}, noEvent(err, pipedream.ErrOtherMatter)
		}
		if w.Environment != "" && w.Environment != environment {
			return Event{}, ErrNoEvent
		}
		return Event{Source: source, Account: pipedream.Project{ID: project, Environment: environment}.Account(), ID: w.ExternalUserID}, nil
	}
}

func noEvent(err, other error) error {
	if errors.Is(err, other) {
		return ErrNoEvent
	}
	return err
}

// Dirty takes what has to be read again. Events bound how often they ask; the implementor picks the cheapest calls
// and charges them to refreshing.
type Dirty interface {
	// MarkDirty asks for a reading of some identities of a source, or of all of it where there are no keys. It does
	// not wait for the reading.
	MarkDirty(source person.SourceID, keys ...person.Key)
}

// Announcer tells other replicas what happened here; there it goes to Collector.Patch. A lost announcement costs
// nothing but age.
type Announcer interface {
	// Announce does not block and does not write to changes.
	Announce(changes []directory.Change)
}
