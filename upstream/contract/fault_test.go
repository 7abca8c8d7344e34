package contract_test

import (
	"context"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// facing is the setting for a fault: short of patience where it does nothing but waste time.
func facing(kind chaos.Kind) setting {
	s := setting{limits: wire.Limits{MaxBody: 1 << 20}}
	if kind == chaos.Hang || kind == chaos.SlowBody {
		s.limits.Timeout = time.Second
	}
	return s
}

// vendor is one client with the service behind it, and a read to spoil.
type vendor struct {
	service   func(*stage) *sim.Service
	operation string // the read, as faults name it
	read      func(context.Context, *stage) error
}

var vendors = map[person.System]vendor{
	person.Pipedrive: {
		func(st *stage) *sim.Service { return st.Pipedrive }, "listUsers",
		func(ctx context.Context, st *stage) error { _, err := st.pipedrive.Users(ctx); return err },
	},
	person.Pipefy: {
		func(st *stage) *sim.Service { return st.Pipefy }, "organization",
		func(ctx context.Context, st *stage) error {
			_, err := st.pipefy.OrganizationMembers(ctx, st.organization())
			return err
		},
	},
	person.Pipedream: {
		func(st *stage) *sim.Service { return st.Pipedream }, "GET info",
		func(ctx context.Context, st *stage) error { _, err := st.pipedream.ProjectInfo(ctx); return err },
	},
}

// expected is what a fault that does not go away becomes.
type expected struct {
	kind     wire.Kind
	public   fault.Kind
	attempts int
}

// outcomes say what each fault becomes, for every vendor but those that exceptions name.
var outcomes = map[chaos.Kind]expected{
	chaos.Status500:    {wire.ServerError, fault.SourceUnavailable, 3},
	chaos.Status503:    {wire.ServerError, fault.SourceUnavailable, 3},
	chaos.Unauthorized: {wire.Unauthorized, fault.SourceUnavailable, 2}, // once with a fresh token
	chaos.Burst429:     {wire.BurstLimited, fault.RateLimited, 1},       // the wait is longer than a caller's patience
	chaos.Daily429:     {wire.BurstLimited, fault.RateLimited, 1},
	chaos.HTML403:      {wire.Blocked, fault.SourceUnavailable, 1},
	chaos.Hang:         {wire.Timeout, fault.SourceUnavailable, 2},
	chaos.Reset:        {wire.Unreachable, fault.SourceUnavailable, 2},
	chaos.Garbage:      {wire.Malformed, fault.SourceUnavailable, 1},
	chaos.Truncated:    {wire.Unreachable, fault.SourceUnavailable, 2},
	chaos.SlowBody:     {wire.Timeout, fault.SourceUnavailable, 2},
	chaos.HugeBody:     {wire.TooLarge, fault.SourceUnavailable, 1},
}

// exceptions: an API token cannot be renewed, and Pipedrive alone has a daily budget.
var exceptions = map[person.System]map[chaos.Kind]expected{
	person.Pipedrive: {
		chaos.Unauthorized: {wire.Unauthorized, fault.SourceUnavailable, 1},
		chaos.Daily429:     {wire.DailyLimited, fault.BudgetExhausted, 1},
	},
}

func outcomeOf(system person.System, kind chaos.Kind) expected {
	if e, ok := exceptions[system][kind]; ok {
		return e
	}
	return outcomes[kind]
}

// TestEveryFaultOfARead: each kind of fault at each vendor ends as the right failure,
// after a bounded number of attempts, each of which asked the gate.
func TestEveryFaultOfARead(t *testing.T) {
	t.Parallel()
	for system, v := range vendors {
		for _, kind := range chaos.Kinds {
			t.Run(system.String()+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				st := play(t, facing(kind))
				service := v.service(st)
				must(t, service.Chaos.Add(chaos.Fault{Name: "f", Kind: kind, Match: chaos.Match{Operation: v.operation}}))
				began := time.Now()
				err := v.read(t.Context(), st)
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("it took %s", took)
				}
				want := outcomeOf(system, kind)
				if kind == chaos.Slow {
					want = expected{wire.OK, fault.Internal, 1}
				}
				if got := wire.KindOf(err); got != want.kind {
					t.Fatalf("%v, want %v: %v", got, want.kind, err)
				}
				if n := service.Chaos.Fired("f"); n != want.attempts || st.gate.admitted() != n || st.gate.open() != 0 {
					t.Errorf("%d attempts, %d admitted, %d not settled; want %d", n, st.gate.admitted(), st.gate.open(), want.attempts)
				}
				if err == nil {
					return
				}
				public := fault.From(err)
				if public.Kind != want.public || public.Source == "" {
					t.Errorf("public %s of %q, want %s", public.Kind.Code(), public.Source, want.public.Code())
				}
				if f := failure(t, err); f.Ambiguous {
					t.Error("a read is never in doubt")
				}
				st.discreet(t, err.Error(), public.Message)
			})
		}
	}
}

// TestFaultsThatPass: what fails once is repeated and then good, and both attempts are charged.
func TestFaultsThatPass(t *testing.T) {
	t.Parallel()
	for system, v := range vendors {
		for kind, e := range outcomes {
			if outcomeOf(system, kind).attempts < 2 {
				continue
			}
			t.Run(system.String()+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				st := play(t, facing(kind))
				must(t, v.service(st).Chaos.Add(chaos.Fault{Name: "f", Kind: kind, Count: 1, Match: chaos.Match{Operation: v.operation}}))
				if err := v.read(t.Context(), st); err != nil {
					t.Errorf("%s: %v", e.kind, err)
				}
				if n := st.gate.admitted(); n != 2 {
					t.Errorf("%d attempts were charged", n)
				}
			})
		}
	}
}

// TestLoginFails: a token endpoint that fails is a failure of the source, and costs nothing there.
func TestLoginFails(t *testing.T) {
	t.Parallel()
	for system, operation := range map[person.System]string{person.Pipefy: "token", person.Pipedream: "POST token"} {
		for kind, want := range map[chaos.Kind]wire.Kind{
			chaos.Status500: wire.ServerError, chaos.Unauthorized: wire.Unauthorized, chaos.HTML403: wire.Blocked,
			chaos.Garbage: wire.Malformed, chaos.HugeBody: wire.TooLarge, chaos.Reset: wire.Unreachable,
		} {
			st := play(t, facing(kind))
			must(t, vendors[system].service(st).Chaos.Add(chaos.Fault{Name: "f", Kind: kind, Match: chaos.Match{Operation: operation}}))
			err := vendors[system].read(t.Context(), st)
			if wire.KindOf(err) != want || fault.KindOf(err) != fault.SourceUnavailable || st.gate.charged() != 0 || st.gate.open() != 0 {
				t.Errorf("%s %s: %v, public %v, %d charged, %d left open", system, kind, err, fault.KindOf(err), st.gate.charged(), st.gate.open())
			}
			st.discreet(t, err.Error())
		}
	}
}
