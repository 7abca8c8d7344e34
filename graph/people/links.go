package people

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/graph/requestid"
)

// LinkFollower is whoever makes pictures. Declared here so that decisions do not know how.
type LinkFollower interface {
	// Decide lets all pictures follow these decisions from now on, and returns when the current one does. What it was told
	// with a higher last counts, in whatever order it is told.
	Decide(decisions []link.Decision, last int64)
}

// Links are the use cases of decisions on links.
type Links struct {
	service  *Service
	journal  LinkJournal
	follower LinkFollower

	mu       sync.Mutex // guards what follows, and that it is read in order
	standing *link.Standing
}

// NewLinks makes Links that have read nothing yet.
func NewLinks(service *Service, journal LinkJournal, follower LinkFollower) *Links {
	return &Links{service: service, journal: journal, follower: follower, standing: link.Weigh(nil)}
}

// Sync reads what was decided since the last time, by any replica, and lets the picture follow.
func (l *Links) Sync(ctx context.Context) error {
	_, err := l.sync(ctx)
	return err
}

func (l *Links) sync(ctx context.Context) (*link.Standing, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	news, err := l.journal.LinkDecisions(ctx, l.standing.Last())
	if err != nil {
		return nil, err
	}
	if len(news) > 0 {
		known := l.standing.Entries()
		l.standing = link.Weigh(append(known[:len(known):len(known)], news...))
		l.follower.Decide(l.standing.Decisions(), l.standing.Last())
	}
	return l.standing, nil
}

// LinkOutcome is what came of a mutation about links. People is nil unless something was decided.
type LinkOutcome struct {
	UserErrors []UserError
	Decision   *LinkDecision
	People     []directory.Person
}

// request is one mutation as it is carried out.
type request struct {
	name   string
	act    link.Act
	reason string
	key    *string
	input  any // without the idempotency key and the reason
	// draft says of an input what is to be decided, or everything that is wrong with it.
	draft func(v directory.View, s *link.Standing, e *link.Entry) []UserError
}

// patience is how often a decision is thought over again because somebody else decided meanwhile.
const patience = 8

func (l *Links) carryOut(ctx context.Context, who access.Principal, r request) (*LinkOutcome, error) {
	wrong := append(checkReason(r.reason), checkKey(r.key)...)
	digest, err := digestOf(r)
	if err != nil {
		return nil, err
	}
	for range patience {
		s, err := l.sync(ctx)
		if err != nil {
			return nil, err
		}
		view := l.service.View(who)
		if !view.ShowsAll() { // the policy does not let them come here
			return nil, fault.New(fault.Forbidden, "Decisions on links need sight of all accounts.")
		}
		if e, known := earlier(s, who, r.key); known {
			if e.Input != digest {
				return refused(append(wrong, UserError{ErrorKeyReused, "This idempotency key was used with another input. Give each request a key of its own.", []string{"input", "idempotencyKey"}})), nil
			}
			return l.outcome(view, s, e.Seq), nil
		}
		e := link.Entry{Act: r.act, At: l.service.now().UTC().Truncate(time.Microsecond), By: who.Name, Reason: r.reason, Input: digest}
		if r.key != nil {
			e.IdempotencyKey = *r.key
		}
		if found := append(wrong[:len(wrong):len(wrong)], r.draft(view, s, &e)...); len(found) > 0 {
			return refused(found), nil
		}
		seq, err := l.journal.AppendLinkDecision(ctx, s.Last(), e, l.record(ctx, view, s, r.name, e))
		if errors.Is(err, ErrJournalMoved) {
			continue
		} else if err != nil {
			return nil, err
		}
		if s, err = l.sync(ctx); err != nil {
			return nil, err
		}
		return l.outcome(l.service.View(who), s, seq), nil
	}
	return nil, fault.New(fault.Conflict, "Others decide about links all the time just now. Nothing was decided; try again.")
}

func refused(wrong []UserError) *LinkOutcome { return &LinkOutcome{UserErrors: wrong} }

func earlier(s *link.Standing, who access.Principal, key *string) (link.Entry, bool) {
	if key != nil {
		for _, e := range s.Entries() {
			if e.IdempotencyKey == *key && e.By == who.Name {
				return e, true
			}
		}
	}
	return link.Entry{}, false
}

func digestOf(r request) ([32]byte, error) {
	text, err := json.Marshal([]any{r.name, r.input, r.reason})
	return sha256.Sum256(text), err
}

// record is what the audit log keeps of an entry.
func (l *Links) record(ctx context.Context, v directory.View, s *link.Standing, name string, e link.Entry) audit.Record {
	keys := e.Keys
	if e.Act == link.ActUndo {
		keys = s.Concerned(e.Undoes)
	}
	r := audit.Record{
		Phase: audit.Note, Act: name, Actor: audit.Actor{Principal: e.By, Client: requestid.ClientFrom(ctx)}, Identities: keys, Request: requestid.From(ctx),
		Result: audit.Done, Personal: []audit.Value{{Name: audit.Reason, Text: e.Reason}},
	}
	if first := peopleOf(v, keys); len(first) > 0 {
		r.Person = first[0].ID()
	}
	return r
}

func (l *Links) outcome(v directory.View, s *link.Standing, seq int64) *LinkOutcome {
	return &LinkOutcome{UserErrors: []UserError{}, Decision: l.decision(v, s, seq), People: peopleOf(v, s.Concerned(seq))}
}

// peopleOf lists whose the accounts are that v shows, each once, in the order of keys. It is never nil.
func peopleOf(v directory.View, keys []person.Key) []directory.Person {
	found, seen := []directory.Person{}, make(map[person.ID]bool)
	for _, k := range keys {
		if i, ok := v.Identity(k); ok && !seen[i.Person().ID()] {
			seen[i.Person().ID()] = true
			found = append(found, i.Person())
		}
	}
	return found
}
