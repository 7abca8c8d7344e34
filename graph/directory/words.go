package directory

import (
	"math"
	"time"

	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// Grants lists what this one identity may reach, by resource.
func (i Identity) Grants() []Grant {
	raw := i.Raw().Grants
	grants := make([]Grant, len(raw))
	for k := range raw {
		grants[k] = Grant{v: i.v, identity: i.n, raw: &raw[k]}
	}
	return grants
}

// SourceID is the vendor's own id.
func (r Resource) SourceID() string { return r.Key().ID }

// Name is the source's configured name.
func (s Source) Name() string { return string(s.ID()) }

// Title is a human name.
func (s Source) Title() string { return s.State().Title }

// AccountID is the vendor's id of the account; nil until it has answered once.
func (s Source) AccountID() *string { return optional.Text(s.State().Account) }

// Health is whether it can be read.
func (s Source) Health() person.Health { return s.State().Health }

// Reason is a public sentence saying why Health is not OK; nil when it is.
func (s Source) Reason() *string { return optional.Text(s.State().Reason) }

// Code is the fault code behind Reason; nil when healthy.
func (s Source) Code() *string { return optional.Text(s.State().Code) }

// NextRefreshAt is when the next reading is planned; nil when unknown.
func (s Source) NextRefreshAt() *time.Time { return optional.Instant(s.State().RetryAt) }

// Basis is the family of the rule.
func (l Link) Basis() link.Basis { return l.Evidence().Basis }

// Rule is the configured rule's name.
func (l Link) Rule() string { return l.Evidence().Rule }

// Trust is who could have written the evidence.
func (l Link) Trust() link.Trust { return l.Evidence().Trust }

// Strength is 0 to 1; 1 is certain.
func (l Link) Strength() float64 { return strength(l.Evidence()) }

// Matched is what matched; it may hold an address.
func (l Link) Matched() *string { return optional.Text(l.Evidence().Matched) }

// DecidedAt is when a human or a mapping file decided; nil for rules.
func (l Link) DecidedAt() *time.Time { return optional.Instant(l.Evidence().DecidedAt) }

// DecidedBy is who decided; nil for rules.
func (l Link) DecidedBy() *string { return optional.Text(l.Evidence().DecidedBy) }

// Reason is why a human decided; nil for rules, and where rows are hidden, for words may speak of them.
func (l Link) Reason() *string {
	if !l.v.ShowsAll() {
		return nil
	}
	return optional.Text(l.Evidence().Reason)
}

// Basis is the family of the rule.
func (s Suggestion) Basis() link.Basis { return s.Evidence().Basis }

// Rule is the configured rule's name.
func (s Suggestion) Rule() string { return s.Evidence().Rule }

// Trust is who could have written the evidence.
func (s Suggestion) Trust() link.Trust { return s.Evidence().Trust }

// Strength is 0 to 1: how much speaks for it.
func (s Suggestion) Strength() float64 { return strength(s.Evidence()) }

// Matched is what matched; it may hold an address.
func (s Suggestion) Matched() *string { return optional.Text(s.Evidence().Matched) }

// strength widens without the digits that float32 never had.
func strength(e *link.Evidence) float64 { return math.Round(float64(e.Strength)*1e4) / 1e4 }

// Suggested tells whether v shows a suggestion about two identities.
func (v View) Suggested(a, b person.Key) bool {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	for i := range v.s.layers {
		l := &v.s.layers[i]
		x, hasA := l.identity(a)
		y, hasB := l.identity(b)
		if hasA && hasB && l.showsIdentity(x) && l.evidence.suggests(x, y) {
			return true
		}
	}
	return false
}

func (e *evidence) suggests(x, y int32) bool {
	for i := range e.suggestions {
		if e.suggestions[i].A == x && e.suggestions[i].B == y {
			return true
		}
	}
	return false
}
