package directory

import (
	"time"

	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// Person is one human, bot or organization with all its identities.
type Person struct {
	v View
	n int32
}

func (p Person) in() (*layer, int32) { return p.v.s.person(p.n) }

// ID is the person's own id.
func (p Person) ID() person.ID {
	l, n := p.in()
	return l.id(n)
}

// DisplayName is the name to show: a name, else an address for those who may see
// addresses, else a vendor's id.
func (p Person) DisplayName() string {
	l, n := p.in()
	return p.v.shown(l.name(n), l.primaryEmail(n), l.best(n, rankAny).Key.ID)
}

// Kind is what stands behind the person.
func (p Person) Kind() person.Kind {
	l, n := p.in()
	return l.kind(n)
}

// Status is active if any identity is, else unconfirmed if any is, else inactive, else erased.
func (p Person) Status() person.State {
	l, n := p.in()
	return l.status(n)
}

// PrimaryEmail is the address to write to; nil when no identity has one.
func (p Person) PrimaryEmail() *string {
	l, n := p.in()
	return optional.Text(l.primaryEmail(n))
}

// Emails lists every mailbox once, the primary one first and the others in the
// order of the identities.
func (p Person) Emails() []string {
	l, n := p.in()
	primary := l.primaryEmail(n)
	if primary == "" {
		return []string{}
	}
	emails := []string{primary}
	seen := map[string]bool{p.v.s.mailbox(primary): true}
	for _, i := range l.clusters.of(n) {
		email := l.identities[i].Email
		if box := p.v.s.mailbox(email); email != "" && !seen[box] {
			seen[box] = true
			emails = append(emails, email)
		}
	}
	return emails
}

// mailbox is the canonical form of an address, or what there is of one.
func (s *Snapshot) mailbox(email string) string {
	if canonical, ok := s.in.Linker.Canonical(email); ok {
		return canonical
	}
	return email
}

// AvatarURL is a picture; nil when no identity has one.
func (p Person) AvatarURL() *string {
	l, n := p.in()
	return optional.Text(l.avatarURL(n))
}

// CreatedAt is when the oldest identity was made; nil where no source tells.
func (p Person) CreatedAt() *time.Time {
	l, n := p.in()
	return optional.Instant(l.createdAt(n))
}

// LastSeenAt is when any source last saw them; nil where none did or tells.
func (p Person) LastSeenAt() *time.Time {
	l, n := p.in()
	return optional.Instant(l.lastSeenAt(n))
}

// Identities lists the person's identities in the order of their keys.
func (p Person) Identities() []Identity {
	l, n := p.in()
	members := l.clusters.of(n)
	all := make([]Identity, len(members))
	for k, i := range members {
		all[k] = Identity{p.v, l.first.identity + i}
	}
	return all
}

// IdentitiesIn lists the identities in one system, in the order of their keys.
func (p Person) IdentitiesIn(system person.System) []Identity {
	found := []Identity{}
	for _, i := range p.Identities() {
		if i.Key().System == system {
			found = append(found, i)
		}
	}
	return found
}

// Links lists why the identities belong together.
func (p Person) Links() []Link {
	l, n := p.in()
	numbers := l.evidence.linksOf(n)
	links := make([]Link, len(numbers))
	for k, number := range numbers {
		links[k] = Link{p.v, l, &l.evidence.links[number]}
	}
	return links
}

// GrantsComplete tells whether View.Grants knows all: every source is completely
// read, so that the person has no unknown account, and the sources of their
// accounts listed every resource with its members.
func (p Person) GrantsComplete() bool {
	s := p.v.s
	for i := range s.sources {
		if b := s.batches[s.sources[i].ID]; b == nil || !b.Coverage.Complete {
			return false
		}
	}
	for _, i := range p.Identities() {
		if !s.batches[i.Raw().Source].Coverage.GrantsComplete {
			return false
		}
	}
	return true
}
