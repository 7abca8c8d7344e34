package action

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// StepKind is what one step does at one vendor.
type StepKind string

// The kinds of steps.
const (
	AddUser                StepKind = "ADD_USER"
	Activate               StepKind = "ACTIVATE"
	Deactivate             StepKind = "DEACTIVATE"
	Invite                 StepKind = "INVITE"
	SetRole                StepKind = "SET_ROLE"
	RemoveFromOrganization StepKind = "REMOVE_FROM_ORGANIZATION"
	RemoveFromPipe         StepKind = "REMOVE_FROM_PIPE"
	RemoveFromTable        StepKind = "REMOVE_FROM_TABLE"
	DeleteAccount          StepKind = "DELETE_ACCOUNT"
	DeleteUser             StepKind = "DELETE_USER"
)

// Destructive tells whether a step takes something away.
func (k StepKind) Destructive() bool {
	switch k {
	case AddUser, Activate, Invite, SetRole:
		return false
	}
	return true
}

// Creates tells whether a second call would make a second thing, so that nobody but
// a human can say whether one whose answer was lost may be repeated.
func (k StepKind) Creates() bool { return k == AddUser || k == Invite }

// StepState says how a step stands.
type StepState string

// The states of steps.
//
//	PENDING ──begin──▶ RUNNING ──▶ DONE, ALREADY_SO, FAILED, UNCERTAIN
//	   ▲                  │
//	   └──── had no effect, may be tried again ┘
//	PENDING ──▶ CANCELLED;   SKIPPED from the start
const (
	StepPending   StepState = "PENDING"
	StepRunning   StepState = "RUNNING"
	StepDone      StepState = "DONE"
	StepAlreadySo StepState = "ALREADY_SO"
	StepFailed    StepState = "FAILED"
	StepUncertain StepState = "UNCERTAIN"
	StepSkipped   StepState = "SKIPPED"
	StepCancelled StepState = "CANCELLED"
)

// Open tells whether something is still to come.
func (s StepState) Open() bool { return s == StepPending || s == StepRunning }

// Step is one call to one vendor, what it is for, and what came of it.
type Step struct {
	Kind   StepKind
	Source person.SourceID
	// Target is the identity that it changes; zero where the step makes one.
	Target person.Key `json:",omitzero"`
	// Person is whose identity that is; zero where nobody's.
	Person person.ID `json:",omitzero"`
	// Leads says that the target administers the whole source. Of one source's steps on such people one runs at a time, so that
	// no two take the last two administrators.
	Leads bool `json:",omitempty"`
	// Place is the organization, pipe or table; zero where the step has none.
	Place person.ResourceKey `json:",omitzero"`
	// Address is the target's, where an offboarding found it with nobody else: who bears it later has come back. "" elsewhere.
	Address string `json:",omitempty"`
	// Email, Role, Apps, Message and Account are what the call is given.
	Email   string   `json:",omitempty"`
	Role    string   `json:",omitempty"`
	Apps    []string `json:",omitempty"`
	Message string   `json:",omitempty"`
	Account string   `json:",omitempty"`

	// Goes is what was known to go with it when it was decided.
	Goes Going `json:",omitzero"`

	State StepState
	// DueAt is when it may begin or, of a running one, when it may be read again.
	DueAt time.Time
	// FirstAt is when it was first tried; zero before.
	FirstAt time.Time `json:",omitzero"`
	// Attempts counts intents.
	Attempts int `json:",omitempty"`
	// BegunAt is when the last intent was written; EndedAt when the outcome was.
	BegunAt time.Time `json:",omitzero"`
	EndedAt time.Time `json:",omitzero"`
	// Note says in a public sentence why, and what to do; "" where nothing is to be said.
	Note string `json:",omitempty"`
	// Code is the fault kind behind Note; "" for none.
	Code string `json:",omitempty"`
	// Reconciled says that the outcome was found by reading, for the answer was lost.
	Reconciled bool `json:",omitempty"`
	// Calls and Tokens are what it has cost so far.
	Calls  int `json:",omitempty"`
	Tokens int `json:",omitempty"`
}

// Locks name what the step needs for itself: of steps with a lock in common, over all actions, at most one is RUNNING.
func (s Step) Locks() []string {
	if s.Leads && s.takesRights() {
		return []string{s.whom(), "leads:" + string(s.Source)}
	}
	return []string{s.whom()}
}

// whom names whom the step changes.
func (s Step) whom() string {
	switch {
	case s.Person != (person.ID{}):
		return "person:" + ID(s.Person).String()
	case !s.Target.IsZero():
		return "identity:" + s.Target.System.String() + "\x00" + s.Target.Account + "\x00" + s.Target.ID
	}
	return "address:" + string(s.Source) + "\x00" + s.Email
}

// system is where the step acts.
func (s Step) system() person.System {
	switch s.Kind {
	case AddUser, Activate, Deactivate:
		return person.Pipedrive
	case DeleteAccount, DeleteUser:
		return person.Pipedream
	}
	return person.Pipefy
}
