package link

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Act is what a human did about links. The numbers are stored: never reuse one.
type Act uint8

// The acts.
const (
	// ActLink joins all its keys with each other. It alone may bring two users of one account together.
	ActLink Act = iota + 1
	// ActUnlink keeps its first key apart from each of the others.
	ActUnlink
	// ActConfirm joins the two of a suggestion.
	ActConfirm
	// ActDismiss keeps the two of a suggestion apart.
	ActDismiss
	// ActUndo takes an earlier entry back, another undo included.
	ActUndo
)

// Entry is one entry of the journal of decisions. Entries are never changed or removed: what is taken back is undone by
// another entry.
type Entry struct {
	// Seq orders entries, over all replicas; it rises, and may have gaps. The journal gives it.
	Seq int64
	Act Act
	// Keys are the accounts concerned, 2 to MaxKeys; none with ActUndo.
	Keys []person.Key
	// Undoes is the Seq of the entry that ActUndo takes back; 0 with the other acts.
	Undoes int64
	// At is in UTC, of whole microseconds.
	At time.Time
	// By is the principal's name, Reason why in their words.
	By, Reason string
	// SameAccount tells that it joined two users of one Pipedrive company or two Pipefy users.
	SameAccount bool
	// Supersedes are the entries in force that it contradicted, ascending.
	Supersedes []int64
	// IdempotencyKey is "" where none was given; with By it is unique. Input is the digest of what was asked with it.
	IdempotencyKey string
	Input          [32]byte
}

// MaxKeys bounds the keys of one entry.
const MaxKeys = 10
