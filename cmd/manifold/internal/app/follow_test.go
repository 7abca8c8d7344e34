package app_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/follow"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/redistest"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// pair is two replicas over one store and one Redis, of which neither looks for what the other does not ring for.
func pair(t *testing.T) (here, there *stage, redis *redistest.Server) {
	t.Helper()
	world, err := sim.Start(context.Background(), sim.Options{World: smallWorld()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	redis = redistest.Start(t)
	path := filepath.Join(t.TempDir(), "manifold.db")
	replica := func() *stage {
		cfg, err := config.Parse("world", app.WorldConfig(world), func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		cfg.Listen, cfg.Store.Path, cfg.Redis.Addresses = "127.0.0.1:0", path, []string{redis.Addr()}
		s, _ := serve(t, world, cfg, app.NewPatient)
		return s
	}
	return replica(), replica(), redis
}

// admin is somebody who may see and follow everything.
func admin(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return access.With(ctx, access.NewPrincipal("local", access.Scopes...))
}

// untilTold reads what a follower is told, until so holds.
func untilTold(t *testing.T, ctx context.Context, f *follow.People, what string, so func(follow.PersonChange) bool) {
	t.Helper()
	for {
		e, err := f.Next(ctx)
		if err != nil {
			t.Fatalf("never told: %s: %v", what, err)
		}
		if so(e.Value) {
			return
		}
	}
}

// A decision that somebody takes at one replica is told at once to who follows at another one, also after Redis was away.
func TestADecisionIsToldToWhoFollowsAtAnotherReplica(t *testing.T) {
	t.Parallel()
	here, there, redis := pair(t)
	ctx := admin(t)
	f, err := there.app.Hub().People(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	untilTold(t, ctx, f, "to ask anew", func(c follow.PersonChange) bool { return c.Kind == follow.Resync })
	_, accounts := here.strangers()
	linked := here.ask(linkThem, "ids", accounts[:]).Data
	survivor, decision := text(linked, "linkIdentities", "people", 0, "id"), text(linked, "linkIdentities", "decision", "id")
	if survivor == "" {
		t.Fatal(linked)
	}
	untilTold(t, ctx, f, "that two were merged", func(c follow.PersonChange) bool {
		return c.Kind == follow.Merged && *c.IntoID() == survivor
	})
	redis.Kill()
	if wrong := items(here.ask(undoIt, "id", decision).Data, "undoLinkDecision", "userErrors"); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	redis.Start()
	untilTold(t, ctx, f, "that they are two again", func(c follow.PersonChange) bool { return c.Kind == follow.Appeared })
}

// An act that one replica has decided and withdrawn is progress for who follows it at another one.
func TestAnActIsProgressAtAnotherReplica(t *testing.T) {
	t.Parallel()
	here, there, _ := pair(t)
	ctx := admin(t)
	i, _ := here.someone(person.Pipedrive, ordinary)
	whom := here.app.IDOfPerson(i.Person().ID())
	at := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	_, token := here.preview("offboardPerson", "personIds", []string{whom}, "at", at)
	planned := here.act("offboardPerson", "personIds", []string{whom}, "at", at, "planToken", token)
	id := text(planned, "action", "id")
	p, err := there.app.Desk().Progress(ctx, id)
	if err != nil {
		t.Fatalf("%v: %v", planned, err)
	}
	defer p.Close()
	if a, _, err := p.Next(ctx); err != nil || a.State() != action.Scheduled {
		t.Fatalf("it begins with %v, %v", a, err)
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		if a, _, err := p.Next(ctx); err != nil || a.State() != action.Cancelled {
			t.Errorf("after it was withdrawn: %v, %v", a, err)
		}
		if _, _, err := p.Next(ctx); !errors.Is(err, io.EOF) {
			t.Errorf("it does not end: %v", err)
		}
	}()
	here.act("cancelAction", "actionId", id)
	<-told
}
