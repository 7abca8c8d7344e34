package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/person"
)

// Run logs the head of the chain while it moves, and erases what has lain long enough, until ctx ends.
func (s *Store) Run(ctx context.Context) error {
	head, retention := time.NewTicker(s.o.HeadEvery), time.NewTicker(time.Hour)
	defer head.Stop()
	defer retention.Stop()
	s.Tend(ctx)
	for {
		select {
		case <-ctx.Done():
			s.tendHead(context.WithoutCancel(ctx)) // the last word of this process
			return nil
		case <-head.C:
			s.tendHead(ctx)
		case <-retention.C:
			s.tendRetention(ctx)
		}
	}
}

// Tend does what Run does at its times: it logs the head, and erases what has lain long enough.
func (s *Store) Tend(ctx context.Context) {
	s.tendHead(ctx)
	s.tendRetention(ctx)
}

// tendHead logs the head, unless this process has done so already.
func (s *Store) tendHead(ctx context.Context) {
	head, err := s.Head(ctx)
	if err != nil {
		s.o.Log.WarnContext(ctx, "the head of the audit log cannot be read", "reason", err.Error())
		return
	}
	s.noted(ctx, head, 1)
}

// burst logs the head at once when many entries were written since the last time.
func (s *Store) burst(ctx context.Context, head audit.Head) { s.noted(ctx, head, s.o.HeadAfter) }

func (s *Store) noted(ctx context.Context, head audit.Head, after int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if head.Seq-s.logged.Seq < after {
		return
	}
	s.logged = head
	s.o.Log.InfoContext(ctx, "audit head", "head", head.String())
}

func (s *Store) tendRetention(ctx context.Context) {
	if s.o.PersonalFor <= 0 {
		return
	}
	n, err := s.Erase(ctx, Erasure{Before: s.now().Add(-s.o.PersonalFor), Actor: audit.Actor{Principal: "system"}, Why: "retention"})
	switch {
	case err != nil:
		s.o.Log.WarnContext(ctx, "personal values that have lain long enough cannot be erased", "reason", err.Error())
	case n > 0:
		s.o.Log.InfoContext(ctx, "personal values were erased", "values", n, "why", "retention")
	}
}

// Erasure says whose personal values go, and who wants it.
type Erasure struct {
	// People and Identities are whose; Before takes everybody's from before a moment.
	People     []person.ID
	Identities []person.Key
	Before     time.Time
	Actor      audit.Actor
	// Why is one word of Manifold's own: "request", "retention", "deleted".
	Why string
}

// Erase takes the personal values that lie beside the log, the reasons of link decisions, and what is personal in acts
// that have ended, and tells how many they were. That it did is an entry
// itself, which names nobody; without anything to erase nothing is written. The chain still verifies.
func (s *Store) Erase(ctx context.Context, e Erasure) (int, error) {
	if len(e.People)+len(e.Identities) == 0 && e.Before.IsZero() {
		return 0, errNobody
	}
	var total int64
	err := s.write(ctx, func(t *tx) error {
		total = 0
		take := func(name string, arg any) error {
			n, err := t.exec(name, arg)
			total += n
			return err
		}
		acts := func(name string, arg any) error {
			n, err := t.eraseActions(name, arg)
			total += n
			return err
		}
		// By identity first: those that are left are no longer found.
		for _, k := range e.Identities {
			if err := errors.Join(take("eraseIdentity", digestOf(k)), take("eraseReasons", digestOf(k)), acts("endedOfIdentity", digestOf(k))); err != nil {
				return err
			}
		}
		for _, id := range e.People {
			if err := errors.Join(take("erasePerson", id[:]), take("erasePersonReasons", id[:]), acts("endedOfPerson", id[:])); err != nil {
				return err
			}
		}
		if !e.Before.IsZero() {
			if err := errors.Join(take("eraseBefore", micros(e.Before)), take("eraseReasonsBefore", micros(e.Before)), acts("endedBefore", micros(e.Before))); err != nil {
				return err
			}
		}
		if total == 0 {
			return nil
		}
		r := audit.Record{Phase: audit.Note, Act: "erasePersonalValues", Actor: e.Actor, Result: audit.Done, Step: e.Why, Code: "VALUES_" + strconv.FormatInt(total, 10)}
		if len(e.People) == 1 {
			r.Person = e.People[0]
		}
		return t.append(r)
	})
	if err != nil {
		return 0, fmt.Errorf("erase personal values: %w", err)
	}
	return int(total), nil
}
