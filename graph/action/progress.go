package action

import (
	"context"
	"errors"
	"io"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// News tells that an action has moved, in this process or another one. Declared here, by who waits for it.
type News interface {
	// WatchAction: the channel holds a signal once asking the store may be worth it; stop ends it.
	WatchAction(id ID) (news <-chan struct{}, stop func())
}

// Progress follows one action. It has one user at a time.
type Progress struct {
	desk *Desk
	id   ID
	news <-chan struct{}
	stop func()
	told int64 // the revision that was told; 0: none
	over bool
}

// Progress follows the action with an id. Close ends it. An error says that there is none that who asks may see.
func (d *Desk) Progress(ctx context.Context, id string) (*Progress, error) {
	decoded, err := d.ids.Decode(id)
	if err != nil {
		return nil, err
	}
	raw, ok := decoded.Action()
	if !ok {
		return nil, fault.New(fault.BadUserInput, "This is the id of a %s, not of an action. Use one as an earlier answer gave it.", decoded.Kind())
	}
	p := &Progress{desk: d, id: ID(raw)}
	if _, _, err := p.look(ctx); err != nil {
		return nil, err
	}
	p.news, p.stop = d.news.WatchAction(p.id)
	return p, nil
}

// Close ends p.
func (p *Progress) Close() { p.stop() }

// look is how the action stands, for who is asking now.
func (p *Progress) look(ctx context.Context) (Action, access.Principal, error) {
	who, err := access.Renew(ctx)
	if err != nil {
		return Action{}, who, err
	}
	if missing, ok := who.Allowed("Subscription", "actionProgress"); !ok {
		return Action{}, who, fault.New(fault.Forbidden, "Following an action needs the scope %s.", missing)
	}
	a, err := p.desk.get(ctx, who, p.id)
	switch {
	case errors.Is(err, ErrNotFound):
		err = fault.New(fault.NotFound, "There is no such action.")
	case err != nil && ctx.Err() == nil:
		err = unread(err)
	}
	return a, who, err
}

// Next waits until the action stands otherwise than it was told last, for who is asking then. io.EOF: it has ended, and
// that was told.
func (p *Progress) Next(ctx context.Context) (*Shown, access.Principal, error) {
	for {
		if p.over {
			return nil, access.Principal{}, io.EOF
		}
		a, who, err := p.look(ctx)
		if err != nil {
			return nil, who, err
		}
		if a.Revision != p.told {
			_, open := a.DueAt()
			p.told, p.over = a.Revision, !open
			return p.desk.shown(who, a), who, nil
		}
		select {
		case <-ctx.Done():
			return nil, who, ctx.Err()
		case <-p.news:
		}
	}
}
