package app_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// replica serves a world that is there, over a store that is kept, until the test ends or stop is called.
func replica(t *testing.T, world *sim.Running, path string) (s *stage, stop func()) {
	t.Helper()
	cfg, err := config.Parse("world", app.WorldConfig(world), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen, cfg.Store.Path = "127.0.0.1:0", path
	return serve(t, world, cfg, app.New)
}

// serve is replica, of a configuration and by a way to make the App.
func serve(t *testing.T, world *sim.Running, cfg *config.Config, open func(*config.Config, *slog.Logger) (*app.App, error)) (s *stage, stop func()) {
	t.Helper()
	s = &stage{t: t, world: world, log: &transcript{}}
	log := server.NewLogger(s.log, "debug", "json")
	var err error
	if s.app, err = open(cfg, log); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	listening, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- s.app.Serve(ctx, cfg, log, func(url string) { listening <- url }) }()
	stopped := false
	stop = func() {
		if cancel(); !stopped {
			stopped = true
			if err := <-ended; err != nil {
				t.Errorf("serving ended with %v", err)
			}
		}
	}
	t.Cleanup(stop)
	s.url = <-listening
	s.until("every source is read", func() bool {
		for _, h := range s.healths() {
			if h != person.HealthOK {
				return false
			}
		}
		return true
	})
	return s, stop
}

const loners = `query($system: [System!]) { people(first: 30, filter: {presentIn: $system, isLinked: false, kinds: [HUMAN, UNKNOWN]}) { nodes { id identities { id } } } }`

// two people who are strangers to every rule: of each the id, and the id of the one account.
func (s *stage) strangers() (people, accounts [2]string) {
	for n, system := range []string{"PIPEDRIVE", "PIPEFY"} {
		nodes := items(s.ask(loners, "system", []string{system}).Data, "people", "nodes")
		if len(nodes) == 0 {
			s.t.Fatalf("nobody is in %s alone", system)
		}
		people[n], accounts[n] = text(nodes[0], "id"), text(nodes[0], "identities", 0, "id")
	}
	return people, accounts
}

const (
	linkThem = `mutation($ids: [ID!]!, $key: String) { linkIdentities(input: {identityIds: $ids, reason: "the same desk", idempotencyKey: $key}) {
		userErrors { code message field } decision { id isInForce decidedBy joinsSameAccount } people { id identities { id } } } }`
	undoIt = `mutation($id: ID!) { undoLinkDecision(input: {decisionId: $id, reason: "they are two"}) {
		userErrors { code } decision { act undoes } people { id identities { id } } } }`
	whoIs = `query($id: ID!) { node(id: $id) { id ... on Person { identities { id } links { basis trust decidedBy decidedAt reason } } } }`
)

func (s *stage) idOf(id string) string { return text(s.ask(whoIs, "id", id).Data, "node", "id") }

// An admin links two accounts, restarts Manifold, finds what they did, and takes it back; a second process over the same
// store follows.
func TestADecisionOnLinksOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	world, err := sim.Start(context.Background(), sim.Options{World: smallWorld()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	path := filepath.Join(t.TempDir(), "manifold.db")
	s, stop := replica(t, world, path)
	other, _ := replica(t, world, path)
	people, accounts := s.strangers()

	linked := s.ask(linkThem, "ids", accounts[:], "key", "k1").Data
	if wrong := items(linked, "linkIdentities", "userErrors"); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	survivor := text(linked, "linkIdentities", "people", 0, "id")
	if !slices.Contains(people[:], survivor) || len(items(linked, "linkIdentities", "people", 0, "identities")) != 2 {
		t.Fatalf("%v became %v", people, linked)
	}
	decision := text(linked, "linkIdentities", "decision", "id")
	holds := func(s *stage) bool { return s.idOf(people[0]) == survivor && s.idOf(people[1]) == survivor }
	if !holds(s) {
		t.Error("a retired id does not answer the survivor")
	}
	other.until("the other process follows", func() bool { return holds(other) })

	stop()
	s, _ = replica(t, world, path)
	if !holds(s) {
		t.Error("after a restart they are two people again, or somebody else")
	}
	link := dig(s.ask(whoIs, "id", survivor).Data, "node", "links", 0)
	if text(link, "basis") != "DECISION" || text(link, "trust") != "CONFIRMED" || text(link, "decidedBy") != "local" || text(link, "decidedAt") == "" || text(link, "reason") != "the same desk" {
		t.Errorf("the link says %v", link)
	}
	again := s.ask(linkThem, "ids", accounts[:], "key", "k1").Data
	if text(again, "linkIdentities", "decision", "id") != decision {
		t.Errorf("a repeated request answers %v", again)
	}
	listed := items(s.ask(`{ linkDecisions(first: 5) { nodes { id act identityIds reason isInForce } } }`).Data, "linkDecisions", "nodes")
	if len(listed) != 1 || text(listed[0], "id") != decision || text(listed[0], "act") != "LINK" || dig(listed[0], "isInForce") != true {
		t.Errorf("the decisions are %v", listed)
	}
	undone := s.ask(undoIt, "id", decision).Data
	if wrong := items(undone, "undoLinkDecision", "userErrors"); len(wrong) > 0 || text(undone, "undoLinkDecision", "decision", "undoes") != decision {
		t.Fatal(undone)
	}
	apart := func(s *stage) bool { return s.idOf(people[0]) == people[0] && s.idOf(people[1]) == people[1] }
	if !apart(s) {
		t.Error("the undo does not restore both ids")
	}
	other.until("the other process follows the undo", func() bool { return apart(other) })
	log := items(s.ask(`{ auditLog(first: 10, filter: {act: "linkIdentities"}) { nodes { act reason phase } } }`).Data, "auditLog", "nodes")
	if len(log) != 1 || text(log[0], "reason") != "the same desk" {
		t.Errorf("the audit log says %v", log)
	}
}

// A contested address links nobody, before a decision on two of its users and after it.
func TestAContestedAddressLinksNobodyByItself(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	conflicts := items(s.ask(`{ linkConflicts(first: 100) { nodes { reason identities { id person { id } } } } }`).Data, "linkConflicts", "nodes")
	for _, c := range conflicts {
		sides := items(c, "identities")
		if text(c, "reason") != "CONTESTED_EMAIL" || len(sides) < 2 {
			continue
		}
		a, b := sides[0], sides[1]
		if text(a, "person", "id") == text(b, "person", "id") {
			continue
		}
		out := s.ask(linkThem, "ids", []string{text(a, "id"), text(b, "id")}).Data
		if len(items(out, "linkIdentities", "userErrors")) > 0 {
			continue // others of theirs are in the way
		}
		if n := len(items(out, "linkIdentities", "people")); n != 1 {
			t.Errorf("they are %d people", n)
		}
		return
	}
	t.Fatal("no contested address can be decided about")
}

// Mutations need their scope, and nothing of theirs is carried out for a plan.
func TestWhoMayDecideOnLinks(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withKeys})
	ask := func(key string) reply {
		return s.post(body(`mutation { linkIdentities(input: {identityIds: ["x", "y"], reason: "r"}) { userErrors { code field } } }`, nil), as(key))
	}
	if r := ask(allKey); len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "FORBIDDEN" || r.Errors[0].at() != "linkIdentities" || !strings.Contains(r.Errors[0].Message, "links:write") {
		t.Errorf("without the scope: %s", r.raw)
	}
	open := begin(t, setup{})
	if r := open.send("POST", "/graphql", body(linkThem, map[string]any{"ids": []string{"x", "y"}}), "Content-Type: application/json", "Manifold-Explain: plan"); len(r.Errors) == 0 {
		t.Errorf("a plan was made: %s", r.raw)
	}
	if n := len(items(open.ask(`{ linkDecisions { nodes { id } } }`).Data, "linkDecisions", "nodes")); n != 0 {
		t.Errorf("%d decisions", n)
	}
}
