package app

import (
	"context"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/upstream/notify"
)

// What is stored is rung for where it is stored, so that nobody who stores has to think of it.

// tellingJournal rings when somebody has decided.
type tellingJournal struct {
	people.LinkJournal
	bell notify.Notifier
}

func (j tellingJournal) AppendLinkDecision(ctx context.Context, last int64, e link.Entry, r audit.Record) (int64, error) {
	seq, err := j.LinkJournal.AppendLinkDecision(ctx, last, e, r)
	if err == nil {
		j.bell.Ring(notify.Decisions, "")
	}
	return seq, err
}

// tellingSeats rings when ids were given or moved.
type tellingSeats struct {
	lineage.Store
	bell notify.Notifier
}

func (s tellingSeats) EnterSeats(ctx context.Context, seats []lineage.Seat) ([]lineage.Seat, error) {
	seats, err := s.Store.EnterSeats(ctx, seats)
	if err == nil {
		s.bell.Ring(notify.Seats, "")
	}
	return seats, err
}

func (s tellingSeats) MoveSeats(ctx context.Context, moves []lineage.Move) ([]lineage.Seat, error) {
	seats, err := s.Store.MoveSeats(ctx, moves)
	if err == nil {
		s.bell.Ring(notify.Seats, "")
	}
	return seats, err
}

// tellingActions rings when an action has moved.
type tellingActions struct {
	action.Store
	bell notify.Notifier
}

func (s tellingActions) Update(ctx context.Context, a action.Action, notes ...action.Note) (action.Action, error) {
	a, err := s.Store.Update(ctx, a, notes...)
	if err == nil {
		s.bell.Ring(notify.Actions, a.ID.String())
	}
	return a, err
}

// actionNews is action.News.
type actionNews struct{ notify.Notifier }

func (n actionNews) WatchAction(id action.ID) (<-chan struct{}, func()) {
	return n.Watch(notify.Actions, id.String())
}
