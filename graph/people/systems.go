package people

import (
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// InSystem lists a person's accounts in one system, T being that system's type.
// Nobody is said to have no account in a system of which a source has never been
// read: that is SourceUnavailable.
func InSystem[T Account](v directory.View, p directory.Person, system person.System) ([]T, error) {
	found := []T{}
	for _, id := range p.IdentitiesIn(system) {
		if account, ok := AccountOf(id).(T); ok {
			found = append(found, account)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	for _, s := range v.Sources() {
		if s.System() == system && s.Freshness() == nil {
			return nil, neverRead(v, s.State())
		}
	}
	return found, nil
}

func neverRead(v directory.View, s person.SourceState) error {
	unavailable := fault.New(fault.SourceUnavailable, "%s has not been read yet, so nobody knows who is in it. Ask again.", s.ID)
	unavailable.Source = string(s.ID)
	unavailable.RetryAfter = max(s.RetryAt.Sub(v.Snapshot().At()), time.Second)
	return unavailable
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
