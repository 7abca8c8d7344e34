package action

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// ID names an action. Its first six bytes are the milliseconds since 1970 when it
// was made, so that the order of ids is the order of time.
type ID [16]byte

// NewID makes an id from a clock's time and ten random bytes.
func NewID(now time.Time, random io.Reader) (ID, error) {
	var id ID
	_, err := io.ReadFull(random, id[6:])
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(id[:6], ms[2:])
	return id, err
}

// String is the id in lower-case hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero tells whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// Act is what somebody asked for: a mutation of the graph, spelled as there.
type Act string

// The acts.
const (
	AddPipedriveUser       Act = "addPipedriveUser"
	SetPipedriveUserActive Act = "setPipedriveUserActive"
	InvitePipefyMembers    Act = "invitePipefyMembers"
	SetPipefyRole          Act = "setPipefyRole"
	RemovePipefyMember     Act = "removePipefyMember"
	DeletePipedreamAccount Act = "deletePipedreamAccount"
	DeletePipedreamUser    Act = "deletePipedreamUser"
	OffboardPerson         Act = "offboardPerson"
)

// Action is one act that was decided upon, with its steps. It is a value: a store
// keeps it whole, as JSON, beside the few columns that it looks for.
type Action struct {
	ID  ID
	Act Act
	// Actor is the principal's name, Client the program that they asked with, where it said; Reason is theirs.
	Actor  string
	Client string `json:",omitempty"`
	Reason string
	// Forced says that guards were overridden when it was decided.
	Forced bool `json:",omitempty"`
	// RequestID is of the request that decided it.
	RequestID string
	CreatedAt time.Time
	// EndedAt is when its last step ended; zero before.
	EndedAt time.Time
	Steps   []Step
	// Rows are what of the directory the actor may see, as access.Rows.Key: others with the same or all rows see the action.
	Rows string
	// Holds are the locks (Step.Locks) that the action holds: no other action has one of them.
	Holds []string `json:",omitempty"`
	// Revision counts its changes; the store sets it, from 1.
	Revision int64
	// Fence is the claim's under which it was read; 0 outside of one. A store does not keep it in the JSON.
	Fence int64 `json:"-"`
}

// State says how an action stands.
type State string

// The states. Scheduled has not begun and is not due yet. Incomplete has ended, and
// something failed or is uncertain.
const (
	Scheduled  State = "SCHEDULED"
	InProgress State = "RUNNING"
	Succeeded  State = "SUCCEEDED"
	Incomplete State = "INCOMPLETE"
	Cancelled  State = "CANCELLED"
)

// State follows from the steps.
func (a Action) State() State {
	open, begun, bad, done, cancelled := 0, 0, 0, 0, 0
	for _, s := range a.Steps {
		switch s.State {
		case StepPending:
			open++
			if !s.FirstAt.IsZero() || !s.DueAt.After(a.CreatedAt) {
				begun++
			}
		case StepRunning:
			open++
			begun++
		case StepFailed, StepUncertain, StepSkipped:
			bad++ // what was left out still stands: whoever asks must not read that all is done
		case StepCancelled:
			cancelled++
		default:
			done++
		}
	}
	switch {
	case open > 0 && begun+bad+done == 0:
		return Scheduled
	case open > 0:
		return InProgress
	case bad > 0:
		return Incomplete
	case cancelled > 0:
		return Cancelled
	}
	return Succeeded
}

// DueAt is when the next open step may go on; false where none is open. A store
// keeps it as a column, for Claim.
func (a Action) DueAt() (time.Time, bool) {
	var due time.Time
	found := false
	for _, s := range a.Steps {
		if s.State.Open() && (!found || s.DueAt.Before(due)) {
			due, found = s.DueAt, true
		}
	}
	return due, found
}

// People are those whom the action is about, each once, in the order of its steps.
// A store keeps them in a table of their own, for Filter.
func (a Action) People() []person.ID {
	var out []person.ID
	for _, s := range a.Steps {
		if s.Person != (person.ID{}) && !slices.Contains(out, s.Person) {
			out = append(out, s.Person)
		}
	}
	return out
}

// Clone shares no steps with a.
func (a Action) Clone() Action {
	a.Steps, a.Holds = slices.Clone(a.Steps), slices.Clone(a.Holds)
	return a
}

// ParseID reads what String wrote.
func ParseID(s string) (ID, bool) {
	var id ID
	n, err := hex.Decode(id[:], []byte(strings.TrimSpace(s)))
	return id, err == nil && n == len(id)
}
