package pipedream

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// State is a Data with indexes, safe for concurrent use.
type State struct {
	mu       sync.RWMutex
	clients  []Client
	apps     []*App
	projects []*project
	byID     map[string]*project
}

// project is a Project whose environments are indexed.
type project struct {
	Project
	development, production *environment
}

// NewState takes ownership of data. It refuses data that contradicts itself: a repeated id, an
// account or trigger of an external user who is not there, an eleventh user in development.
func NewState(data Data) (*State, error) {
	s := &State{}
	if err := s.load(data); err != nil {
		return nil, err
	}
	return s, nil
}

// Update lets change rewrite a copy of everything, then takes the result as NewState does. After
// an error the state is as before.
func (s *State) Update(change func(*Data)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	data := s.copyOut()
	change(&data)
	var next State
	if err := next.load(data); err != nil {
		return err
	}
	s.clients, s.apps, s.projects, s.byID = next.clients, next.apps, next.projects, next.byID
	return nil
}

func (s *State) load(data Data) error {
	s.clients, s.apps = data.Clients, data.Apps
	s.byID = make(map[string]*project, len(data.Projects))
	for _, p := range data.Projects {
		if s.byID[p.ID] != nil {
			return fmt.Errorf("pipedream: project %s is repeated", p.ID)
		}
		if n := len(p.Development.Users); n > DevelopmentUsers {
			return fmt.Errorf("pipedream: project %s has %d external users in development, %d are allowed", p.ID, n, DevelopmentUsers)
		}
		it := &project{Project: p}
		var err error
		if it.development, err = newEnvironment(p.Development); err != nil {
			return fmt.Errorf("pipedream: project %s, development: %w", p.ID, err)
		}
		if it.production, err = newEnvironment(p.Production); err != nil {
			return fmt.Errorf("pipedream: project %s, production: %w", p.ID, err)
		}
		it.Development, it.Production = Environment{}, Environment{}
		s.projects = append(s.projects, it)
		s.byID[p.ID] = it
	}
	return nil
}

// Data returns a deep copy of everything, for comparing before and after. Apps are shared.
func (s *State) Data() Data {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.copyOut()
}

func (s *State) copyOut() Data {
	d := Data{Clients: slices.Clone(s.clients), Apps: slices.Clone(s.apps)}
	for _, p := range s.projects {
		c := p.Project
		c.Apps = slices.Clone(p.Apps)
		c.Development, c.Production = p.development.copyOut(), p.production.copyOut()
		d.Projects = append(d.Projects, c)
	}
	return d
}

// User returns an external user of an environment ("development", "production").
func (s *State) User(projectID, env, externalID string) (ExternalUser, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.environment(projectID, env)
	if e == nil || e.byExternal[externalID] == nil {
		return ExternalUser{}, false
	}
	return e.byExternal[externalID].ExternalUser, true
}

// Accounts returns the accounts of one external user, oldest id first.
func (s *State) Accounts(projectID, env, externalID string) []Account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.environment(projectID, env)
	if e == nil || e.byExternal[externalID] == nil {
		return nil
	}
	var out []Account
	for _, a := range e.byExternal[externalID].accounts.items {
		out = append(out, a.clone())
	}
	return out
}

// Triggers are what is deployed for one external user.
func (s *State) Triggers(projectID, env, externalID string) []Trigger {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.environment(projectID, env)
	if e == nil || e.byExternal[externalID] == nil {
		return nil
	}
	var out []Trigger
	for _, t := range e.byExternal[externalID].triggers.items {
		out = append(out, t.clone())
	}
	return out
}

func (s *State) environment(projectID, env string) *environment {
	p := s.byID[projectID]
	switch {
	case p == nil:
		return nil
	case env == "development":
		return p.development
	case env == "production":
		return p.production
	}
	return nil
}

func (a *Account) clone() Account {
	c := *a
	c.AuthorizedScopes, c.Credentials = slices.Clone(a.AuthorizedScopes), maps.Clone(a.Credentials)
	return c
}

func (t *Trigger) clone() Trigger {
	c := *t
	c.AccountIDs, c.ConfigurableProps, c.ConfiguredProps = slices.Clone(t.AccountIDs), slices.Clone(t.ConfigurableProps), maps.Clone(t.ConfiguredProps)
	return c
}
