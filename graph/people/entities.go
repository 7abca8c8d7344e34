package people

import (
	"strings"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/person"
)

// Key is a set of fields that together name one object of a type.
type Key struct {
	Fields []string
	// find answers the object that values name, in the order of Fields; nil when there is none, as Service.Node does.
	find func(s *Service, v directory.View, who access.Principal, values []string) (Node, error)
}

// Entities are the types whose objects other graphs may name, each with its keys. What of a representation's keys is given
// first counts. An interface stands for the types that implement it.
var Entities = map[string][]Key{
	"Person":        {byID("Person", ofKind(nodeid.KindPerson))},
	"Identity":      {byID("Identity", ofKind(nodeid.KindIdentity))},
	"PipedriveUser": {byID("PipedriveUser", inSystem(person.Pipedrive)), byNumber(person.Pipedrive, "companyId")},
	"PipefyUser":    {byID("PipefyUser", inSystem(person.Pipefy)), byNumber(person.Pipefy, "organizationId")},
	"PipedreamUser": {byID("PipedreamUser", inSystem(person.Pipedream)), byExternalID},
	"Resource":      {byID("Resource", ofKind(nodeid.KindResource))},
	"Source":        {byID("Source", ofKind(nodeid.KindSource)), byName},
}

// Entities answers what each representation names: a map with "__typename" and the fields of a key, as JSON decodes it. What
// is not there, or hidden from v, is nil. Each place has an error of its own.
func (s *Service) Entities(v directory.View, who access.Principal, representations []any) ([]Node, []error) {
	nodes, errs := make([]Node, len(representations)), make([]error, len(representations))
	for i, r := range representations {
		nodes[i], errs[i] = s.entity(v, who, r)
	}
	return nodes, errs
}

func (s *Service) entity(v directory.View, who access.Principal, representation any) (Node, error) {
	fields, ok := representation.(map[string]any)
	if !ok {
		return nil, fault.New(fault.BadUserInput, "A representation is an object with __typename and the fields of one key.")
	}
	name, ok := fields["__typename"].(string)
	if !ok {
		return nil, fault.New(fault.BadUserInput, "A representation needs its type as __typename, a string.")
	}
	keys, known := Entities[name]
	if !known {
		return nil, fault.New(fault.BadUserInput, "No type with a key has this __typename.")
	}
	for _, k := range keys {
		if values, given := k.values(fields); given {
			return k.find(s, v, who, values)
		}
	}
	return nil, fault.New(fault.BadUserInput, "A representation of %s needs, as strings, the fields of one key: %s.", name, spell(keys))
}

// values are those of k's fields; false unless all of them are given as strings.
func (k Key) values(fields map[string]any) ([]string, bool) {
	values := make([]string, len(k.Fields))
	for i, f := range k.Fields {
		text, ok := fields[f].(string)
		if !ok {
			return nil, false
		}
		values[i] = text
	}
	return values, true
}

func spell(keys []Key) string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = strings.Join(k.Fields, " and ")
	}
	return strings.Join(all, "; or ")
}

func byID(name string, is func(nodeid.ID) bool) Key {
	return Key{[]string{"id"}, func(s *Service, v directory.View, who access.Principal, values []string) (Node, error) {
		id, err := s.ids.Decode(values[0])
		switch {
		case err != nil:
			return nil, err
		case !is(id):
			return nil, fault.New(fault.BadUserInput, "This is the id of something else than a %s.", name)
		}
		return s.named(v, who, id)
	}}
}

func ofKind(kind nodeid.Kind) func(nodeid.ID) bool {
	return func(id nodeid.ID) bool { return id.Kind() == kind }
}

func inSystem(system person.System) func(nodeid.ID) bool {
	return func(id nodeid.ID) bool {
		key, ok := id.Identity()
		return ok && key.System == system
	}
}

// byNumber names an account as its vendor does; holder is the field with the vendor's id of the company or organization.
func byNumber(system person.System, holder string) Key {
	return Key{[]string{holder, "sourceId"}, func(s *Service, v directory.View, _ access.Principal, values []string) (Node, error) {
		return s.account(v, person.Key{System: system, Account: values[0], ID: values[1]})
	}}
}

var byExternalID = Key{
	[]string{"projectId", "environment", "externalUserId"},
	func(s *Service, v directory.View, _ access.Principal, values []string) (Node, error) {
		// Refused before anybody is looked for: or the answer would tell whether there is an address.
		if !v.ShowsID(values[2]) {
			return nil, needsScope("Naming a user by an id that may be an address", access.ScopeEmailsRead)
		}
		return s.account(v, person.Key{System: person.Pipedream, Account: values[0] + "/" + values[1], ID: values[2]})
	},
}

var byName = Key{
	[]string{"name"},
	func(_ *Service, v directory.View, _ access.Principal, values []string) (Node, error) {
		if source, ok := v.Source(person.SourceID(values[0])); ok {
			return source, nil
		}
		return nil, nil
	},
}

func (s *Service) account(v directory.View, key person.Key) (Node, error) {
	if i, ok := v.Identity(key); ok {
		return AccountOf(i), nil
	}
	return nil, s.unread(v, key.System, nil)
}
