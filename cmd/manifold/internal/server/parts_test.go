package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

func TestADocumentHasTooMuchOfNothing(t *testing.T) {
	few := server.Limits{
		Aliases: 3, Directives: 6, DirectivesInPlace: 2, Fragments: 2, Spreads: 3, Operations: 2, Variables: 2, Values: 6, ListLength: 4, ValueDepth: 2, Repeats: 100,
	}
	url := start(t, api(tiny{}, few), server.Options{}) + "/graphql"
	const who = " @include(if: true)"
	for name, each := range map[string]struct{ within, beyond, says string }{
		"aliases":               {"{a:who b:who c:who}", "{a:who b:who c:who d:who}", "more than 3 aliases"},
		"aliases in fragments":  {"{a:who ...F} fragment F on Query{b:who c:who}", "{a:who ...F} fragment F on Query{b:who c:who self{d:who}}", "more than 3 aliases"},
		"directives":            {"{" + strings.Repeat("who"+who+" ", 6) + "}", "{" + strings.Repeat("who"+who+" ", 7) + "}", "more than 6 directives"},
		"directives in a place": {"{who" + who + " @skip(if: false)}", "{who" + strings.Repeat(who, 3) + "}", "more than 2 directives in one place"},
		"on an operation":       {"{who}", "query @a @b @c {who}", "more than 2 directives in one place"},
		"on a variable":         {"{who}", "query($x: Int @a @b @c) {who(x: $x)}", "more than 2 directives in one place"},
		"fragments": {"{...A ...B} fragment A on Query{who} fragment B on Query{who}",
			"{...A ...B} fragment A on Query{who} fragment B on Query{...C} fragment C on Query{who}", "more than 2 fragments"},
		"spreads":            {"{...A ...A ...A} fragment A on Query{who}", "{...A ...A ...A ...A} fragment A on Query{who}", "more than 3 fragment spreads"},
		"operations":         {"query A{who}", "query A{who} query B{who} query C{who}", "more than 2 operations"},
		"variables":          {"query($a: Int, $b: Int){who(x: $a) self{who(x: $b)}}", "query($a: Int, $b: Int, $c: Int){who}", "more than 2 variables"},
		"literals":           {"{" + strings.Repeat("who(x: 1) ", 6) + "}", "{" + strings.Repeat("who(x: 1) ", 7) + "}", "more than 6 values"},
		"a list":             {"{who(x: 1)}", "{who(x: [1, 2, 3, 4, 5])}", "more than 4 members"},
		"nested values":      {"{who(x: 1)}", "{who(x: [{a: [1]}])}", "more than 2 lists and objects within"},
		"a directive's name": {"{who @include(if: true)}", "{who @" + strings.Repeat("x", 41) + "}", "more than 40 letters"},
		"a variable's type":  {"query($a: Int){who(x: $a)}", "query($a: [" + strings.Repeat("X", 41) + "!]){who}", "more than 40 letters"},
		"a fragment's type":  {"{...A} fragment A on Query{who}", "{who} fragment A on " + strings.Repeat("X", 41) + "{who}", "more than 40 letters"},
		"in a default":       {"query($a: Int = 1){who(x: $a)}", "query($a: [Int] = [[[1]]]){who}", "more than 2 lists and objects within"},
	} {
		t.Run(name, func(t *testing.T) {
			if a := send(t, "POST", url, ask(each.within), asJSON); a.code != "" {
				t.Errorf("refused: %s", a.body)
			}
			a := send(t, "POST", url, ask(each.beyond), asJSON)
			if a.code != "COST_LIMIT_EXCEEDED" || !strings.Contains(a.body, each.says) {
				t.Errorf("%s, want %q", a.body, each.says)
			}
		})
	}
}

func TestVariablesAreBoundedWhateverTheDocumentMakesOfThem(t *testing.T) {
	few := server.Limits{Variables: 2, Values: 8, ListLength: 4, ValueDepth: 2}
	url := start(t, api(tiny{}, few), server.Options{}) + "/graphql"
	each := "[" + strings.Repeat("[1, 2, 3, 4], ", 3) + "[1, 2, 3, 4]]" // 21 values
	for variables, says := range map[string]string{
		`{"a": 1, "b": [[1]], "zz": null}`:    "more than 2 variables",
		`{"a": ` + each + `, "b": [1, 2]}`:    "",
		`{"a": ` + each + `, "b": [1, 2, 3]}`: "more than 24 values",
		`{"a": [1, 2, 3, 4, 5]}`:              "more than 4 members",
		`{"a": {"a": {"a": {}}}}`:             "more than 2 lists and objects within",
		`{"a": [[[1]]]}`:                      "more than 2 lists and objects within",
	} {
		a := send(t, "POST", url, `{"query": "{who}", "variables": `+variables+`}`, asJSON)
		if says == "" && a.code != "" || says != "" && (a.code != "COST_LIMIT_EXCEEDED" || !strings.Contains(a.body, says)) {
			t.Errorf("%s: %s, want %q", variables, a.body, says)
		}
	}
}

func TestJSONIsBoundedBeforeItIsDecoded(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{}) + "/graphql"
	for name, body := range map[string]string{
		"nested variables":  `{"query": "{who}", "variables": {"a": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`,
		"nested extensions": `{"query": "{who}", "extensions": ` + strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40) + `}`,
		"never closed":      `{"query": ` + strings.Repeat("[", 100_000),
		"many members":      `{"query": "{who}", "extensions": {"a": [` + strings.Repeat("1,", 30_000) + `1]}}`,
	} {
		if a := send(t, "POST", url, body, asJSON); a.status != 400 || a.code != "COST_LIMIT_EXCEEDED" || len(a.body) > 500 {
			t.Errorf("%s: %d %.300s", name, a.status, a.body)
		}
	}
	// Brackets in strings are text, whatever stands before the quotes.
	text, _ := json.Marshal(strings.Repeat(`[{"\`, 50) + strings.Repeat(`,"\\`, 30_000))
	body := fmt.Sprintf(`{"query": "{who}", "extensions": {"a": %s}}`, text)
	if a := send(t, "POST", url, body, asJSON); a.status != 200 {
		t.Errorf("text was refused: %d %.300s", a.status, a.body)
	}
}
