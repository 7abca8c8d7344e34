package link

import (
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
)

func TestNewNamesTheRuleAtFault(t *testing.T) {
	verified, confirmed := Verified, Confirmed
	for want, rules := range map[string]Rules{
		`domain "a b"`:                                    {Domains: []Domain{{Name: "a b"}}},
		`"X.org" is named twice`:                          {Domains: []Domain{{Name: "x.org"}, {Name: "y.org", Aliases: []string{"X.org"}}}},
		`shared mailbox "info@x.org"`:                     {SharedLocals: []string{"info@x.org"}},
		`rule "r": unknown field {id}`:                    {IDs: []IDRule{{Name: "r", Template: "x:{id}"}}},
		`rule "template:x": it reads no email`:            {IDs: []IDRule{{Template: "x"}}},
		`rule "template:{company}:x": pipedrive_company`:  {IDs: []IDRule{{Template: "{company}:x"}}},
		`needs text between`:                              {IDs: []IDRule{{Template: "{any}{email}"}}},
		`a { without its }`:                               {IDs: []IDRule{{Template: "{email"}}},
		`a } without its {`:                               {IDs: []IDRule{{Template: "email}"}}},
		`stands twice`:                                    {IDs: []IDRule{{Template: "{email}:{email}"}}},
		`rule "r": give a template or a pattern`:          {IDs: []IDRule{{Name: "r"}}},
		`rule "pattern:(": error parsing regexp`:          {IDs: []IDRule{{Pattern: "("}}},
		`unknown group "who"`:                             {IDs: []IDRule{{Pattern: "(?P<who>.*)"}}},
		`only humans and mappings confirm`:                {IDs: []IDRule{{Template: "{email}", Trust: Confirmed}}},
		`has a hash key but reads no email_hash`:          {IDs: []IDRule{{Template: "{email}", HashKey: []byte("k")}}},
		`rule "email": the name is taken`:                 {IDs: []IDRule{{Name: "email", Template: "{email}"}}},
		`strength 2 is not between`:                       {IDs: []IDRule{{Template: "{email}", Strength: 2}}},
		`its slug is empty`:                               {AccountApps: []AccountApp{{}}},
		`kind rule "*": the kind must be`:                 {Kinds: []KindRule{{Glob: "*", On: FieldName}}},
		`kind rule "*": it must look at`:                  {Kinds: []KindRule{{Glob: "*", Kind: person.KindBot}}},
		`kind rule "#1": give a glob`:                     {Kinds: []KindRule{{Kind: person.KindBot, On: FieldName}}},
		`kind rule "[": error parsing`:                    {Kinds: []KindRule{{Kind: person.KindBot, On: FieldName, Pattern: "["}}},
		`mapping entry 1: it takes two`:                   {Mapping: []Mapping{{Emails: []string{"a@x.org"}}}},
		`mapping entry 1: "a" is no address`:              {Mapping: []Mapping{{Emails: []string{"a", "b"}}}},
		`mapping entry 1: "info@x.org" is a shared`:       {Mapping: []Mapping{{Emails: []string{"info@x.org", "b@x.org"}}}},
		`names no identity`:                               {Mapping: []Mapping{{Keys: []person.Key{{}}, Emails: []string{"b@x.org"}}}},
		`override "x": there is no such rule`:             {Overrides: []Override{{Rule: "x"}}},
		`override "mapping": what a human says`:           {Overrides: []Override{{Rule: RuleMapping}}},
		`override "name": its trust can only be lowered`:  {Overrides: []Override{{Rule: RuleName, Trust: &verified}}},
		`override "email": its trust can only be lowered`: {Overrides: []Override{{Rule: RuleEmail, Trust: &confirmed}}},
		`min strength`:                                    {MinStrength: 7},
	} {
		if _, err := New(rules); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestOverrides(t *testing.T) {
	claimed, verified := Claimed, Verified
	ann, other := pipedrive("1", "10", "Ann", "ann@acme.com"), pipefy("300", "77", "Ann", "ann@acme.com")
	lowered := mustNew(t, Rules{Overrides: []Override{{Rule: RuleEmail, Strength: 0.6, Trust: &claimed}}}).Link([]*person.Identity{ann, other}, nil)
	if l := lowered.Links; len(l) != 1 || l[0].Trust != Claimed || l[0].Strength != 0.6 {
		t.Errorf("links %+v, want one claimed at 0.6", l)
	}
	weak := mustNew(t, Rules{Overrides: []Override{{Rule: RuleEmail, Strength: 0.3}}}).Link([]*person.Identity{ann, other}, nil)
	if len(weak.Links) != 0 || len(weak.Suggestions) != 1 {
		t.Errorf("%+v, want a suggestion alone", weak)
	}
	rules := Rules{IDs: []IDRule{{Name: "own", Template: "{pipedrive_id}"}}, Overrides: []Override{{Rule: "own", Trust: &verified}}}
	if l := mustNew(t, rules).Link([]*person.Identity{ann, external("10")}, nil).Links; len(l) != 1 || l[0].Trust != Verified {
		t.Errorf("links %+v, want one verified", l)
	}
}

func TestManyNamesakesSuggestNobody(t *testing.T) {
	var ids []*person.Identity
	for i := range 4 {
		ids = append(ids, pipedrive(string(rune('1'+i)), string(rune('1'+i)), "Ann Lee", ""))
	}
	l := mustNew(t, Rules{})
	if res := l.Link(ids, nil); len(res.Suggestions) != 3 {
		t.Errorf("%d suggestions for four namesakes, want 3", len(res.Suggestions))
	}
	if res := l.Link(append(ids, pipedrive("9", "9", "ANN LEE", "")), nil); len(res.Suggestions) != 0 {
		t.Errorf("%d suggestions for five namesakes, want none", len(res.Suggestions))
	}
}

func TestEvidenceSaysWhy(t *testing.T) {
	ann, bob := pipedrive("1", "10", "Ann", "Ann@acme.com"), pipedrive("2", "20", "Bob", "bob@acme.com")
	rules := published()
	rules.Mapping = []Mapping{{Keys: []person.Key{external("m1").Key, bob.Key}, At: epoch}}
	res := mustNew(t, rules).Link([]*person.Identity{ann, pipefy("300", "77", "", "ann@acme.com"), external("pipedrive:10"), external(sum("bob@acme.com")), external("m1"), bob},
		[]Decision{decision(Join, ann, bob, 3)})
	want := []Link{
		{0, 5, Evidence{Basis: BasisDecision, Rule: "decision", Trust: Confirmed, Strength: 1, DecidedAt: epoch.Add(3 * 60e9), DecidedBy: "ops@acme.com"}},
		{0, 1, Evidence{Basis: BasisEmail, Rule: "email", Trust: Verified, Strength: 0.95, Matched: "ann@acme.com"}},
		{0, 2, Evidence{Basis: BasisExternalID, Rule: "template:pipedrive", Trust: Verified, Strength: 0.9, Matched: "10"}},
		{3, 5, Evidence{Basis: BasisExternalID, Rule: "hash", Trust: Claimed, Strength: 0.9, Matched: sum("bob@acme.com")}},
		{4, 5, Evidence{Basis: BasisMapping, Rule: "mapping", Trust: Confirmed, Strength: 1, DecidedAt: epoch, DecidedBy: "mapping file"}},
	}
	for _, w := range want {
		if !slices.Contains(res.Links, w) {
			t.Errorf("no link %+v in %+v", w, res.Links)
		}
	}
	if len(res.Links) != len(want) {
		t.Errorf("%d links, want %d", len(res.Links), len(want))
	}
}

func TestReadIDs(t *testing.T) {
	l := mustNew(t, Rules{IDs: []IDRule{
		{Name: "two", Template: "acme:{company}:{pipedrive_id}"}, {Name: "mail", Template: "<{email}>/{any}"},
		{Name: "re", Pattern: `(?:dev|prod)-(?P<pipefy_id>\d+)`}, {Name: "bare", Template: "{pipedrive_id}"},
	}})
	for id, want := range map[string]string{
		"acme:1:2": "two", "acme:1:2:3": "", "acme:1:": "", "acme:x:2": "", "acme:01:2": "", "Acme:1:2": "",
		"<A@x.org>/app": "mail", "<nobody>/app": "", "dev-7": "re", "dev-7 ": "", "xdev-7": "", "12": "bare", "012": "", "-12": "", "": "",
		"99999999999999999999": "",
	} {
		var r reading
		got := ""
		if rule, _ := l.readID(id, &r); rule != ruleNone {
			got = l.rules[rule].name
		}
		if got != want {
			t.Errorf("%q is read by %q, want %q", id, got, want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		glob, text string
		want       bool
	}{{"*", "", true}, {"*-bot@*", "Sync-Bot@acme.com", true}, {"*-bot", "bot", false}, {"a?c", "aéc", true}, {"a?c", "ac", false}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxc", false}, {"", "a", false}} {
		if got := globMatch(c.glob, c.text); got != c.want {
			t.Errorf("%q matches %q: %v", c.glob, c.text, got)
		}
	}
}
