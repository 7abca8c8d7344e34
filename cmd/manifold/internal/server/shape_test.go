package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

func nested(depth int) string {
	return "{" + strings.Repeat("self{", depth-1) + "who" + strings.Repeat("}", depth)
}

// doubling is n fragments, each spreading the next twice under a field: 2^n fields when written out.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("{...F0}")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Query{a:self{...F%d} b:self{...F%d}}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Query{who}", n)
	return b.String()
}

func TestDocumentsAreMeasuredBeforeTheyAreValidated(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{Depth: 6, Repeats: 4, Fields: 500, Complexity: 50, Tokens: 1500}), server.Options{}) + "/graphql"
	for name, each := range map[string]struct{ query, says string }{
		"as deep as allowed":     {nested(6), ""},
		"one deeper":             {nested(7), "deeper than 6"},
		"deep by fragments":      {"{self{self{self{...A}}}} fragment A on Query{self{self{self{who}}}}", "deeper than 6"},
		"as often as allowed":    {"{who who who who}", ""},
		"once more":              {"{who who who who who}", `asks for "who" more than 4`},
		"by alias":               {"{a:who a:who a:who a:who a:who}", `asks for "a" more than 4`},
		"different aliases":      {"{a:who b:who c:who d:who e:who}", ""},
		"repeats below merged":   {"{self{who who} self{who} self{who who}}", `asks for "who" more than 4`},
		"repeats in fragments":   {"{who who ...A} fragment A on Query{who ... on Query{who who}}", `asks for "who" more than 4`},
		"in an unused fragment":  {"{who} fragment A on Query{who who who who who}", `asks for "who" more than 4`},
		"in another operation":   {"query A{who} query B{who who who who who}", `asks for "who" more than 4`},
		"fragment cycle":         {"{...A} fragment A on Query{...B} fragment B on Query{...A}", "Cannot spread fragment"},
		"fragment cycle nesting": {"{...A} fragment A on Query{self{...A}}", "deeper than 6"},
		"fragments that double":  {doubling(5), ""},
		"too many fields":        {"{" + many("self{...A}", 25) + "} fragment A on Query{" + many("who", 25) + "}", "more than 500 fields"},
		"too many tokens":        {"{" + many("x", 1600) + "}", "token limit"},
		"too complex":            {"{" + many("who", 60) + "}", "complexity is 60"},
	} {
		t.Run(name, func(t *testing.T) {
			a := send(t, "POST", url, ask(each.query), asJSON)
			if each.says == "" {
				if strings.Contains(a.body, "errors") && !strings.Contains(a.body, "complexity") {
					t.Errorf("refused: %.300s", a.body)
				}
				return
			}
			if !strings.Contains(a.body, strings.ReplaceAll(each.says, `"`, `\"`)) {
				t.Errorf("%.300s, want %q", a.body, each.says)
			}
			// The executor words syntax and tokens itself; what we measure carries our code.
			if ours := !strings.Contains(each.says, "token") && !strings.Contains(each.says, "spread"); ours && a.code != "COST_LIMIT_EXCEEDED" {
				t.Errorf("code %q", a.code)
			}
		})
	}
}

// many asks for one field under n names.
func many(field string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " %s%d:%s", "n", i, field)
	}
	return b.String()
}

func TestHostileDocumentsAreCheapToRefuse(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{}) + "/graphql"
	for name, query := range map[string]string{
		"a field a thousand times":         "{" + strings.Repeat("who ", 1000) + "}",
		"ten thousand times":               "{" + strings.Repeat("who ", 10_000) + "}",
		"pairs within pairs":               "{" + strings.Repeat("self{"+strings.Repeat("self{"+strings.Repeat("who ", 30)+"}", 10)+"}", 10) + "}",
		"fragments that double, 30 levels": doubling(30),
		"directives":                       "{who " + strings.Repeat("@a ", 5000) + "}",
		"brackets":                         "{who(x:" + strings.Repeat("[", 5000) + "}",
	} {
		start := time.Now()
		a := send(t, "POST", url, ask(query), asJSON)
		if took := time.Since(start); a.code == "" || took > 2*time.Second || len(a.body) > 8192 {
			t.Errorf("%s: %s, %d bytes, %.200s", name, took, len(a.body), a.body)
		}
	}
}
