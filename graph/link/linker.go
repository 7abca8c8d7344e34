package link

import (
	"cmp"
	"fmt"
	"slices"

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
