package people

import (
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// InSystem lists a person's accounts in one system, T being that system's type.
// Nobody is said to have no account in a system of which a source has never been
// read: that is SourceUnavailable.
func InSystem[T Account](s *Service, v directory.View, p directory.Person, system person.System) ([]T, error) {
	found := []T{}
	for _, id := range p.IdentitiesIn(system) {
		if account, ok := AccountOf(id).(T); ok {
			found = append(found, account)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	if err := s.unread(v, system, nil); err != nil {
		return nil, err
	}
	return found, nil
}

// Companies lists the companies in which u's user number exists.
func Companies(v directory.View, u PipedriveUser) []directory.Resource {
	companies := []directory.Resource{}
	for _, same := range v.IdentitiesByID(person.Pipedrive, u.Key().ID) {
		account := same.Key().Account
		key := person.ResourceKey{System: person.Pipedrive, Account: account, Kind: person.ResourceCompany, ID: account}
		if company, ok := v.Resource(key); ok {
			companies = append(companies, company)
		}
	}
	return companies
}
