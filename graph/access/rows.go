package access

import (
	"slices"
	"strconv"
	"strings"
)

// Set is some names, or all there are. The zero Set is all.
type Set struct {
	limited bool
	names   []string // sorted, each once
}

// Only is the set of these names and no others; of none, it is empty.
func Only(names ...string) Set {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	return Set{limited: true, names: slices.Compact(sorted)}
}

// All tells whether every name is in s.
func (s Set) All() bool { return !s.limited }

// Has tells whether name is in s.
func (s Set) Has(name string) bool {
	if !s.limited {
		return true
	}
	_, ok := slices.BinarySearch(s.names, name)
	return ok
}

// Names lists the names of a set, sorted; nil when it is all.
func (s Set) Names() []string {
	if !s.limited {
		return nil
	}
	return append([]string{}, s.names...)
}

// And is what is in both.
func (s Set) And(o Set) Set {
	switch {
	case !s.limited:
		return o
	case !o.limited:
		return s
	}
	both := Set{limited: true}
	for _, n := range s.names {
		if o.Has(n) {
			both.names = append(both.names, n)
		}
	}
	return both
}

func (s Set) key() string {
	if !s.limited {
		return "*"
	}
	quoted := make([]string, len(s.names))
	for i, n := range s.names {
		quoted[i] = strconv.Quote(n)
	}
	return "[" + strings.Join(quoted, " ") + "]"
}

// Rows say which accounts may be seen: those that every part allows. The zero Rows are all.
//
// What they hide is hidden as if it had never been read: nothing shown is computed from it.
type Rows struct {
	// Sources are configured names. An account of another source is hidden, and so is the source.
	Sources Set
	// EmailDomains are mail domains in canonical form. An account with an address in another one is hidden.
	EmailDomains Set
	// ShowAddressless also shows accounts without an address where EmailDomains is not all: most external users of
	// Pipedream have none. Without EmailDomains it says nothing.
	ShowAddressless bool
}

// All tells whether nothing is hidden.
func (r Rows) All() bool { return r.Sources.All() && r.EmailDomains.All() }

// And is what both allow.
func (r Rows) And(o Rows) Rows {
	both := Rows{Sources: r.Sources.And(o.Sources), EmailDomains: r.EmailDomains.And(o.EmailDomains)}
	both.ShowAddressless = !both.EmailDomains.All() && (r.EmailDomains.All() || r.ShowAddressless) && (o.EmailDomains.All() || o.ShowAddressless)
	return both
}

// Key is the same for rows that show the same, and for no others.
func (r Rows) Key() string {
	if r.All() {
		return ""
	}
	key := "sources=" + r.Sources.key() + " domains=" + r.EmailDomains.key()
	if r.ShowAddressless && !r.EmailDomains.All() {
		key += " addressless"
	}
	return key
}
