package app_test

import (
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// TestActsGoThroughWhenReadsMayNot: whoever has read a day's tokens away can still be offboarded, with what is kept for acts.
func TestActsGoThroughWhenReadsMayNot(t *testing.T) {
	const tokens, kept = 300, 15 // 5 %; an act takes 2 for the look and 10 for the call
	s := begin(t, setup{sim: sim.Options{Burst: 1000}, edit: func(c *config.Config) {
		acting().edit(c)
		eachPipedrive(c, func(s *config.Source) { s.Budget = config.Budget{Tokens: tokens, Burst: 1000} })
	}})
	company, _ := working(s)
	source := companySource(company)
	exhausted := func() bool {
		for _, e := range s.try(pageOfPermissions).Errors {
			if e.Extensions.Code == "BUDGET_EXHAUSTED" && e.Extensions.Source == source {
				return true
			}
		}
		return false
	}
	if !exhausted() {
		t.Fatal("reads go on")
	}
	before := s.world.PipedriveServer.Usage().Tokens[company.ID]
	if before > tokens-kept || before <= tokens-kept-10 {
		t.Fatalf("reads have taken %d of %d tokens, of which %d are kept for acts", before, tokens, kept)
	}
	of := func(other string) func(directory.Identity) bool {
		return func(i directory.Identity) bool {
			return ordinary(i) && string(i.Raw().Source) == source && s.app.IDOf(i.Key()) != other
		}
	}
	leaver, id := s.someone(person.Pipedrive, of(""))
	s.ended("DONE", s.act("setPipedriveUserActive", "userId", id, "active", false))
	if active, _ := s.simUser(leaver.Key()); active {
		t.Error("done, and has access still")
	}
	if took := s.world.PipedriveServer.Usage().Tokens[company.ID] - before; took != 12 {
		t.Errorf("the act took %d tokens", took)
	}
	if !exhausted() {
		t.Error("the act has opened the budget to reads")
	}
	// What acts have is not endless: the next one waits, and says for what.
	next, id := s.someone(person.Pipedrive, of(id))
	r := s.act("setPipedriveUserActive", "userId", id, "active", false)
	var step any
	s.until("the act says what it waits for", func() bool {
		now := s.ask(`query($id: ID!) { node(id: $id) { ... on Action { state `+stepFields+` } } }`, "id", text(r, "action", "id"))
		step = dig(now.Data, "node", "steps", 0)
		return text(step, "code") != ""
	})
	if active, _ := s.simUser(next.Key()); !active || text(step, "code") != "BUDGET_EXHAUSTED" || text(step, "state") != "PENDING" {
		t.Errorf("without tokens: active %v, %v", active, step)
	}
	if used := s.world.PipedriveServer.Usage().Tokens[company.ID]; used > tokens {
		t.Errorf("%d tokens were spent of %d", used, tokens)
	}
}
