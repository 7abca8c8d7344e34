package contract_test

import (
	"context"
	"testing"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// act is a write and how often the simulator has made it.
type act struct {
	system    person.System
	operation string // as faults name it
	do        func(context.Context, *ground) error
	made      func(*ground) int
}

var acts = map[string]act{
	"add a user": {person.Pipedrive, "addUser",
		func(ctx context.Context, g *ground) error {
			_, err := g.pipedrive.AddUser(ctx, pipedrive.NewUser{Email: "lost@acme.example"})
			return err
		},
		func(g *ground) int { return g.PipedriveServer.Usage().Requests["addUser"] }},
	"deactivate a user": {person.Pipedrive, "updateUser",
		func(ctx context.Context, g *ground) error {
			_, err := g.pipedrive.SetUserActive(ctx, g.PipedriveServer.Users(g.company())[1].ID, false)
			return err
		},
		func(g *ground) int { return g.PipedriveServer.Usage().Requests["updateUser"] }},
	"invite a member": {person.Pipefy, "inviteMembers",
		func(ctx context.Context, g *ground) error {
			_, err := g.pipefy.InviteMembers(ctx, pipefy.InPipe(digits(g.pipe.ID)), "", []pipefy.Invitation{{Email: "lost@acme.example", Role: "member"}})
			return err
		},
		func(g *ground) int { return g.PipefyServer.Usage().Operations["inviteMembers"] }},
	"set a role": {person.Pipefy, "setRole",
		func(ctx context.Context, g *ground) error {
			return g.pipefy.SetRole(ctx, pipefy.InTable(g.table.ID), pipefy.RoleChange{UserID: digits(g.member.ID), Role: "admin"})
		},
		func(g *ground) int { return g.PipefyServer.Usage().Operations["setRole"] }},
	"remove from the organization": {person.Pipefy, "removeUserFromOrg",
		func(ctx context.Context, g *ground) error {
			return g.pipefy.RemoveUserFromOrg(ctx, digits(g.org), g.member.Email)
		},
		func(g *ground) int { return g.PipefyServer.Usage().Operations["removeUserFromOrg"] }},
	"delete an external user": {person.Pipedream, "DELETE users",
		func(ctx context.Context, g *ground) error {
			_, err := g.pipedream.DeleteUser(ctx, "default_user")
			return err
		},
		func(g *ground) int { return g.PipedreamServer.Usage().ByRoute["DELETE /users/{id}"] }},
	"delete an account": {person.Pipedream, "DELETE accounts",
		func(ctx context.Context, g *ground) error {
			_, err := g.pipedream.DeleteAccount(ctx, g.PipedreamState.Accounts("proj_man1f0ld", "production", "default_user")[0].ID)
			return err
		},
		func(g *ground) int { return g.PipedreamServer.Usage().ByRoute["DELETE /accounts/{id}"] }},
}

// TestEveryFaultOfAWrite: no write is ever sent twice, whatever became of its answer.
// Success means that it was made, a plain failure that it was not, and everything
// between is said to be in doubt.
func TestEveryFaultOfAWrite(t *testing.T) {
	t.Parallel()
	for name, a := range acts {
		for kind := range outcomes {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				g := open(t, facing(kind))
				service := vendors[a.system].service(g.stage)
				must(t, service.Chaos.Add(chaos.Fault{Name: "f", Kind: kind, Match: chaos.Match{Operation: a.operation}}))
				err := a.do(t.Context(), g)
				if n := service.Chaos.Fired("f"); n != 1 || g.gate.admitted() != 1 || g.gate.open() != 0 || !g.gate.calls[0].Write {
					t.Fatalf("sent %d times, gate %+v", n, g.gate.calls)
				}
				made := a.made(g)
				if err == nil {
					if made != 1 {
						t.Errorf("success, and it was made %d times", made)
					}
					return
				}
				f := failure(t, err)
				if want := outcomeOf(a.system, kind).kind; f.Kind != want {
					t.Errorf("%v, want %v", f, want)
				}
				if made > 1 || made == 1 && !f.Ambiguous {
					t.Errorf("made %d times: %v", made, f)
				}
				switch f.Kind {
				case wire.ServerError, wire.Timeout, wire.Unreachable, wire.Malformed, wire.TooLarge:
					if !f.Ambiguous || fault.KindOf(err) != fault.SourceUnavailable {
						t.Errorf("an unknown effect is not told: %v, public %v", f, fault.KindOf(err))
					}
				default:
					if f.Ambiguous {
						t.Errorf("a clear refusal is told as a doubt: %v", f)
					}
				}
				g.discreet(t, err.Error(), fault.From(err).Message)
			})
		}
	}
}

// TestAWriteThatNeverLeftIsRepeated: where no byte could be sent nothing can have been made.
func TestAWriteThatNeverLeftIsRepeated(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	must(t, st.Close())
	_, err := st.pipedrive.AddUser(t.Context(), pipedrive.NewUser{Email: "never@acme.example"})
	if f := failure(t, err); f.Kind != wire.Unreachable || f.Sent || f.Ambiguous || st.gate.admitted() != 3 {
		t.Errorf("%+v after %d attempts", f, st.gate.admitted())
	}
	for _, o := range st.gate.outcomes {
		if o.Sent {
			t.Error("an attempt that found nobody was settled as sent")
		}
	}
}
