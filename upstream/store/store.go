// Package store keeps what must outlive the process: whose account is whose, what humans decided, running acts, and the
// audit log. It runs over SQLite or PostgreSQL (packages sqlite and postgres), with the same SQL and the same suite
// (storetest).
//
// Every change is one transaction, with the audit entries that tell of it. Writers take turns, over all replicas: each
// transaction begins by locking the end of the audit chain. Acts are rare and a turn is short, and nothing is lost.
package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/fault"
)

// Engine is a database whose schema is up to date.
type Engine interface {
	// Name is what the log calls it.
	Name() string
	// Reader and Writer may be one.
	Reader() *sql.DB
	Writer() *sql.DB
	// Spell writes a query with $1, and FOR UPDATE where it locks, as the engine has it.
	Spell(query string) string
	// Trouble says what an error of the engine means.
	Trouble(err error) Trouble
	Close() error
}

// Options of a Store; the zero Options is useful.
type Options struct {
	// Clock is time.Now when nil, Random crypto/rand's.
	Clock  func() time.Time
	Random io.Reader
	// Log gets the head of the chain; nil: nobody does.
	Log *slog.Logger
	// Earlier are chains of keys that the log may be sealed by until now. Without Rotate it goes on with that one; with Rotate
	// it is handed over to the key in use, and whoever has but the one of before cannot write any more.
	Earlier []*audit.Chain
	Rotate  bool
	// HeadEvery is how often the head is logged while it moves, 5 minutes when 0; HeadAfter after how many entries it is at
	// once, 64 when 0.
	HeadEvery time.Duration
	HeadAfter int64
	// PersonalFor is how long personal values lie beside the audit log; 0: until they are erased.
	PersonalFor time.Duration
	// Patience is how often a write is tried again that the engine gave up before anything was changed; 4 when 0.
	Patience int
}

// Store is safe for concurrent use, also by several processes over one database.
type Store struct {
	engine  Engine
	chain   *audit.Chain
	queries map[string]string
	o       Options

	mu     sync.Mutex
	logged audit.Head // the last one that this process logged
}

// New opens what an engine holds. It refuses a key that is not the one that the audit log was begun with. The engine is
// closed with the Store, and when New fails.
func New(ctx context.Context, engine Engine, chain *audit.Chain, o Options) (*Store, error) {
	o.HeadEvery, o.HeadAfter, o.Patience = cmp.Or(o.HeadEvery, 5*time.Minute), cmp.Or(o.HeadAfter, 64), cmp.Or(o.Patience, 4)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{engine: engine, chain: chain, queries: spelled(engine.Spell), o: o}
	if err := s.begin(ctx); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return s, nil
}

// begin makes the head of an empty chain, or holds the one that is there against the key.
func (s *Store) begin(ctx context.Context) error {
	start := s.chain.Start().MAC
	stored, _, err := s.headOf(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		if _, err := s.engine.Writer().ExecContext(ctx, s.queries["firstHead"], start[:]); err != nil {
			return s.explain(err)
		}
		stored, _, err = s.headOf(ctx)
	}
	switch {
	case err != nil:
		return s.explain(err)
	case stored != start:
		for i, c := range s.o.Earlier {
			if stored != c.Start().MAC {
				continue
			}
			if s.o.Rotate {
				return s.handOver(ctx, c)
			}
			earlier := slices.Clone(s.o.Earlier)
			earlier[i], s.chain = s.chain, c
			s.o.Earlier = earlier
			return nil
		}
		return errors.New("audit.key is not the one that this store's audit log is sealed with; give it the old key, or put that among audit.previous_keys")
	}
	return nil
}

// handOver lets the log go on under the key in use. The entry that says so is the last under the key of before.
func (s *Store) handOver(ctx context.Context, before *audit.Chain) error {
	next := s.chain
	s.chain = before
	err := s.write(ctx, func(t *tx) error {
		if t.start == next.Start().MAC {
			return nil // another replica was first
		}
		r := audit.Record{Phase: audit.Note, Act: audit.HandedOver, Actor: audit.Actor{Principal: "system"}, Result: audit.Done, Code: next.Name()}
		if err := t.append(r); err != nil {
			return err
		}
		start := next.Start().MAC
		_, err := t.exec("handOver", start[:])
		return err
	})
	s.chain = next
	return err
}

func (s *Store) headOf(ctx context.Context) (start audit.MAC, head audit.Head, err error) {
	err = s.read(ctx, func(t *tx) error {
		start, head, err = scanHead(t.row("head"))
		return err
	})
	return start, head, err
}

func scanHead(row *sql.Row) (start audit.MAC, head audit.Head, err error) {
	var first, mac []byte
	if err := row.Scan(&first, &head.Seq, &mac); err != nil {
		return start, head, err
	}
	if len(first) != len(start) || len(mac) != len(head.MAC) {
		return start, head, errors.New("store: the head of the audit log is no head")
	}
	return audit.MAC(first), audit.Head{Seq: head.Seq, MAC: audit.MAC(mac)}, nil
}

// Close gives the database up.
func (s *Store) Close() error { return s.engine.Close() }

// now is the present as it is kept: in UTC, of whole microseconds.
func (s *Store) now() time.Time { return s.o.Clock().UTC().Truncate(time.Microsecond) }

// micros spells a time; the zero time is 0, which nothing else is.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// Trouble is what an error of an engine means.
type Trouble uint8

// The troubles.
const (
	// Other is not the engine's, or not known.
	Other Trouble = iota
	// Unreachable: the database cannot be asked. What had not been committed was not done.
	Unreachable
	// Again: the transaction was given up for another one's sake, and may be tried again.
	Again
	// Full: there is no more room.
	Full
	// ReadOnly: nothing may be written.
	ReadOnly
	// Damaged: the file is not what it should be.
	Damaged
)

// retryAfter is when it is worth asking again what an engine could not do.
const retryAfter = 5 * time.Second

// explain gives an engine's error its public face. What is not an engine's stays as it is.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	var message string
	switch s.engine.Trouble(err) {
	case Unreachable:
		message = "The store cannot be reached, so nothing that is kept there can be read or changed. Try again in a moment."
	case Again:
		message = "The store is busy with other changes. Try again in a moment."
	case Full:
		message = "The store has no room left, so nothing can be changed. The operator has to free disk space; reading goes on."
	case ReadOnly:
		message = "The store may only be read, so nothing can be changed. The operator has to make it writable."
	case Damaged:
		message = "The store's file is damaged. The operator has to restore a backup."
	default:
		return err
	}
	f := fault.Wrap(fault.SourceUnavailable, fmt.Errorf("%s: %w", s.engine.Name(), err), "%s", message)
	f.RetryAfter = retryAfter
	return f
}
