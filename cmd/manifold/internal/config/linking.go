package config

// Linking says how accounts of one person are recognised.
type Linking struct {
	Domains            []EmailDomain `yaml:"domains" jsonschema_description:"How addresses of certain domains are written. Elsewhere plus-tags and dots count."`
	SharedMailboxes    []string      `yaml:"shared_mailboxes" jsonschema_description:"Addresses that several people use; they link nobody."`
	Templates          []Template    `yaml:"templates" jsonschema_description:"What an external user id of Pipedream says about its user, such as \"pipedrive:{pipedrive_user}\"."`
	Patterns           []Pattern     `yaml:"patterns" jsonschema_description:"The same, as regular expressions with named groups email, pipedrive_user or pipefy_user."`
	Hashes             []Hash        `yaml:"hashes" jsonschema_description:"External user ids that are a hash of the user's address."`
	TrustedAccountApps []string      `yaml:"trusted_account_apps" jsonschema_description:"Apps whose connected account's name is an address that its owner proved to own; in other apps it is a suggestion only."`
	Kinds              []Kind        `yaml:"kinds" jsonschema_description:"Which accounts are no humans, by pattern; the first that fits wins."`
	MappingFile        string        `yaml:"mapping_file" jsonschema_description:"A YAML file with a list like mapping, relative to this one."`
	Mapping            []Mapping     `yaml:"mapping" jsonschema_description:"Accounts that you know to be one person."`
}

// EmailDomain is how a domain's addresses are written.
type EmailDomain struct {
	Domain   string   `yaml:"domain" jsonschema:"required" jsonschema_description:"The domain, such as example.com."`
	Aliases  []string `yaml:"aliases" jsonschema_description:"Other domains with the same mailboxes."`
	PlusTags bool     `yaml:"plus_tags" jsonschema_description:"Mail to name+tag reaches name." jsonschema:"default=false"`
	Dots     bool     `yaml:"dots" jsonschema_description:"Dots in the name do not count, as at Gmail." jsonschema:"default=false"`
}

// Template reads an external user id by a text with one placeholder.
type Template struct {
	Name     string `yaml:"name" jsonschema:"required" jsonschema_description:"What evidence calls this rule; unique."`
	Template string `yaml:"template" jsonschema:"required" jsonschema_description:"The id with one placeholder: {email}, {pipedrive_user} or {pipefy_user}."`
	Source   string `yaml:"source" jsonschema_description:"The source that a user number belongs to; any of its system when left out."`
}

// Pattern reads an external user id by a regular expression.
type Pattern struct {
	Name    string `yaml:"name" jsonschema:"required" jsonschema_description:"What evidence calls this rule; unique."`
	Pattern string `yaml:"pattern" jsonschema:"required" jsonschema_description:"A regular expression (RE2) over the whole id, with a named group email, pipedrive_user or pipefy_user."`
	Source  string `yaml:"source" jsonschema_description:"The source that a user number belongs to; any of its system when left out."`
}

// Hash says that external user ids are hashes of addresses.
type Hash struct {
	Name      string `yaml:"name" jsonschema:"required" jsonschema_description:"What evidence calls this rule; unique."`
	Algorithm string `yaml:"algorithm" jsonschema:"required,enum=md5,enum=sha1,enum=sha256" jsonschema_description:"The hash function, written in lower-case hexadecimal."`
	Prefix    string `yaml:"prefix" jsonschema_description:"What the id begins with, before the hash."`
	Salt      Secret `yaml:"salt" jsonschema_description:"Hashed before the address, where your product does so."`
}

// Kind says what accounts whose text fits a pattern are.
type Kind struct {
	Field   string `yaml:"field" jsonschema:"required,enum=email,enum=name,enum=external_id" jsonschema_description:"What the pattern looks at."`
	Pattern string `yaml:"pattern" jsonschema:"required" jsonschema_description:"A regular expression (RE2) found anywhere in the text; anchor it with ^ and $ where needed."`
	Kind    string `yaml:"kind" jsonschema:"required,enum=human,enum=bot,enum=organization,enum=unknown" jsonschema_description:"What such accounts are."`
}

// Mapping lists accounts of one person.
type Mapping struct {
	Accounts []Account `yaml:"accounts" jsonschema:"required" jsonschema_description:"Two accounts or more."`
	By       string    `yaml:"by" jsonschema_description:"Who says so."`
}

// Account names one account in one source.
type Account struct {
	Source string `yaml:"source" jsonschema:"required" jsonschema_description:"The source's id in this file."`
	ID     string `yaml:"id" jsonschema:"required,oneof_type=string;integer" jsonschema_description:"The user's number, or the external user id byte for byte."`
}
