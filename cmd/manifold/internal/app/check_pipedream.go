package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// probePipedream tries each scope that a reading needs with one page of its list.
func probePipedream(ctx context.Context, c clients, gate wire.Gate) finding {
	f := finding{
		who:     fmt.Sprintf("project %s, %s", c.ProjectID, c.Environment),
		may:     []string{"read external users and their accounts"},
		untried: []string{"deployed triggers, which are read for one external user at a time (scope connect:deployed_triggers:read)"},
	}
	info, err := c.pipedream.As(wire.Interactive, gate).ProjectInfo(ctx)
	switch {
	case err == nil:
		f.who += fmt.Sprintf(", %d apps", len(info.Apps.Items))
	case wire.KindOf(err) != wire.Denied: // which scope this call needs is not documented, and no reading makes it
		return finding{err: err}
	}
	for _, list := range []struct {
		what, scope string
		read        func(*pipedream.Client) error
	}{
		{"external users", "connect:users:read", func(p *pipedream.Client) error {
			_, err := p.Users(ctx)
			return err
		}},
		{"accounts", "connect:accounts:read", func(p *pipedream.Client) error {
			_, err := p.Accounts(ctx, pipedream.AccountFilter{})
			return err
		}},
	} {
		err := list.read(c.pipedream.As(wire.Interactive, &onePage{Gate: gate}))
		switch {
		case err == nil || errors.Is(err, errOnePage):
		case wire.KindOf(err) == wire.Denied:
			return finding{err: fault.New(fault.SourceUnavailable,
				"%s does not let its credential read %s. Give its OAuth client the scope %s.", c.ID, list.what, list.scope)}
		default:
			return finding{err: err}
		}
	}
	return f
}

var errOnePage = errors.New("one page was read, and is enough")

// onePage is a Gate for one list: it closes when a page has come, so that a list of any length costs one call.
type onePage struct {
	wire.Gate
	came bool
}

func (g *onePage) Admit(ctx context.Context, call wire.Call) (wire.Ticket, error) {
	if g.came {
		return nil, errOnePage
	}
	t, err := g.Gate.Admit(ctx, call)
	if err != nil {
		return nil, err
	}
	return onePageTicket{t, g}, nil
}

type onePageTicket struct {
	wire.Ticket
	gate *onePage
}

func (t onePageTicket) Done(o wire.Outcome) {
	t.gate.came = o.Sent && o.Kind == wire.OK
	t.Ticket.Done(o)
}
