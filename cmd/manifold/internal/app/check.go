package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// finding is what check learned of one source.
type finding struct {
	who     string
	may     []string
	missing []string
	// untried is what would take more than a cheap call to know.
	untried []string
	err     error
	calls   int
	tokens  int
}

// Check reaches every source with its cheapest calls and says what its credential
// may do, what is missing and what that cost; the Redis that replicas share, and the store. It
// fails when any of them does.
func Check(ctx context.Context, cfg *config.Config, out io.Writer, log *slog.Logger) error {
	costs := collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), charges(cfg.Sources), collect.CostOptions{})
	var (
		findings  = make([]finding, len(cfg.Sources))
		transport = wire.NewTransport()
		wg        sync.WaitGroup
	)
	for i, s := range cfg.Sources {
		wg.Go(func() {
			gate := costs.Gate(budget.Attribution{})
			findings[i] = probe(ctx, s, gate, func(s config.Source) (clients, error) { return dial(s, transport, log) })
			findings[i].calls, findings[i].tokens = gate.Spent()
		})
	}
	wg.Wait()
	transport.CloseIdleConnections()
	err := report(out, cfg.Sources, findings)
	if len(cfg.OIDC) > 0 {
		err = errors.Join(err, checkIssuers(ctx, cfg, out, log))
	}
	if cfg.Redis.Shared() {
		err = errors.Join(err, checkRedis(ctx, cfg.Redis, out, log))
	}
	if cfg.Store.Path != "" || cfg.Store.Postgres != "" {
		err = errors.Join(err, checkStore(ctx, cfg.Store, out))
	}
	return err
}

func probe(ctx context.Context, s config.Source, gate wire.Gate, dial func(config.Source) (clients, error)) finding {
	c, err := dial(s)
	if err != nil {
		return finding{err: err}
	}
	switch {
	case c.pipedrive != nil:
		return probePipedrive(ctx, c, gate)
	case c.pipefy != nil:
		return probePipefy(ctx, c, gate)
	}
	return probePipedream(ctx, c, gate)
}

func probePipedrive(ctx context.Context, c clients, gate wire.Gate) finding {
	me, err := c.pipedrive.As(wire.Interactive, gate).Me(ctx)
	if err != nil {
		return finding{err: err}
	}
	if c.CompanyID != "" && me.Account() != c.CompanyID {
		return finding{err: fault.New(fault.SourceUnavailable,
			"%s has a token of company %s, and its company_id says %s. Correct one of them.", c.ID, me.Account(), c.CompanyID)}
	}
	f := finding{
		who: fmt.Sprintf("%s, user %s of company %s", string(me.CompanyName), me.Key().ID, me.Account()),
		may: []string{"read users, permissions, roles and followers"},
	}
	if me.IsAdmin() {
		f.may = append(f.may, "add users and change who is active")
	} else {
		f.missing = append(f.missing, "its user does not administer the company: it may not see every user's access, and may change nobody's. Use an administrator's token.")
	}
	return f
}

func probePipefy(ctx context.Context, c clients, gate wire.Gate) finding {
	client := c.pipefy.As(wire.Interactive, gate)
	org, err := client.Organization(ctx, c.OrganizationID)
	if err != nil {
		return finding{err: err}
	}
	f := finding{who: fmt.Sprintf("organization %s (%s), as %s", org.Name, org.ID, org.Role), may: []string{"read members"}}
	switch org.Role {
	case "super_admin", "admin":
		f.may = append(f.may, "invite, change and remove members")
	default:
		f.missing = append(f.missing, fmt.Sprintf("the role %q may not manage members. Give it admin.", org.Role))
	}
	pipes, err := client.OrganizationPipes(ctx, c.OrganizationID)
	switch {
	case err != nil:
		f.missing = append(f.missing, "it may not list pipes")
	case len(pipes.List) < pipes.Total:
		f.missing = append(f.missing, fmt.Sprintf("it is a member of %d of %d pipes: Pipefy lists no others to it. Invite it to the rest.", len(pipes.List), pipes.Total))
	}
	return f
}

func report(out io.Writer, sources []config.Source, findings []finding) error {
	var failed []string
	for i, f := range findings {
		s := sources[i]
		if f.err != nil {
			failed = append(failed, s.ID)
			fmt.Fprintf(out, "FAILED  %s (%s at %s)\n        %s\n", s.ID, s.System, s.BaseURL, fault.From(f.err).Message)
		} else {
			fmt.Fprintf(out, "ok      %s (%s): %s\n        may: %s\n", s.ID, s.System, f.who, strings.Join(f.may, "; "))
		}
		for _, m := range f.missing {
			fmt.Fprintf(out, "        missing: %s\n", m)
		}
		for _, u := range f.untried {
			fmt.Fprintf(out, "        not tried: %s\n", u)
		}
		if place := webhookPlace(s); place != "" {
			fmt.Fprintf(out, "        webhook: %s\n", place)
		}
		fmt.Fprintf(out, "        cost: %d calls, %s\n", f.calls, tokens(s, f.tokens))
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d sources could not be used: %s", len(failed), len(sources), strings.Join(failed, ", "))
	}
	return nil
}

func tokens(s config.Source, n int) string {
	if s.SystemOf() == person.Pipedrive {
		return fmt.Sprintf("%d tokens", n)
	}
	return fmt.Sprintf("%d metered requests", n)
}
