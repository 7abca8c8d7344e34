package config

import (
	"fmt"

	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// Linking says how accounts of one person are recognised.
type Linking struct {
	Domains            []EmailDomain `yaml:"domains" jsonschema_description:"How addresses of certain domains are written. Elsewhere plus-tags and dots count."`
	SharedMailboxes    []string      `yaml:"shared_mailboxes" jsonschema_description:"Names before the @ that several people share, such as info; they link nobody. Left out: a list of common ones. Empty: none."`
	ExternalIDs        []ExternalID  `yaml:"external_ids" jsonschema_description:"What external user ids of Pipedream say about their users; the first rule that fits speaks."`
	TrustedAccountApps []string      `yaml:"trusted_account_apps" jsonschema_description:"Apps of Pipedream whose connected account's name is an address that its user proved to own. In other apps such a name is a suggestion only."`
	Kinds              []KindRule    `yaml:"kinds" jsonschema_description:"Which accounts are no humans, by a text of theirs; the first rule that fits decides."`
	MappingFile        string        `yaml:"mapping_file" jsonschema_description:"A YAML file with a list like mapping, relative to this one."`
	Mapping            []Mapping     `yaml:"mapping" jsonschema_description:"Accounts that you know to be one person."`
	Overrides          []Override    `yaml:"overrides" jsonschema_description:"Other strengths and trust for single rules, by the name that evidence gives them."`
	MinStrength        float64       `yaml:"min_strength" jsonschema_description:"What evidence must have to link; weaker evidence is a suggestion." jsonschema:"default=0.5"`
	MaxNamesakes       int           `yaml:"max_namesakes" jsonschema_description:"How many people of one name may still be suggested as one; negative suggests nobody by name." jsonschema:"default=4"`
}

// EmailDomain is how a domain's addresses are written.
type EmailDomain struct {
	Domain     string   `yaml:"domain" jsonschema:"required" jsonschema_description:"The domain, such as example.com."`
	Aliases    []string `yaml:"aliases" jsonschema_description:"Other domains with the same mailboxes."`
	PlusTags   bool     `yaml:"plus_tags" jsonschema_description:"Mail to name+tag reaches name." jsonschema:"default=false"`
	IgnoreDots bool     `yaml:"ignore_dots" jsonschema_description:"Dots before the @ do not count." jsonschema:"default=false"`
}

// ExternalID reads external user ids of one form. Exactly one of Template and Pattern is set.
type ExternalID struct {
	Name     string  `yaml:"name" jsonschema_description:"What evidence calls this rule; the template or pattern itself when left out."`
	Template string  `yaml:"template" jsonschema_description:"The id's text with fields: {email}, {email_hash}, {pipedrive_id}, {pipedrive_company}, {pipefy_id}, {pipefy_uuid}, {any}."`
	Pattern  string  `yaml:"pattern" jsonschema_description:"Instead of template: a regular expression (RE2) over the whole id, with the same fields as named groups."`
	HashKey  Secret  `yaml:"hash_key" jsonschema_description:"The key of {email_hash} where it is an HMAC-SHA-256; plain SHA-256 when left out."`
	Strength float64 `yaml:"strength" jsonschema_description:"From 0 to 1." jsonschema:"default=0.9"`
	Trust    string  `yaml:"trust" jsonschema:"enum=claimed,enum=verified,default=claimed" jsonschema_description:"verified only where your own backend makes these ids and no stranger can choose one."`
}

// KindRule says what accounts are. Exactly one of Glob and Pattern is set.
type KindRule struct {
	Name    string `yaml:"name" jsonschema_description:"What problems call this rule."`
	Kind    string `yaml:"kind" jsonschema:"required,enum=human,enum=bot,enum=organization,enum=unknown" jsonschema_description:"What such accounts are."`
	Field   string `yaml:"field" jsonschema:"required,enum=email,enum=external_id,enum=name" jsonschema_description:"Which text is looked at."`
	Glob    string `yaml:"glob" jsonschema_description:"The whole text, case apart: * is any text, ? any one character."`
	Pattern string `yaml:"pattern" jsonschema_description:"Instead of glob: a regular expression (RE2) found anywhere in the text."`
}

// Mapping names accounts and addresses of one person.
type Mapping struct {
	Accounts []Account `yaml:"accounts" jsonschema_description:"The person's accounts."`
	Emails   []string  `yaml:"emails" jsonschema_description:"Addresses that stand for whoever uses them."`
	By       string    `yaml:"by" jsonschema_description:"Who says so."`
}

// Account names one account in one source.
type Account struct {
	Source string `yaml:"source" jsonschema:"required" jsonschema_description:"The source's id in this file; a Pipedrive source needs its company_id for this."`
	ID     string `yaml:"id" jsonschema:"required,oneof_type=string;integer" jsonschema_description:"The user's number, or the external user id byte for byte."`
}

// Override changes one rule. What is left out stays.
type Override struct {
	Rule     string  `yaml:"rule" jsonschema:"required" jsonschema_description:"The rule's name, such as email, same-user:pipedrive, mapping, account-name or name."`
	Strength float64 `yaml:"strength" jsonschema_description:"From 0 to 1."`
	Trust    string  `yaml:"trust" jsonschema:"enum=claimed,enum=verified,enum=confirmed" jsonschema_description:"Who could have written such evidence."`
}

var (
	trusts = map[string]link.Trust{"": link.Claimed, "claimed": link.Claimed, "verified": link.Verified, "confirmed": link.Confirmed}
	fields = map[string]link.Field{"email": link.FieldEmail, "external_id": link.FieldExternalID, "name": link.FieldName}
	kinds  = map[string]person.Kind{"human": person.KindHuman, "bot": person.KindBot, "organization": person.KindOrganization, "unknown": person.KindUnknown}
)

// LinkRules is the linking section as the linker takes it.
func (c *Config) LinkRules() link.Rules {
	l := c.Linking
	r := link.Rules{SharedLocals: l.SharedMailboxes, MinStrength: float32(l.MinStrength), MaxNamesakes: l.MaxNamesakes}
	for _, d := range l.Domains {
		r.Domains = append(r.Domains, d.rule())
	}
	for _, e := range l.ExternalIDs {
		r.IDs = append(r.IDs, e.rule())
	}
	for _, app := range l.TrustedAccountApps {
		r.AccountApps = append(r.AccountApps, link.AccountApp{Slug: app})
	}
	for _, k := range l.Kinds {
		r.Kinds = append(r.Kinds, k.rule())
	}
	for _, m := range l.Mapping {
		r.Mapping = append(r.Mapping, c.mapping(m))
	}
	for _, o := range l.Overrides {
		r.Overrides = append(r.Overrides, o.rule())
	}
	return r
}

func (d EmailDomain) rule() link.Domain {
	return link.Domain{Name: d.Domain, Aliases: d.Aliases, PlusTags: d.PlusTags, IgnoreDots: d.IgnoreDots}
}

func (e ExternalID) rule() link.IDRule {
	return link.IDRule{Name: e.Name, Template: e.Template, Pattern: e.Pattern, HashKey: []byte(e.HashKey.Reveal()), Strength: float32(e.Strength), Trust: trusts[e.Trust]}
}

func (k KindRule) rule() link.KindRule {
	return link.KindRule{Name: k.Name, Kind: kinds[k.Kind], On: fields[k.Field], Glob: k.Glob, Pattern: k.Pattern}
}

func (o Override) rule() link.Override {
	r := link.Override{Rule: o.Rule, Strength: float32(o.Strength)}
	if o.Trust != "" {
		trust := trusts[o.Trust]
		r.Trust = &trust
	}
	return r
}

func (c *Config) mapping(m Mapping) link.Mapping {
	out := link.Mapping{Emails: m.Emails, By: m.By}
	for _, a := range m.Accounts {
		for _, s := range c.Sources {
			if s.ID == a.Source {
				out.Keys = append(out.Keys, person.Key{System: s.SystemOf(), Account: s.Account(), ID: a.ID})
			}
		}
	}
	return out
}

// Account is the account as identity keys spell it; "" for a Pipedrive company
// whose id is not in the file and only the vendor can tell.
func (s Source) Account() string {
	switch s.System {
	case Pipedrive:
		return s.CompanyID
	case Pipefy:
		return s.OrganizationID
	case Pipedream:
		return s.ProjectID + "/" + s.Environment
	}
	return ""
}

func (c checker) linking(cfg *Config) {
	l := cfg.Linking
	each := func(path string, rules link.Rules) {
		if _, err := link.New(rules); err != nil {
			c.fail(path, "%v", err)
		}
	}
	before := len(c.List)
	for i, d := range l.Domains {
		each(fmt.Sprintf("linking.domains[%d]", i), link.Rules{Domains: []link.Domain{d.rule()}})
	}
	for i, e := range l.ExternalIDs {
		each(fmt.Sprintf("linking.external_ids[%d]", i), link.Rules{IDs: []link.IDRule{e.rule()}})
	}
	for i, k := range l.Kinds {
		each(fmt.Sprintf("linking.kinds[%d]", i), link.Rules{Kinds: []link.KindRule{k.rule()}})
	}
	for i, m := range l.Mapping {
		path := fmt.Sprintf("linking.mapping[%d]", i)
		if len(m.Accounts)+len(m.Emails) < 2 {
			c.fail(path, "needs two accounts or addresses, or more")
		}
		for j, a := range m.Accounts {
			c.mapped(fmt.Sprintf("%s.accounts[%d]", path, j), a, cfg.Sources)
		}
	}
	if len(c.List) == before { // what is wrong only in company: names used twice, overrides of no rule
		each("linking", cfg.LinkRules())
	}
}

func (c checker) mapped(path string, a Account, sources []Source) {
	if a.ID == "" {
		c.fail(path, "has an empty id, which names nobody")
	}
	for _, s := range sources {
		if s.ID == a.Source {
			if s.System == Pipedrive && s.CompanyID == "" {
				c.fail(path+".source", "the source %q needs its company_id before its accounts can be mapped", s.ID)
			}
			return
		}
	}
	c.fail(path+".source", "there is no source %q in this file", a.Source)
}
