package pipedrive

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// Webhook is what one delivery tells about one user, in the shape of version 2 or of version 1.
type Webhook struct {
	// Delivery is the same for every attempt at one delivery; "" where nothing in the body tells.
	Delivery string
	// CompanyID and UserID are 0 where the body does not name them.
	CompanyID, UserID int64
	// At is when it happened, in whole seconds of the vendor's clock; zero where the body does not tell.
	At time.Time
	// Deleted says that the user is gone, as opposed to created or changed.
	Deleted bool

	user     fields // as it is now
	previous fields // what changed, as it was
	change   bool
}

// fields are a record's members as they came: a missing one and a null one are different news.
type fields map[string]json.RawMessage

// ErrOtherMatter: the body is in order, and tells of nothing that is a user.
var ErrOtherMatter = errors.New("pipedrive: the webhook is not about a user")

// ParseWebhook reads the body of one delivery. It answers ErrOtherMatter for objects that are no users.
func ParseWebhook(body []byte) (Webhook, error) {
	var in struct {
		Meta struct {
			Action        lenient.String  `json:"action"`
			Entity        lenient.String  `json:"entity"` // version 1: object
			Object        lenient.String  `json:"object"`
			EntityID      lenient.Int     `json:"entity_id"`
			ID            lenient.Int     `json:"id"`
			CompanyID     lenient.Int     `json:"company_id"`
			CorrelationID lenient.String  `json:"correlation_id"`
			Timestamp     json.RawMessage `json:"timestamp"`
		} `json:"meta"`
		Data     json.RawMessage `json:"data"` // version 1: current
		Current  json.RawMessage `json:"current"`
		Previous json.RawMessage `json:"previous"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Webhook{}, err
	}
	m := in.Meta
	if m.Entity != "user" && m.Object != "user" {
		return Webhook{}, ErrOtherMatter
	}
	w := Webhook{CompanyID: m.CompanyID.Value, At: seconds(m.Timestamp), user: record(in.Data), previous: record(in.Previous)}
	if in.Data == nil {
		w.user = record(in.Current)
	}
	switch m.Action {
	case "delete", "deleted":
		w.Deleted = true
	case "change", "updated":
		w.change = true
	}
	// The ids of meta name the user in every example; the record's own stand in.
	for _, id := range []lenient.Int{m.EntityID, m.ID, w.user.int("id"), w.previous.int("id")} {
		if w.UserID <= 0 {
			w.UserID = id.Value
		}
	}
	if m.CorrelationID != "" {
		w.Delivery = delivery(string(m.CorrelationID), string(m.Action), string(m.Timestamp), string(in.Data), string(in.Previous))
	}
	return w, nil
}

// delivery digests what attempts have in common. The correlation id alone does not do: one act upon many users may
// share it.
func delivery(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return string(sum[:])
}

// record is an object's members, or those of the one object in a list, as version 1 sends it now and then.
func record(raw json.RawMessage) fields {
	var list []json.RawMessage
	if bytes.HasPrefix(raw, []byte("[")) && json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		raw = list[0]
	}
	var f fields
	if json.Unmarshal(raw, &f) != nil {
		return nil
	}
	return f
}

// seconds is a Unix time, or a text as objects other than users have it.
func seconds(raw json.RawMessage) time.Time {
	if raw == nil {
		return time.Time{}
	}
	at := fields{"at": raw}
	if n := at.int("at"); n.Value > 0 && n.Value <= 253402300799 {
		return time.Unix(n.Value, 0).UTC()
	}
	var t time.Time
	at.time("at", &t)
	return t
}

// Key is the user's key; zero where the body does not name company and user.
func (w Webhook) Key() person.Key {
	if w.CompanyID <= 0 || w.UserID <= 0 {
		return person.Key{}
	}
	return keyOf(strconv.FormatInt(w.CompanyID, 10), w.UserID)
}
