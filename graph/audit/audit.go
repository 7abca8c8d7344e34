// Package audit is what is remembered of acts: who did what, to whom, why, and what came of it. Entries form a chain that
// a key holds together, so that what is altered, removed, reordered or cut off afterwards is found.
//
// Of personal values the chain holds salted commitments alone. The values lie beside it and can be erased; the chain
// goes on to verify. Secrets and what vendors write in prose enter neither.
package audit

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Phase says when an entry was written. The numbers are part of the chain: never reuse one.
type Phase uint8

// The phases.
const (
	// Intent is written before anything is done: without an Outcome for it nobody knows whether it was.
	Intent Phase = iota + 1
	// Outcome is written after, in one transaction with the state that it changes.
	Outcome
	// Note is of what is done within Manifold alone: a decision on links, an erasure.
	Note
)

// String is the phase as the graph spells it.
func (p Phase) String() string {
	switch p {
	case Intent:
		return "INTENT"
	case Outcome:
		return "OUTCOME"
	case Note:
		return "NOTE"
	}
	return "UNKNOWN"
}

// Result is what came of an act. The numbers are part of the chain: never reuse one.
type Result uint8

// The results. An Intent has none.
const (
	NoResult Result = iota
	// Done: it was done now.
	Done
	// Already: it was so before.
	Already
	// Failed: it was not done, and Code says why.
	Failed
	// Uncertain: nobody knows whether it was done; a human must look.
	Uncertain
	// Skipped: it was not tried.
	Skipped
	// Refused: it may not be done, and Code says why.
	Refused
)

var results = [...]string{NoResult: "", Done: "DONE", Already: "ALREADY", Failed: "FAILED", Uncertain: "UNCERTAIN", Skipped: "SKIPPED", Refused: "REFUSED"}

// String is the result as the graph spells it; "" for none.
func (r Result) String() string {
	if int(r) < len(results) {
		return results[r]
	}
	return "UNKNOWN"
}

// Actor is who acts. Both are names of the operator's own, not of a vendor's.
type Actor struct {
	// Principal is access.Principal's name: "key:frontend", "oidc:8f2c…", "system".
	Principal string
	// Client is the program that asked, where it says; "" otherwise.
	Client string
}

// Cost is what an act spent on one source, in the source's unit.
type Cost struct {
	Source person.SourceID
	Calls  int
	Tokens int
}

// The names of personal values. A caller may use others; each at most once in a Record, for identities excepted.
const (
	// Reason is why, in the caller's words.
	Reason = "reason"
	// Before and After are the state that was changed, as short text or JSON.
	Before = "before"
	After  = "after"
	// Address is an e-mail address that the act was given.
	Address = "address"
)

// Value is something personal by its name.
type Value struct{ Name, Text string }

// Record is what a caller writes down. The log adds number, time and commitments.
type Record struct {
	Phase Phase
	// Act is the mutation's or the step's name: "linkIdentities", "deactivatePipedriveUser".
	Act   string
	Actor Actor
	// Person is zero where nobody is concerned, or nobody is known.
	Person person.ID
	// Source is where it is done, and Place the organization, pipe or table; zero where there is none.
	Source person.SourceID
	Place  person.ResourceKey
	// Identities are the accounts concerned. They are personal: an external_user_id may be an address.
	Identities []person.Key
	// Action is the running act that this is a part of, and Step its step; "" outside one.
	Action, Step string
	// Request is the request's id; "" for what runs by itself.
	Request string
	// Correlations are the vendors' ids of the calls that were made.
	Correlations []string
	Costs        []Cost
	Result       Result
	// Code is a fault's or user error's code, such as SOURCE_UNAVAILABLE; "" where nothing went wrong.
	Code string
	// Personal holds reason, before, after and addresses; empty texts are left out.
	Personal []Value
}

// Subject is an identity as the chain knows it: whose account it is, is personal.
type Subject struct {
	System  person.System
	Account string
	// ID commits to the account's id at its vendor.
	ID Commitment
}

// Committed is a personal value as the chain knows it.
type Committed struct {
	Name  string
	Value Commitment
}

// Entry is a Record as it stands in the chain.
type Entry struct {
	// Seq counts from 1, without gaps.
	Seq int64
	// At is in UTC, of whole microseconds.
	At           time.Time
	Phase        Phase
	Act          string
	Actor        Actor
	Person       person.ID
	Source       person.SourceID
	Place        person.ResourceKey
	Subjects     []Subject
	Action, Step string
	Request      string
	Correlations []string
	Costs        []Cost
	Result       Result
	Code         string
	Values       []Committed
}

// Filter says which entries; zero members ask for nothing.
type Filter struct {
	// People and Identities are alternatives: entries that concern any of them. Both empty is anybody; an identity that was
	// erased is found by its person alone.
	People     []person.ID
	Identities []person.Key
	// Actor is a principal's name, and Act the name of an act, byte for byte.
	Actor, Act string
	// Action is a running act.
	Action string
	// From is the first moment, To the first no more.
	From, To time.Time
}

// Row is an Entry with its seal and what is still known of the personal values that it commits to.
type Row struct {
	Entry
	MAC MAC
	Beside
}

// Beside lies beside an Entry: index by index the ids of its Subjects, and the texts of its Values.
type Beside struct {
	IDs, Texts []Kept
}

// Kept is a personal value with what proves it, unless it was erased.
type Kept struct {
	Text   string
	Salt   Salt
	Erased bool
}

// Identities are the keys of the entry's accounts; those that were erased have no ID.
func (r Row) Identities() []person.Key {
	keys := make([]person.Key, len(r.Subjects))
	for i, s := range r.Subjects {
		keys[i] = person.Key{System: s.System, Account: s.Account}
		if i < len(r.IDs) && !r.IDs[i].Erased {
			keys[i].ID = r.IDs[i].Text
		}
	}
	return keys
}

// Value is a personal value by its name; false where there was none. An erased one is "" and says so.
func (r Row) Value(name string) (text string, erased, ok bool) {
	for i, v := range r.Values {
		if v.Name == name && i < len(r.Texts) {
			return r.Texts[i].Text, r.Texts[i].Erased, true
		}
	}
	return "", false, false
}
