package people

import (
	"unicode/utf8"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// Ref names a person in exactly one of its ways.
type Ref struct {
	ID            *string
	Email         *string
	PipedriveUser *VendorUser
	PipefyUser    *VendorUser
	PipedreamUser *ExternalUser
}

// VendorUser names a user by the vendor's number. Source is the configured name;
// nil: any source of the system.
type VendorUser struct {
	UserID string
	Source *string
}

// ExternalUser names a Pipedream external user, byte for byte.
type ExternalUser struct {
	ExternalUserID string
	Source         *string
}

// maxExternalUserID is the vendor's limit, in characters.
const maxExternalUserID = 250

// Person answers the person that ref names; nil when nobody fits. It is a
// Conflict, with candidates, when several people fit.
func (s *Service) Person(v directory.View, who access.Principal, ref Ref) (*directory.Person, error) {
	given := 0
	for _, set := range []bool{ref.ID != nil, ref.Email != nil, ref.PipedriveUser != nil, ref.PipefyUser != nil, ref.PipedreamUser != nil} {
		if set {
			given++
		}
	}
	// The executor checks @oneOf in literals alone; a variable arrives here unchecked.
	if given != 1 {
		return nil, fault.New(fault.BadUserInput, `Give exactly one of "id", "email", "pipedriveUser", "pipefyUser", "pipedreamUser"; %d were given.`, given)
	}
	var (
		found  []directory.Person
		err    error
		system person.System
		source *string
	)
	switch {
	case ref.ID != nil:
		return s.personByID(v, *ref.ID)
	case ref.Email != nil:
		if missing, ok := who.Allowed("PersonRef", "email"); !ok {
			return nil, needsScope("Looking a person up by address", missing)
		}
		found = v.PeopleByEmail(*ref.Email)
	case ref.PipedriveUser != nil:
		system, source = person.Pipedrive, ref.PipedriveUser.Source
		found, err = s.byAccount(v, system, ref.PipedriveUser.UserID, source)
	case ref.PipefyUser != nil:
		system, source = person.Pipefy, ref.PipefyUser.Source
		found, err = s.byAccount(v, system, ref.PipefyUser.UserID, source)
	case ref.PipedreamUser != nil:
		if utf8.RuneCountInString(ref.PipedreamUser.ExternalUserID) > maxExternalUserID {
			return nil, fault.New(fault.BadUserInput, "An external user id has at most %d characters.", maxExternalUserID)
		}
		// Refused before anybody is looked for: or the answer would tell whether there is an address.
		if !v.ShowsID(ref.PipedreamUser.ExternalUserID) {
			return nil, needsScope("Looking a person up by an id that may be an address", access.ScopeEmailsRead)
		}
		system, source = person.Pipedream, ref.PipedreamUser.Source
		found, err = s.byAccount(v, system, ref.PipedreamUser.ExternalUserID, source)
	}
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, s.unread(v, system, source)
	}
	return s.one(found)
}

func (s *Service) personByID(v directory.View, id string) (*directory.Person, error) {
	decoded, err := s.ids.Decode(id)
	if err != nil {
		return nil, err
	}
	personID, ok := decoded.Person()
	if !ok {
		return nil, fault.New(fault.BadUserInput, "This is the id of a %s, not of a person. Ask node(id:) for it.", decoded.Kind())
	}
	p, ok := v.Person(personID)
	if !ok {
		return nil, s.unread(v, 0, nil)
	}
	return &p, nil
}

// byAccount finds whoever has the vendor's id in one source, or in any source of the system.
func (s *Service) byAccount(v directory.View, system person.System, id string, source *string) ([]directory.Person, error) {
	if id == "" {
		return nil, fault.New(fault.BadUserInput, "An empty id names nobody. Give the account's id as %s spells it.", system)
	}
	if source != nil {
		if err := knownSources(v, []string{*source}, system); err != nil {
			return nil, err
		}
	}
	var found []directory.Person
	for _, identity := range v.IdentitiesByID(system, id) {
		if source == nil || string(identity.Source().ID()) == *source {
			found = append(found, identity.Person())
		}
	}
	return found, nil
}

// one answers the single person among found, or a Conflict that lists them.
func (s *Service) one(found []directory.Person) (*directory.Person, error) {
	var (
		seen       = make(map[person.ID]bool, len(found))
		candidates []string
	)
	for _, p := range found {
		if !seen[p.ID()] {
			seen[p.ID()] = true
			candidates = append(candidates, s.ids.Person(p.ID()))
		}
	}
	if len(candidates) == 1 {
		return &found[0], nil
	}
	conflict := fault.New(fault.Conflict, "%d people fit. Ask for one of extensions.candidates by id, or name the source.", len(candidates))
	conflict.Candidates = candidates
	return nil, conflict
}
