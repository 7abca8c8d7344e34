package collect

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/recall"
)

// RenewSharing is how the replicas of one Manifold read once what all of them are asked for. Kinds, keys and lifetimes:
// docs/caching.md.
type RenewSharing struct {
	// Remote gives the second level for one kind of reading.
	Remote func(kind string) cache.Remote
	Codec  ReadingCodec
	// Scope tells apart what may stand behind one source's name over time; nil: the name says it all.
	Scope func(person.SourceID) string
}

// ReadingCodec turns readings into bytes and back; share.Pieces is one. It is safe for concurrent use.
type ReadingCodec interface {
	// Schema is the version of what Pack writes.
	Schema() uint32
	Pack(*Reading) ([]byte, error)
	// Unpack reads what Pack of the same Schema wrote.
	Unpack([]byte) (*Reading, error)
}

const (
	// The kinds, which also name what Stats counts.
	kindOne, kindAll = "renewal.identity", "renewal.source"
	// readingKept is for how long a reading can serve a replica whose picture is older.
	readingKept = time.Hour
	// onesKept bounds the single identities in memory: their place is the picture.
	onesKept = 1_000
)

// errUnpacked keeps a reading that could not be packed out of the second level.
var errUnpacked = errors.New("the reading could not be packed")

// sharedReadings are what replicas have read beside the rhythm, packed: single identities, and whole sources.
type sharedReadings struct {
	codec ReadingCodec
	scope func(person.SourceID) string
	now   func() time.Time
	ones  *cache.Cache[readingKey, []byte]
	all   *cache.Cache[readingKey, []byte]
}

// readingKey is one identity, or all of a source where the key is zero.
type readingKey struct {
	source person.SourceID
	scope  string
	key    person.Key
}

func (k readingKey) name() string {
	return fmt.Sprintf("%q %q %d %q %q", k.source, k.scope, k.key.System, k.key.Account, k.key.ID)
}

func newSharedReadings(o RenewOptions) *sharedReadings {
	s := &sharedReadings{codec: o.Shared.Codec, scope: o.Shared.Scope, now: o.Now}
	if s.scope == nil {
		s.scope = func(person.SourceID) string { return "" }
	}
	open := func(kind string, flight time.Duration, size int) *cache.Cache[readingKey, []byte] {
		encode := func(b []byte) ([]byte, error) {
			if len(b) == 0 {
				return nil, errUnpacked
			}
			return b, nil
		}
		decode := func(b []byte) ([]byte, error) { return b, nil }
		return cache.NewShared(
			// Fresh as long as kept, for nothing here is read behind anybody.
			cache.Options{Fresh: readingKept, Stale: readingKept, Flight: flight, Failure: remember, Private: unaffordable, Size: size, Now: o.Now},
			cache.Sharing[readingKey, []byte]{Remote: o.Shared.Remote(kind), Schema: s.codec.Schema(), Name: readingKey.name,
				Encode: encode, Decode: decode, EncodeError: encodeFault, DecodeError: decodeFault})
	}
	s.ones, s.all = open(kindOne, o.Flight, onesKept), open(kindAll, o.List, 0)
	return s
}

// unaffordable tells whether nobody was asked: whoever else asks may have more to spend, and finds that out for nothing.
func unaffordable(err error) bool {
	k := fault.KindOf(err)
	return k == fault.BudgetExhausted || k == fault.CostLimitExceeded
}

func (s *sharedReadings) close() {
	s.ones.Close()
	s.all.Close()
}

func (s *sharedReadings) of(f *renewing) (*cache.Cache[readingKey, []byte], readingKey) {
	k := s.keyOf(f.source)
	if len(f.keys) == 0 {
		return s.all, k
	}
	k.key = f.keys[0]
	return s.ones, k
}

func (s *sharedReadings) keyOf(r *renewal) readingKey {
	return readingKey{source: r.id, scope: s.scope(r.id)}
}

// read gives f a reading that began at f.since or later: read's, or one that was given by another replica.
func (s *sharedReadings) read(ctx context.Context, f *renewing, read func(context.Context) (Reading, error)) (r Reading, given bool, err error) {
	// What this replica has read itself need not be unpacked. The flight may outlive ctx.
	var own atomic.Pointer[Reading]
	asker := ctx
	load := func(ctx context.Context) ([]byte, error) {
		ctx = recall.For(ctx, asker)
		began := s.millisecond()
		r, err := read(ctx)
		if err != nil {
			return nil, err
		}
		r.Batch.AsOf = began
		own.Store(&r)
		// Who owns a credential is the credential's own affair. What cannot be packed is read by each.
		packed, err := s.codec.Pack(&Reading{Batch: r.Batch, Older: r.Older, Title: r.Title})
		if err != nil {
			packed = nil
		}
		return packed, nil
	}
	c, k := s.of(f)
	age := max(0, s.now().Sub(f.since))
	got := c.Ask(k, load, cache.Want{MaxAge: &age}).Wait(ctx)
	if got.Err != nil {
		return Reading{}, false, got.Err
	}
	if r := own.Load(); r != nil {
		return *r, false, nil
	}
	if r, ok := s.open(k, got); ok {
		return *r, true, nil
	}
	_, err = load(ctx)
	if err != nil {
		return Reading{}, false, err
	}
	return *own.Load(), false, nil
}

// newest is the reading of all of a source that replicas have, if it began after a moment.
func (s *sharedReadings) newest(ctx context.Context, r *renewal, after time.Time) (Reading, bool) {
	k := s.keyOf(r)
	age := s.now().Sub(after) - time.Millisecond // ages are told in these
	got := s.all.Ask(k, nil, cache.Want{MaxAge: &age, OnlyIfCached: true}).Wait(ctx)
	if !got.Found() {
		return Reading{}, false
	}
	reading, ok := s.open(k, got)
	if !ok || !reading.Batch.AsOf.After(after) {
		return Reading{}, false
	}
	return *reading, true
}

// open unpacks what another replica read. By a clock here that goes behind it did so now.
func (s *sharedReadings) open(k readingKey, got cache.Result[[]byte]) (*Reading, bool) {
	r, err := s.codec.Unpack(got.Value)
	if err != nil || r.Batch.Source != k.source {
		return nil, false
	}
	if alone := r.Batch.Identities; k.key != (person.Key{}) && (len(alone) > 1 || len(alone) == 1 && alone[0].Key != k.key) {
		return nil, false
	}
	if now := s.millisecond(); r.Batch.AsOf.After(now) {
		r.Batch.AsOf = now
	}
	return r, true
}

func (s *sharedReadings) millisecond() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// follow takes what other replicas read of all of s, until ctx ends.
func (r *Renewer) follow(ctx context.Context, s *renewal) {
	news, stop := r.shared.all.Watch(r.shared.keyOf(s))
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-news:
		}
		r.mu.Lock()
		waiting := s.list != nil // it brings the same, or what is newer
		r.mu.Unlock()
		known := r.state(s.id)
		if waiting || known.AsOf.IsZero() {
			continue
		}
		reading, ok := r.shared.newest(ctx, s, known.AsOf)
		if !ok {
			continue
		}
		if err := r.accept(s, reading); err != nil {
			r.o.Log.Warn("what another replica read was refused", "source", s.id, "error", err)
		}
	}
}

// accept takes a reading of all of s into the picture, unless that is as new. Whose credential it is, is known already.
func (r *Renewer) accept(s *renewal, reading Reading) error {
	known := r.state(s.id)
	if !known.AsOf.IsZero() && !reading.Batch.AsOf.After(known.AsOf) {
		return nil
	}
	if reading.Owner == (person.Key{}) {
		reading.Owner, reading.OwnerPhone = known.CredentialOwner, known.OwnerPhone
	}
	return r.collector.Accept(s.id, reading)
}

// state is what the picture knows of a source.
func (r *Renewer) state(id person.SourceID) person.SourceState {
	source, _ := r.collector.Current().View(access.Principal{}).Source(id)
	return source.State()
}
