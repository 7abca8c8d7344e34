package person

import (
	"cmp"
	"strings"
)

// System is one of the three products that people are read from.
type System uint8

// The systems, in the order in which they are listed everywhere.
const (
	Pipedrive System = iota + 1
	Pipefy
	Pipedream
)

// Systems lists every System in its canonical order.
var Systems = [...]System{Pipedrive, Pipefy, Pipedream}

// String is the system's lower-case name, as configuration files spell it.
func (s System) String() string {
	switch s {
	case Pipedrive:
		return "pipedrive"
	case Pipefy:
		return "pipefy"
	case Pipedream:
		return "pipedream"
	}
	return "unknown"
}

// SourceID names one configured account of a system, as the operator spelled it
// in the configuration ("pipedrive-acme"). It is unique within one Manifold.
type SourceID string

// Key is the identity of an account at its vendor: what stays the same while
// names and addresses change.
//
//	Pipedrive  Account = company id,               ID = user id
//	Pipefy     Account = organization id,          ID = user id
//	Pipedream  Account = "<project>/<environment>", ID = external_user_id, byte for byte
type Key struct {
	System  System
	Account string
	ID      string
}

// Compare orders keys by system, account and id, byte for byte.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.System, o.System), strings.Compare(k.Account, o.Account), strings.Compare(k.ID, o.ID))
}

// IsZero tells whether k names nothing.
func (k Key) IsZero() bool { return k == Key{} }

// ID is a person's own id: assigned once, opaque, and kept over merges and
// splits; see package lineage.
type ID [16]byte
