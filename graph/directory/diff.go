package directory

import (
	"iter"

	"github.com/manifold-graph/manifold/graph/person"
)

// EventKind is what happened between two snapshots.
type EventKind uint8

// The kinds of events. A new identity brings no events but its appearance, and
// one that left none but that: the record tells the rest.
const (
	IdentityAppeared EventKind = iota + 1
	IdentityLeft
	// PersonChanged: a merge or a split gave the identity to another person.
	PersonChanged
	StateChanged
	GrantGained
	GrantLost
	// GrantChanged: another level or role on the same resource.
	GrantChanged
)

// Event is one difference between two snapshots.
type Event struct {
	Kind     EventKind
	Identity person.Key
	// OldPerson and Person are whose the identity was and is; zero where it is not
	// there.
	OldPerson, Person person.ID
	// Old and New are the records; nil where it is not there.
	Old, New *person.Identity
	// OldGrant is set with GrantLost and GrantChanged, NewGrant with GrantGained and
	// GrantChanged.
	OldGrant, NewGrant *person.Grant
}

// Diff lists what happened from old to new, by identity key, then in the order of
// kinds, grants by resource key.
func Diff(old, new *Snapshot) []Event {
	var events []Event
	before, stopBefore := iter.Pull(old.byKey())
	defer stopBefore()
	after, stopAfter := iter.Pull(new.byKey())
	defer stopAfter()
	a, hasA := before()
	b, hasB := after()
	for hasA || hasB {
		switch c := compareSides(a, hasA, b, hasB); {
		case c < 0:
			events = append(events, Event{Kind: IdentityLeft, Identity: a.Key, OldPerson: a.person, Old: a.Identity})
			a, hasA = before()
		case c > 0:
			events = append(events, Event{Kind: IdentityAppeared, Identity: b.Key, Person: b.person, New: b.Identity})
			b, hasB = after()
		default:
			events = appendChanges(events, a, b)
			a, hasA = before()
			b, hasB = after()
		}
	}
	return events
}

// owned is an identity and whose it is.
type owned struct {
	*person.Identity
	person person.ID
}

func compareSides(a owned, hasA bool, b owned, hasB bool) int {
	switch {
	case !hasB:
		return -1
	case !hasA:
		return 1
	}
	return a.Key.Compare(b.Key)
}

// byKey goes over all identities in the order of their keys.
func (s *Snapshot) byKey() iter.Seq[owned] {
	return func(yield func(owned) bool) {
		at := make([]int32, len(s.layers))
		for {
			var next *owned
			from := 0
			for i := range s.layers {
				l := &s.layers[i]
				for int(at[i]) < len(l.identities) && !l.showsIdentity(at[i]) {
					at[i]++
				}
				if int(at[i]) == len(l.identities) {
					continue
				}
				identity := l.identities[at[i]]
				if next == nil || identity.Key.Compare(next.Key) < 0 {
					next, from = &owned{identity, l.id(l.clusters.personOf[at[i]])}, i
				}
			}
			if next == nil || !yield(*next) {
				return
			}
			at[from]++
		}
	}
}

func appendChanges(events []Event, a, b owned) []Event {
	event := Event{Identity: b.Key, OldPerson: a.person, Person: b.person, Old: a.Identity, New: b.Identity}
	if a.person != b.person {
		event.Kind = PersonChanged
		events = append(events, event)
	}
	if a.Identity == b.Identity {
		return events
	}
	if a.State != b.State {
		event.Kind = StateChanged
		events = append(events, event)
	}
	return appendGrantChanges(events, event)
}

// appendGrantChanges walks both lists, which are in the order of resource keys.
func appendGrantChanges(events []Event, event Event) []Event {
	old, new := event.Old.Grants, event.New.Grants
	for len(old) > 0 || len(new) > 0 {
		c := 0
		switch {
		case len(new) == 0:
			c = -1
		case len(old) == 0:
			c = 1
		default:
			c = old[0].Resource.Key.Compare(new[0].Resource.Key)
		}
		event.OldGrant, event.NewGrant = nil, nil
		if c <= 0 {
			event.OldGrant, old = &old[0], old[1:]
		}
		if c >= 0 {
			event.NewGrant, new = &new[0], new[1:]
		}
		switch {
		case c < 0:
			event.Kind = GrantLost
		case c > 0:
			event.Kind = GrantGained
		case event.OldGrant.Level == event.NewGrant.Level && event.OldGrant.Role == event.NewGrant.Role:
			continue
		default:
			event.Kind = GrantChanged
		}
		events = append(events, event)
	}
	return events
}
