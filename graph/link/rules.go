package link

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Rules is what the operator says about his people. The zero Rules link by
// e-mail address and by shared vendor user ids alone.
type Rules struct {
	// Domains lists mail domains with rules of their own.
	Domains []Domain
	// SharedLocals are local parts that never link anybody ("info"). Nil takes
	// DefaultSharedLocals; an empty slice has none.
	SharedLocals []string
	// IDs read Pipedream external user ids; the first one that matches speaks.
	IDs []IDRule
	// Mapping is the operator's own list of who belongs to whom.
	Mapping []Mapping
	// AccountApps are the apps whose account names are trusted as addresses.
	// Names of accounts of other apps only suggest.
	AccountApps []AccountApp
	// Kinds are tried in order; the first one that matches decides.
	Kinds []KindRule
	// Overrides change strength and trust of rules by name.
	Overrides []Override
	// MinStrength is what it takes to link; weaker evidence suggests. 0 means 0.5.
	MinStrength float32
	// MaxNamesakes is how many people of one name may still be suggested as one;
	// 0 means 4, negative suggests nobody by name.
	MaxNamesakes int
}

// Domain says how one mail domain treats addresses.
type Domain struct {
	Name string
	// Aliases are other names of the same mailboxes ("googlemail.com").
	Aliases []string
	// PlusTags drops "+tag" from the local part.
	PlusTags bool
	// IgnoreDots drops dots from the local part.
	IgnoreDots bool
}

// IDRule reads an external user id. Exactly one of Template and Pattern is set.
type IDRule struct {
	// Name identifies the rule in evidence; "" takes "template:" or "pattern:" and the text.
	Name string
	// Template is literal text with fields: {email}, {email_hash}, {pipedrive_id},
	// {pipedrive_company} (or {company}), {pipefy_id}, {pipefy_uuid}, {any}.
	Template string
	// Pattern is a regular expression (RE2) whose named groups are fields. It must
	// match the whole id.
	Pattern string
	// HashKey keys {email_hash}: HMAC-SHA-256 instead of SHA-256. Either is taken
	// of the canonical address and of the lower-case one, and written in hex.
	HashKey []byte
	// Strength is 0 to 1; 0 means 0.9.
	Strength float32
	// Trust is Verified when the operator's own backend mints these ids and no
	// stranger can choose one; Claimed otherwise.
	Trust Trust
}

// Mapping says that everybody it names is one person.
type Mapping struct {
	Keys []person.Key
	// Emails stand for whoever uses these addresses.
	Emails []string
	// By says who wrote it; "" means "mapping file".
	By string
	At time.Time
}

// AccountApp is an app whose account names are addresses that its users proved.
type AccountApp struct {
	// Slug is the app's key at Pipedream ("google_calendar").
	Slug string
	// Strength is 0 to 1; 0 means 0.6.
	Strength float32
}

// Field is a text of an identity that a kind rule looks at.
type Field uint8

// The fields of kind rules.
const (
	FieldEmail Field = iota + 1
	FieldExternalID
	FieldName
)

// KindRule gives a kind to identities by a text of theirs.
type KindRule struct {
	Name string
	Kind person.Kind
	On   Field
	// Glob matches the whole text, case apart: * is any text, ? any one character.
	Glob string
	// Pattern is a regular expression (RE2) found anywhere in the text. Exactly one
	// of Glob and Pattern is set.
	Pattern string
}

// Override changes one rule, named as in its evidence.
type Override struct {
	Rule string
	// Strength is 0 to 1; 0 keeps the rule's own.
	Strength float32
	// Trust is nil to keep the rule's own. E-mail addresses, account names and
	// names can only be lowered.
	Trust *Trust
}

// The names of the rules that are always there.
const (
	RuleEmail         = "email"
	RulePipedriveUser = "same-user:pipedrive"
	RulePipefyUser    = "same-user:pipefy"
	RuleMapping       = "mapping"
	RuleAccountName   = "account-name"
	RuleName          = "name"
	RuleDecision      = "decision"
)

// DefaultSharedLocals are the local parts that rarely belong to one human.
var DefaultSharedLocals = []string{
	"abuse", "accounting", "accounts", "admin", "administrator", "atendimento", "billing", "careers",
	"comercial", "contact", "contacto", "contato", "customerservice", "enquiries", "everyone", "finance",
	"financeiro", "hello", "help", "helpdesk", "hr", "info", "inquiries", "invoices", "it", "jobs", "kontakt",
	"legal", "mail", "marketing", "media", "no-reply", "noreply", "office", "operations", "ops", "orders",
	"postmaster", "press", "privacy", "reception", "sales", "security", "service", "shared", "staff",
	"suporte", "support", "team", "vendas", "vertrieb", "webmaster",
}
