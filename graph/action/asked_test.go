package action_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// broken is a store that answers everything with one error.
type broken struct {
	action.Store
	err error
}

func (b broken) Get(context.Context, action.ID) (action.Action, error) { return action.Action{}, b.err }
func (b broken) List(context.Context, action.Filter, action.ID, int) ([]action.Action, error) {
	return nil, b.err
}
func (b broken) Findings(context.Context, action.ID, int) ([]action.Finding, error) {
	return nil, b.err
}

// halfBroken lists findings, and then breaks.
type halfBroken struct{ broken }

func (halfBroken) Findings(context.Context, action.ID, int) ([]action.Finding, error) {
	return []action.Finding{{ID: action.ID{1}}}, nil
}

type nobody struct{ s *directory.Snapshot }

func (n nobody) Current() *directory.Snapshot { return n.s }
func (n nobody) Begun() <-chan struct{}       { c := make(chan struct{}); close(c); return c }

// TestAskingTellsWhatIsWrongWithTheStore: what a store says of itself is what the admin must read; what it does not
// explain is not told.
func TestAskingTellsWhatIsWrongWithTheStore(t *testing.T) {
	full := fault.New(fault.SourceUnavailable, "The store has no room left.")
	full.RetryAfter = 5 * time.Second
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := nodeid.New([]byte("a secret that is long enough for ids"))
	if err != nil {
		t.Fatal(err)
	}
	empty := nobody{directory.Build(directory.Input{Linker: linker, PersonID: func(person.Key) person.ID { return person.ID{} }})}
	who := access.NewPrincipal("key:admin", append(access.ActScopes, access.ScopeDirectoryRead)...)
	for _, c := range []struct {
		err  error
		kind fault.Kind
		says string
		wait time.Duration
	}{
		{full, fault.SourceUnavailable, "The store has no room left.", 5 * time.Second},
		{errors.New("hush"), fault.Internal, "Manifold", 0},
	} {
		d := action.NewDesk(action.DeskOptions{Directory: empty, IDs: ids, Store: broken{err: c.err}, Now: time.Now})
		half := action.NewDesk(action.DeskOptions{Directory: empty, IDs: ids, Store: halfBroken{broken{err: c.err}}, Now: time.Now})
		first := 5
		for what, ask := range map[string]func() error{
			"node":     func() error { _, err := d.Node(t.Context(), who, action.ID{1}); return err },
			"actions":  func() error { _, err := d.Actions(t.Context(), who, nil, people.Paging{First: &first}); return err },
			"findings": func() error { _, err := d.Findings(t.Context(), who, people.Paging{First: &first}); return err },
			"a finding's action": func() error {
				_, err := half.Findings(t.Context(), who, people.Paging{First: &first})
				return err
			},
			"cancelAction": func() error {
				_, err := d.CancelAction(t.Context(), who, action.CancelActionInput{ActionID: ids.Action(action.ID{1}), Order: action.Order{Reason: "r"}})
				return err
			},
		} {
			f, ok := errors.AsType[*fault.Error](ask())
			if !ok || f.Kind != c.kind || !strings.HasPrefix(f.Message, c.says) || strings.Contains(f.Message, "hush") || f.RetryAfter != c.wait {
				t.Errorf("%s, of a store that says %q: %+v", what, c.err, f)
			}
		}
	}
}
