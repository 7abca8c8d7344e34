package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// planned is extensions.manifold.plan as a client reads it.
type planned struct {
	Data       map[string]any
	Errors     []failure
	Extensions struct {
		Manifold struct {
			Plan *struct {
				Sources []sourcePlan
				Price   struct {
					Limit   int
					Systems []struct {
						System string
						Tokens int
						Fields []struct {
							Field         string
							Reads, Tokens int
						}
					}
				}
			}
		}
	}
}

type sourcePlan struct {
	Source        string
	Calls, Tokens bounds
	Saved         int
	Remaining     *bounds
	Steps         []struct {
		Operation, Field, Reason string
		Calls, Tokens            bounds
	}
}

type bounds struct{ AtLeast, AtMost int }

func (b bounds) hold(n int) bool { return b.AtLeast <= n && n <= b.AtMost }

// explain asks for the plan.
func (s *stage) explain(body string, headers ...string) planned {
	s.t.Helper()
	r := s.post(body, append([]string{"Manifold-Explain: plan"}, headers...)...)
	var p planned
	if err := json.Unmarshal([]byte(r.raw), &p); err != nil || p.Extensions.Manifold.Plan == nil {
		s.t.Fatalf("no plan: %.500s", r.raw)
	}
	if p.Data != nil {
		s.t.Errorf("a plan has data: %.200s", r.raw)
	}
	return p
}

// of is the plan's figure for the sources with a name that begins so.
func (p planned) of(prefix string) bounds {
	var sum bounds
	for _, s := range p.Extensions.Manifold.Plan.Sources {
		if strings.HasPrefix(s.Source, prefix) {
			sum.AtLeast += s.Tokens.AtLeast
			sum.AtMost += s.Tokens.AtMost
		}
	}
	return sum
}

// meters are what the vendors themselves have counted, by the prefix of the sources that they count for.
func (s *stage) meters() map[string]int {
	out := map[string]int{}
	for company, tokens := range s.world.PipedriveServer.Usage().Tokens {
		out[fmt.Sprint("pipedrive-", company)] = tokens
	}
	for route, n := range s.world.PipedreamServer.Usage().ByRoute {
		if !strings.Contains(route, "oauth") {
			out["pipedream-"] += n
		}
	}
	out["pipefy-"] = s.world.PipefyServer.Usage().Requests
	return out
}

// wide lets a page leave at once, so that all that is planned has happened when the answer comes.
func wide() setup {
	return setup{
		sim: sim.Options{Burst: 5000, Budget: 1_000_000},
		edit: func(c *config.Config) {
			c.Limits.OperationTokens, c.Limits.Complexity = 1_000_000, 1_000_000
			eachPipedrive(c, func(s *config.Source) { s.Budget = config.Budget{Tokens: 1_000_000, Burst: 5000} })
		},
	}
}

// In a still world what is spent lies within what was foretold, and is that where the bounds agree; foretelling
// makes no call. Each operation is asked twice, so that the second plan is made with all of it held.
func TestExplainForetellsTwoHundredOperations(t *testing.T) {
	t.Parallel()
	const stages, each = 8, 25
	exact, open, warm := make([]int, stages), make([]int, stages), make([]int, stages)
	t.Run("stages", func(t *testing.T) {
		for n := range stages {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				s := begin(t, wide())
				g := newGenerator(s, uint64(n))
				for range each {
					operation, headers := g.operation()
					for round := range 2 {
						before := s.meters()
						p := s.explain(operation, headers...)
						if after := s.meters(); !maps.Equal(before, after) {
							t.Fatalf("explaining made calls: %v, then %v", before, after)
						}
						answer := s.post(operation, headers...)
						for source, now := range s.meters() {
							fact, foretold := now-before[source], p.of(source)
							if !foretold.hold(fact) {
								t.Errorf("round %d of %s %v: %s spent %d, foretold %+v\n%+v", round, operation, headers, source, fact, foretold, p.Extensions.Manifold.Plan.Sources)
							}
							switch {
							case foretold.AtLeast == foretold.AtMost && fact > 0:
								exact[n]++
							case foretold.AtLeast < foretold.AtMost:
								open[n]++
							}
						}
						for _, price := range p.Extensions.Manifold.Plan.Price.Systems {
							for _, source := range p.Extensions.Manifold.Plan.Sources {
								if strings.HasPrefix(source.Source, price.System) && source.Tokens.AtLeast > price.Tokens {
									t.Errorf("%s may take %d of %s, and %d was foretold", operation, price.Tokens, source.Source, source.Tokens.AtLeast)
								}
							}
						}
						if round == 1 && answer.Extensions.Manifold.Cost != nil && p.of("pipedrive-").AtMost == 0 {
							warm[n]++
						}
					}
				}
			})
		}
	})
	total := func(of []int) (n int) {
		for _, k := range of {
			n += k
		}
		return n
	}
	t.Logf("%d figures were foretold exactly and spent, %d within bounds; %d operations were wholly held the second time", total(exact), total(open), total(warm))
	if total(exact) < 40 || total(open) < 10 || total(warm) < 100 {
		t.Error("too few operations show anything")
	}
}

// generator makes operations over everything that is read live, and everything that leads there.
type generator struct {
	*rand.Rand
	users, external, anybody []string
}

func newGenerator(s *stage, seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7))}
	for _, source := range items(s.ask(`{ sources { system identities(first: 100) { nodes { id person { id } } } } }`).Data, "sources") {
		for _, i := range items(source, "identities", "nodes") {
			g.anybody = append(g.anybody, text(i, "id"), text(i, "person", "id"))
			switch text(source, "system") {
			case "PIPEDRIVE":
				g.users = append(g.users, text(i, "id"))
			case "PIPEDREAM":
				g.external = append(g.external, text(i, "id"))
			}
		}
	}
	slices.Sort(g.anybody)
	return g
}

func (g *generator) size() int { return 1 + g.IntN(8) }

func pick(g *generator, from []string) string { return from[g.IntN(len(from))] }

// some joins a random choice of parts, at least one of them.
func (g *generator) some(parts ...string) string {
	var chosen []string
	for _, p := range parts {
		if g.IntN(2) == 0 {
			chosen = append(chosen, p)
		}
	}
	if len(chosen) == 0 {
		chosen = append(chosen, pick(g, parts))
	}
	return strings.Join(chosen, " ")
}

func (g *generator) user(depth int) string {
	parts := []string{"sourceId", "permissions { name }", "roleAssignments { name }", "roleSettings { name value }", "again: permissions { granted }"}
	if depth > 0 {
		parts = append(parts, fmt.Sprintf("followers(first: %d) { totalCount edges { userId node { %s } } }", g.size(), g.user(depth-1)))
		parts = append(parts, fmt.Sprintf("person { %s }", g.person(depth-1)))
	}
	return g.some(parts...)
}

func (g *generator) account(depth int) string {
	return fmt.Sprintf("... on PipedriveUser { %s } ... on PipedreamUser { sourceId deployedTriggers { triggerId } }", g.user(depth))
}

func (g *generator) person(depth int) string {
	return g.some(
		"displayName",
		fmt.Sprintf("pipedriveUsers { %s }", g.user(depth)),
		"pipedreamUsers { deployedTriggers { name } }",
		fmt.Sprintf("identities { id %s }", g.account(depth)),
	)
}

func (g *generator) root(alias string) string {
	switch g.IntN(5) {
	case 0:
		return fmt.Sprintf(`%s: people(first: %d, orderBy: {field: CREATED_AT}) { nodes { %s } }`, alias, g.size(), g.person(1))
	case 1:
		return fmt.Sprintf(`%s: node(id: %q) { %s ... on Person { %s } }`, alias, pick(g, g.anybody), g.account(1), g.person(1))
	case 2:
		ids, _ := json.Marshal([]string{pick(g, g.users), pick(g, g.users), pick(g, g.external), pick(g, g.anybody)})
		return fmt.Sprintf(`%s: nodes(ids: %s) { %s }`, alias, ids, g.account(1))
	case 3:
		return fmt.Sprintf(`%s: sources { identities(first: %d) { nodes { %s } } }`, alias, g.size(), g.account(1))
	}
	return fmt.Sprintf(`%s: resources(first: %d) { nodes { members(first: %d) { nodes { %s } } } }`, alias, g.size(), g.size(), g.account(0))
}

// operation is a request's body, and its headers.
func (g *generator) operation() (string, []string) {
	query := g.root("a")
	if g.IntN(3) == 0 {
		query += " " + g.root("b")
	}
	var headers []string
	switch g.IntN(6) {
	case 0:
		headers = []string{"Cache-Control: max-age=3600"}
	case 1:
		headers = []string{"Cache-Control: only-if-cached"}
	}
	return body("query Generated { "+query+" }", nil), headers
}
