package share

import (
	"cmp"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Options are what an Exchange can do without.
type Options struct {
	// Prefix begins every key and channel; "manifold" when "". All replicas of one Manifold need the same.
	Prefix string
	// Scope tells apart what may stand behind one source's name over time, such as a fingerprint of its account and
	// credential: readings made with another are not taken. It is hashed into keys. Nil: the name says it all.
	Scope func(person.SourceID) string
	// Lease is for how long a replica that died keeps others from reading its source; 15 s when 0.
	Lease time.Duration
	// Poll is how often watchers are woken, in case that a message was lost; 5 s when 0.
	Poll time.Duration
	// Keep is for how long Redis holds what nobody renews; 24 h when 0.
	Keep time.Duration
	// Announcements is how many are kept for those who missed the message; 256 when 0.
	Announcements int
	// ChunkBytes is the size of a part of a packed reading; 2 MiB when 0.
	ChunkBytes int
	// MaxBytes bounds a reading before compression, about 150 bytes an identity; 2 GiB when 0.
	MaxBytes int64
	// Seal and Open wrap what leaves this process for a place, which is a key of Redis: Open(place, Seal(place, b)) is b, and what
	// was sealed for another place does not open. Nil: it leaves as it is.
	Seal, Open func(place string, b []byte) ([]byte, error)
}

func (o Options) withDefaults() Options {
	o.Prefix = cmp.Or(o.Prefix, "manifold")
	o.Lease = cmp.Or(o.Lease, 15*time.Second)
	o.Poll = cmp.Or(o.Poll, 5*time.Second)
	o.Keep = cmp.Or(o.Keep, 24*time.Hour)
	o.Announcements = cmp.Or(o.Announcements, 256)
	o.ChunkBytes = cmp.Or(o.ChunkBytes, 2<<20)
	o.MaxBytes = cmp.Or(o.MaxBytes, 2<<30)
	asItIs := func(_ string, b []byte) ([]byte, error) { return b, nil }
	if o.Seal == nil {
		o.Seal = asItIs
	}
	if o.Open == nil {
		o.Open = asItIs
	}
	if o.Scope == nil {
		o.Scope = func(person.SourceID) string { return "" }
	}
	return o
}
