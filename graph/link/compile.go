package link

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/manifold-graph/manifold/graph/person"
)

// What the operator wrote becomes tables that a Linker looks things up in.

// idRule is a compiled IDRule.
type idRule struct {
	matcher idMatcher
	rule    int16
	hash    int // index into Linker.hashes
}

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
