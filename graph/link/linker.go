package link

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/manifold-graph/manifold/graph/person"
)

// Linker links by one set of rules. It is immutable and safe for concurrent use.
type Linker struct {
	domains      map[string]Domain // by name and alias
	sharedLocals map[string]bool
	rules        []rule // the built-in ones first, at their ruleIndex
	ids          []idRule
	apps         map[string]int16 // slug to rule
	kinds        []kindRule
	mapping      []Mapping
	mapped       map[person.Key][]int32 // to mapping
	mappedEmails map[string][]int32     // to mapping
	minStrength  float32
	maxNamesakes int
	// What the rules need, so that keys nobody asks for are never made.
	reads  [fieldCount]bool
	hashes []hasher
}

// rule is what a piece of evidence says about itself.
type rule struct {
	name     string
	basis    Basis
	trust    Trust
	strength float32
}

// The built-in rules, by their place in Linker.rules.
const (
	ruleEmail int16 = iota
	rulePipedriveUser
	rulePipefyUser
	ruleMapping
	ruleAccountName
	ruleName
	ruleDecision
	ruleNone int16 = -1
)

type idRule struct {
	matcher idMatcher
	rule    int16
	hash    int // index into Linker.hashes
}

// New checks rules and makes them ready. Its errors name the rule at fault.
func New(rules Rules) (*Linker, error) {
	l := &Linker{
		rules: []rule{
			ruleEmail:         {RuleEmail, BasisEmail, Verified, 0.95},
			rulePipedriveUser: {RulePipedriveUser, BasisSameUser, Verified, 0.99},
			rulePipefyUser:    {RulePipefyUser, BasisSameUser, Verified, 0.99},
			ruleMapping:       {RuleMapping, BasisMapping, Confirmed, 1},
			ruleAccountName:   {RuleAccountName, BasisAccountName, Claimed, 0.4},
			ruleName:          {RuleName, BasisName, Claimed, 0.2},
			ruleDecision:      {RuleDecision, BasisDecision, Confirmed, 1},
		},
		minStrength:  cmp.Or(rules.MinStrength, 0.5),
		maxNamesakes: cmp.Or(rules.MaxNamesakes, 4),
	}
	if !unit(l.minStrength) {
		return nil, fmt.Errorf("link: min strength %v is not between 0 and 1", l.minStrength)
	}
	for _, add := range []func(Rules) error{
		l.addDomains, l.addSharedLocals, l.addIDs, l.addApps, l.addKinds, l.addMapping, l.override,
	} {
		if err := add(rules); err != nil {
			return nil, fmt.Errorf("link: %w", err)
		}
	}
	return l, nil
}

func unit(f float32) bool { return f >= 0 && f <= 1 }

func (l *Linker) addDomains(rules Rules) error {
	l.domains = make(map[string]Domain, len(rules.Domains))
	for _, d := range rules.Domains {
		primary := d
		for i, name := range append([]string{d.Name}, d.Aliases...) {
			ascii, ok := asciiDomain(strings.ToLower(strings.TrimSpace(name)))
			if !ok {
				return fmt.Errorf("domain %q: %q is no domain name", d.Name, name)
			}
			if _, taken := l.domains[ascii]; taken {
				return fmt.Errorf("domain %q: %q is named twice", d.Name, name)
			}
			if i == 0 {
				primary.Name = ascii
			}
			l.domains[ascii] = primary
		}
	}
	return nil
}

func (l *Linker) addSharedLocals(rules Rules) error {
	locals := rules.SharedLocals
	if locals == nil {
		locals = DefaultSharedLocals
	}
	l.sharedLocals = make(map[string]bool, len(locals))
	for _, s := range locals {
		folded, ok := fold(strings.TrimSpace(s))
		if !ok || !validLocal(folded) {
			return fmt.Errorf("shared mailbox %q: give the part before the @ alone", s)
		}
		l.sharedLocals[folded] = true
	}
	return nil
}

func (l *Linker) addRule(r rule) (int16, error) {
	if slices.ContainsFunc(l.rules, func(x rule) bool { return x.name == r.name }) {
		return 0, fmt.Errorf("rule %q: the name is taken", r.name)
	}
	if !unit(r.strength) {
		return 0, fmt.Errorf("rule %q: strength %v is not between 0 and 1", r.name, r.strength)
	}
	if len(l.rules) > 1000 {
		return 0, fmt.Errorf("rule %q: more than 1,000 rules", r.name)
	}
	l.rules = append(l.rules, r)
	return int16(len(l.rules) - 1), nil
}

func (l *Linker) addIDs(rules Rules) error {
	for _, r := range rules.IDs {
		name := r.Name
		if name == "" && r.Template != "" {
			name = "template:" + r.Template
		} else if name == "" {
			name = "pattern:" + r.Pattern
		}
		if (r.Template == "") == (r.Pattern == "") {
			return fmt.Errorf("rule %q: give a template or a pattern, one of them", name)
		}
		if r.Trust > Verified {
			return fmt.Errorf("rule %q: trust can be claimed or verified; only humans and mappings confirm", name)
		}
		var m idMatcher
		var err error
		if r.Template != "" {
			m, err = parseTemplate(r.Template)
		} else {
			m, err = parseExpression(r.Pattern)
		}
		if err != nil {
			return fmt.Errorf("rule %q: %w", name, err)
		}
		if len(r.HashKey) > 0 && !m.has(fieldEmailHash) {
			return fmt.Errorf("rule %q: it has a hash key but reads no email_hash", name)
		}
		added, err := l.addRule(rule{name, BasisExternalID, r.Trust, cmp.Or(r.Strength, 0.9)})
		if err != nil {
			return err
		}
		compiled := idRule{matcher: m, rule: added}
		if m.has(fieldEmailHash) {
			if len(l.hashes) == 255 {
				return fmt.Errorf("rule %q: more than 255 hash keys", name)
			}
			compiled.hash = l.addHash(r.HashKey)
		}
		for f := range fieldCount {
			l.reads[f] = l.reads[f] || m.has(f)
		}
		l.ids = append(l.ids, compiled)
	}
	return nil
}

func (l *Linker) addApps(rules Rules) error {
	l.apps = make(map[string]int16, len(rules.AccountApps))
	for _, a := range rules.AccountApps {
		if a.Slug == "" {
			return fmt.Errorf("trusted account app: its slug is empty")
		}
		added, err := l.addRule(rule{RuleAccountName + ":" + a.Slug, BasisAccountName, Claimed, cmp.Or(a.Strength, 0.6)})
		if err != nil {
			return err
		}
		l.apps[a.Slug] = added
	}
	return nil
}

func (l *Linker) addKinds(rules Rules) error {
	for i, k := range rules.Kinds {
		name := cmp.Or(k.Name, k.Glob, k.Pattern, fmt.Sprintf("#%d", i+1))
		switch {
		case k.Kind != person.KindHuman && k.Kind != person.KindBot && k.Kind != person.KindOrganization:
			return fmt.Errorf("kind rule %q: the kind must be human, bot or organization", name)
		case k.On < FieldEmail || k.On > FieldName:
			return fmt.Errorf("kind rule %q: it must look at the e-mail, the external id or the name", name)
		case (k.Glob == "") == (k.Pattern == ""):
			return fmt.Errorf("kind rule %q: give a glob or a pattern, one of them", name)
		}
		compiled := kindRule{kind: k.Kind, on: k.On, glob: k.Glob}
		if k.Pattern != "" {
			var err error
			if compiled.re, err = regexp.Compile(k.Pattern); err != nil {
				return fmt.Errorf("kind rule %q: %w", name, err)
			}
		}
		l.kinds = append(l.kinds, compiled)
	}
	return nil
}

func (l *Linker) addMapping(rules Rules) error {
	l.mapped = make(map[person.Key][]int32)
	l.mappedEmails = make(map[string][]int32)
	for i, m := range rules.Mapping {
		if len(m.Keys)+len(m.Emails) < 2 {
			return fmt.Errorf("mapping entry %d: it takes two identities or addresses to join", i+1)
		}
		m.By = cmp.Or(m.By, "mapping file")
		l.mapping = append(l.mapping, m)
		for _, k := range m.Keys {
			if k.System < person.Pipedrive || k.System > person.Pipedream || k.ID == "" {
				return fmt.Errorf("mapping entry %d: %v names no identity", i+1, k)
			}
			l.mapped[k] = append(l.mapped[k], int32(i))
		}
		for _, e := range m.Emails {
			address, ok := l.Canonical(e)
			if !ok {
				return fmt.Errorf("mapping entry %d: %q is no address", i+1, e)
			}
			if l.shared([]byte(address)) {
				return fmt.Errorf("mapping entry %d: %q is a shared mailbox; name identities instead", i+1, e)
			}
			l.mappedEmails[address] = append(l.mappedEmails[address], int32(i))
		}
	}
	return nil
}

func (l *Linker) override(rules Rules) error {
	for _, o := range rules.Overrides {
		i := slices.IndexFunc(l.rules, func(r rule) bool { return r.name == o.Rule })
		switch {
		case i < 0:
			return fmt.Errorf("override %q: there is no such rule", o.Rule)
		case int16(i) == ruleDecision || int16(i) == ruleMapping:
			return fmt.Errorf("override %q: what a human says is always confirmed", o.Rule)
		case !unit(o.Strength):
			return fmt.Errorf("override %q: strength %v is not between 0 and 1", o.Rule, o.Strength)
		}
		r := &l.rules[i]
		r.strength = cmp.Or(o.Strength, r.strength)
		if o.Trust == nil {
			continue
		}
		if *o.Trust > Verified || *o.Trust > r.trust && r.basis != BasisExternalID {
			return fmt.Errorf("override %q: its trust can only be lowered", o.Rule)
		}
		r.trust = *o.Trust
	}
	return nil
}
