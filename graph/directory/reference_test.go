package directory_test

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// The reference answers the same questions as the directory in the plainest way:
// it looks at every person and sorts what is left.

type refPerson struct {
	id      person.ID
	members []*person.Identity // by key
	kinds   []person.Kind
}

func reference(in directory.Input) []refPerson {
	var all []*person.Identity
	for _, b := range in.Batches {
		all = append(all, b.Identities...)
	}
	slices.SortFunc(all, func(a, b *person.Identity) int { return a.Key.Compare(b.Key) })
	linked := in.Linker.Link(all, in.Decisions)
	var people []refPerson
	for i := range all {
		if int(linked.Cluster[i]) != i {
			continue
		}
		p := refPerson{id: in.PersonID(all[i].Key)}
		for j := range all {
			if int(linked.Cluster[j]) == i {
				p.members = append(p.members, all[j])
				p.kinds = append(p.kinds, linked.Kind[j])
			}
		}
		people = append(people, p)
	}
	return people
}

func refStanding(s person.State) int {
	return slices.Index([]person.State{person.StateActive, person.StateUnconfirmed, person.StateInactive, person.StateErased}, s)
}

// inOrder is the members by standing, then by key.
func (p refPerson) inOrder() []*person.Identity {
	sorted := slices.Clone(p.members)
	slices.SortStableFunc(sorted, func(a, b *person.Identity) int {
		return cmp.Compare(refStanding(a.State), refStanding(b.State))
	})
	return sorted
}

func (p refPerson) email() string {
	sorted := p.inOrder()
	slices.SortStableFunc(sorted, func(a, b *person.Identity) int {
		verified := map[bool]int{true: 0, false: 1}
		return cmp.Or(cmp.Compare(refStanding(a.State), refStanding(b.State)), cmp.Compare(verified[a.EmailVerified], verified[b.EmailVerified]))
	})
	for _, i := range sorted {
		if i.Email != "" {
			return i.Email
		}
	}
	return ""
}

func (p refPerson) name() string {
	for _, i := range p.inOrder() {
		if name := strings.TrimSpace(i.Name); name != "" && !strings.Contains(name, "@") {
			return name
		}
	}
	return ""
}

func (p refPerson) status() person.State { return p.inOrder()[0].State }

func (p refPerson) kind() person.Kind {
	for _, k := range []person.Kind{person.KindHuman, person.KindBot, person.KindOrganization} {
		if slices.Contains(p.kinds, k) {
			return k
		}
	}
	return person.KindUnknown
}

func (p refPerson) createdAt() (first time.Time) {
	for _, i := range p.members {
		if !i.CreatedAt.IsZero() && (first.IsZero() || i.CreatedAt.Before(first)) {
			first = i.CreatedAt
		}
	}
	return first
}

func (p refPerson) lastSeenAt() (last time.Time) {
	for _, i := range p.members {
		if i.LastSeenAt.After(last) {
			last = i.LastSeenAt
		}
	}
	return last
}

var withoutStroke = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ı", "i", "æ", "ae")

func refFold(s string) string {
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, cases.Fold().String(norm.NFKD.String(s)))
	return withoutStroke.Replace(strings.Join(strings.Fields(folded), " "))
}

func refWords(s string) []string {
	return strings.FieldsFunc(refFold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

func (p refPerson) hasWord(word string, in directory.SearchIn) bool {
	begins := func(text string) bool {
		return slices.ContainsFunc(refWords(text), func(w string) bool { return strings.HasPrefix(w, word) })
	}
	return slices.ContainsFunc(p.members, func(i *person.Identity) bool {
		name, email := i.Name, i.Email
		if strings.Contains(name, "@") {
			name = ""
		}
		switch address := strings.Contains(i.Key.ID, "@"); {
		case address && email == "":
			email = i.Key.ID
		case name == "" && email == "":
			name = i.Key.ID
		}
		return in != directory.SearchEmails && begins(name) || in != directory.SearchNames && begins(email)
	})
}

func any1[T any](list []T, test func(T) bool) bool {
	return len(list) == 0 || slices.ContainsFunc(list, test)
}

func (p refPerson) inSystem(s person.System) bool {
	return slices.ContainsFunc(p.members, func(i *person.Identity) bool { return i.Key.System == s })
}

func (p refPerson) inSource(s person.SourceID) bool {
	return slices.ContainsFunc(p.members, func(i *person.Identity) bool { return i.Source == s })
}

func (p refPerson) hasGrant(test func(person.Grant) bool) bool {
	return slices.ContainsFunc(p.members, func(i *person.Identity) bool { return slices.ContainsFunc(i.Grants, test) })
}

func isApp(k person.ResourceKey) bool {
	return k.Kind == person.ResourceCompanyApp || k.Kind == person.ResourceConnectedApp
}

func (p refPerson) matches(f directory.PeopleFilter, linker directory.Linker) bool {
	for _, w := range refWords(f.Search) {
		if !p.hasWord(w, f.SearchIn) {
			return false
		}
	}
	kinds := f.Kinds
	if len(kinds) == 0 {
		kinds = []person.Kind{person.KindHuman, person.KindUnknown}
	}
	systems := 0
	for _, s := range person.Systems {
		if p.inSystem(s) {
			systems++
		}
	}
	graded := func(g person.Grant) bool {
		return (len(f.Levels) == 0 || slices.Contains(f.Levels, g.Level)) && (len(f.Roles) == 0 || slices.Contains(f.Roles, g.Role))
	}
	onResources := func(g person.Grant) bool { return slices.Contains(f.Resources, g.Resource.Key) }
	onApps := func(g person.Grant) bool {
		return isApp(g.Resource.Key) && slices.Contains(f.Apps, g.Resource.Key.ID)
	}
	reaches := true
	switch {
	case len(f.Resources) > 0:
		reaches = p.hasGrant(func(g person.Grant) bool { return onResources(g) && graded(g) }) && (len(f.Apps) == 0 || p.hasGrant(onApps))
	case len(f.Apps) > 0:
		reaches = p.hasGrant(func(g person.Grant) bool { return onApps(g) && graded(g) })
	case len(f.Levels)+len(f.Roles) > 0:
		reaches = p.hasGrant(graded)
	}
	return reaches && slices.Contains(kinds, p.kind()) &&
		any1(f.Status, func(s person.State) bool { return p.status() == s }) &&
		any1(f.Systems, p.inSystem) && any1(f.Sources, p.inSource) &&
		any1(f.EmailDomains, func(d string) bool {
			return slices.ContainsFunc(p.members, func(i *person.Identity) bool {
				c, ok := linker.Canonical(i.Email)
				return ok && strings.HasSuffix(c, "@"+strings.ToLower(d))
			})
		}) &&
		(f.Linked == nil || *f.Linked == (systems >= 2)) &&
		!slices.ContainsFunc(f.PresentIn, func(s person.System) bool { return !p.inSystem(s) }) &&
		!slices.ContainsFunc(f.PresentInSources, func(s person.SourceID) bool { return !p.inSource(s) }) &&
		!slices.ContainsFunc(f.AbsentIn, p.inSystem) && !slices.ContainsFunc(f.AbsentInSources, p.inSource)
}

// compare orders people as o says: what has no value last, ties by id.
func (o refOrder) compare(a, b refPerson) int {
	direction := 1
	if o.Descending {
		direction = -1
	}
	ids := bytes.Compare(a.id[:], b.id[:])
	text := func(x, y string) int {
		if (x == "") != (y == "") {
			return strings.Compare(y, x) // the empty one last
		}
		return direction * cmp.Or(strings.Compare(refFold(x), refFold(y)), ids)
	}
	when := func(x, y time.Time) int {
		if x.IsZero() != y.IsZero() {
			return y.Compare(x)
		}
		return direction * cmp.Or(x.Compare(y), ids)
	}
	switch o.Field {
	case directory.ByCreatedAt:
		return when(a.createdAt(), b.createdAt())
	case directory.ByLastSeenAt:
		return when(a.lastSeenAt(), b.lastSeenAt())
	case directory.ByPrimaryEmail:
		return text(a.email(), b.email())
	}
	return text(a.name(), b.name())
}

type refOrder directory.PeopleOrder

func referenceIDs(in directory.Input, q directory.PeopleQuery) []person.ID {
	var found []refPerson
	for _, p := range reference(in) {
		if p.matches(q.Filter, in.Linker) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, refOrder(q.Order).compare)
	ids := make([]person.ID, len(found))
	for i, p := range found {
		ids[i] = p.id
	}
	return ids
}
