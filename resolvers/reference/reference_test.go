package reference_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/resolvers/reference"
)

const committed = "../../docs/schema.md"

func TestTheCommittedPageIsTheSchema(t *testing.T) {
	want := reference.Markdown(generated.NewExecutableSchema(generated.Config{}).Schema())
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(committed, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(committed); err != nil || !bytes.Equal(have, want) {
		t.Errorf("docs/schema.md is not what the schema says (%v); write it anew: manifold schema --markdown > docs/schema.md", err)
	}
}

func small(t *testing.T, sdl string) string {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "small", Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return string(reference.Markdown(schema))
}

func TestThePageSaysWhatTheSchemaSays(t *testing.T) {
	page := small(t, `
		"Asks."
		type Query {
			"People, a|b."
			people("How many." first: Int = 25, "Old." size: Int @deprecated(reason: "Use first.")): [Person!]
		}
		"""
		Somebody.
		"""
		type Person implements Named {
			"Called."
			displayName("How." style: Style = LONG): String!
			"By mail."
			primaryEmail: String @deprecated(reason: "Use emails")
		}
		"Has a name."
		interface Named { "Called." displayName(style: Style = LONG): String! }
		"Ways."
		enum Style { "In full." LONG "Not." SHORT @deprecated }
		"A day."
		scalar Day @specifiedBy(url: "https://days.example/iso")
		"Either."
		union Any = Person
		"Wanted."
		input Wanted { "Since." since: Day = "2026-01-01" }
	`)
	for _, want := range []string{
		"- [Queries](#queries): [people](#querypeople)\n",
		"### Query.people\n\nPeople, a|b.\n\nAnswers \\[[Person](#person)!\\]. Needs `directory:read`.\n",
		"| `first` | Int = `25` | How many. |\n| `size` | Int | **Deprecated.** Use first. Old. |\n",
		"### Person\n\nSomebody.\n\nImplements [Named](#named).\n",
		"| `displayName` | String! | `directory:read` | Called.<br>`style` [Style](#style) = `LONG`: How. |\n",
		"| `primaryEmail` | String | `emails:read` | **Deprecated.** Use emails. By mail. |\n",
		"Implemented by [Person](#person).\n",
		"| `LONG` | In full. |\n| `SHORT` | **Deprecated.** No longer supported. Not. |\n",
		"Specified by <https://days.example/iso>.\n",
		"One of [Person](#person).\n",
		"| `since` | [Day](#day) = `\"2026-01-01\"` | Since. |\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

// Every link of the committed page leads somewhere, and no two headings share an anchor.
func TestLinksLeadToOneHeading(t *testing.T) {
	raw, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	page, anchors := string(raw), map[string]int{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		anchors[regexp.MustCompile(`[^a-z0-9_ -]`).ReplaceAllString(strings.ToLower(heading[1]), "")]++
	}
	for anchor, n := range anchors {
		if n > 1 {
			t.Errorf("%d headings are #%s", n, anchor)
		}
	}
	links := regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(page, -1)
	for _, l := range links {
		if anchors[l[1]] == 0 {
			t.Errorf("nothing is #%s", l[1])
		}
	}
	if len(links) < 500 || len(anchors) < 100 {
		t.Errorf("%d links to %d headings", len(links), len(anchors))
	}
}
