package sim

import "github.com/manifold-graph/manifold/graph/person"

// Linking is the configuration under which the world labels its pairs: what an operator of
// this world would write into the gateway's configuration file. It is plain data.
type Linking struct {
	// PlusTagDomains and DotDomains are the domains in which "+tag" or dots mean nothing.
	PlusTagDomains, DotDomains []string
	// SharedLocals are the local parts of addresses that are several people's and find nobody.
	SharedLocals []string
	// Templates read an id out of an external user id. {pipedrive_id} is a Pipedrive user id in any
	// company, {pipefy_id} a Pipefy user id, {email} an address.
	Templates []string
	// TrustedApps are the slugs of the apps whose account names are believed when they are addresses:
	// of an external user whose id no template reads, and whose trusted accounts all say the same.
	// Where they do not, several people use it, or one whom the id names better.
	TrustedApps []string
	// BotPatterns and OrganizationPatterns are regular expressions on addresses and external user
	// ids. What matches OrganizationPatterns is nobody, whoever's accounts hang on it.
	BotPatterns, OrganizationPatterns []string
	// Mapping is the operator's mapping file.
	Mapping []MappingEntry
}

// MappingEntry says that two accounts are one human's.
type MappingEntry struct{ A, B person.Key }

var (
	plusTagDomains = []string{acme, webmail}
	dotDomains     = []string{webmail}
	sharedLocals   = []string{"info", "support", "sales", "billing"}
	trustedApps    = []string{"gmail", "microsoft_outlook"}
)

// Linking is the published configuration, with this world's mapping file in it.
func (w *World) Linking() Linking {
	return Linking{
		PlusTagDomains: plusTagDomains, DotDomains: dotDomains, SharedLocals: sharedLocals,
		Templates:   []string{"pipedrive:{pipedrive_id}", "user-{pipefy_id}", "{email}"},
		TrustedApps: trustedApps,
		BotPatterns: []string{`(?i)@([a-z0-9-]+\.)*pipefy-service\.com$`, `^(bot|svc)[-:]`, `^automation\d*@`},
		OrganizationPatterns: []string{`^org_[A-Za-z0-9]+$`, `^ws_\d+$`,
			`^(default_user|clawdbot|ACME_ORG)$`},
		Mapping: w.mapping,
	}
}
