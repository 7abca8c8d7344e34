package pipefy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// State is a Data with indexes, safe for concurrent use.
type State struct {
	mu sync.RWMutex

	users   []*User
	byID    map[int64]*User
	byEmail map[string]*User
	byUUID  map[string]*User
	orgs    []*org
	pipes   []*pipe
	tables  []*table
	lastID  int64

	// Ids as the API spells them. A table goes by its public id and by its internal one.
	orgByID    map[string]*org
	pipeByID   map[string]*pipe
	pipeByUUID map[string]*pipe
	tableByID  map[string]*table

	clients  []Client
	personal []PersonalToken
}

// org, pipe and table are the plain values with their members held in a roster.
type org struct {
	Organization
	people *roster
	pipes  []*pipe
	tables []*table
}

type pipe struct {
	Pipe
	org    *org
	people *roster
}

type table struct {
	Table
	org    *org
	people *roster
}

// NewState takes ownership of data. It refuses data that contradicts itself: a repeated id or
// address, a reference to nothing, a guest in a pipe or table, a member of a pipe or table outside
// the organization.
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
	s.users, s.byID, s.byEmail, s.byUUID, s.lastID = next.users, next.byID, next.byEmail, next.byUUID, max(s.lastID, next.lastID)
	s.orgs, s.pipes, s.tables = next.orgs, next.pipes, next.tables
	s.orgByID, s.pipeByID, s.pipeByUUID, s.tableByID = next.orgByID, next.pipeByID, next.pipeByUUID, next.tableByID
	s.clients, s.personal = next.clients, next.personal
	return nil
}

func (s *State) load(data Data) error {
	s.byID = make(map[int64]*User, len(data.Users))
	s.byEmail = make(map[string]*User, len(data.Users))
	s.byUUID = make(map[string]*User, len(data.Users))
	for i := range data.Users {
		u := &data.Users[i]
		if u.ID <= 0 || s.byID[u.ID] != nil {
			return fmt.Errorf("pipefy: user id %d is not positive or repeated", u.ID)
		}
		if s.byEmail[fold(u.Email)] != nil {
			return fmt.Errorf("pipefy: address of user %d is repeated", u.ID)
		}
		if u.UUID != "" && s.byUUID[u.UUID] != nil {
			return fmt.Errorf("pipefy: uuid of user %d is repeated", u.ID)
		}
		s.addUser(u)
	}
	s.orgByID = make(map[string]*org, len(data.Organizations))
	for _, o := range data.Organizations {
		key := digits(o.ID)
		if o.ID <= 0 || s.orgByID[key] != nil {
			return fmt.Errorf("pipefy: organization id %d is not positive or repeated", o.ID)
		}
		people, err := s.roster("organization", o.ID, o.Members, nil)
		if err != nil {
			return err
		}
		s.orgByID[key] = &org{Organization: o, people: people}
		s.orgs = append(s.orgs, s.orgByID[key])
	}
	if err := s.loadRepos(data); err != nil {
		return err
	}
	for _, c := range data.Clients {
		if s.byID[c.UserID] == nil {
			return fmt.Errorf("pipefy: client %q acts as unknown user %d", c.ID, c.UserID)
		}
	}
	for _, t := range data.PersonalTokens {
		if s.byID[t.UserID] == nil {
			return fmt.Errorf("pipefy: personal token of unknown user %d", t.UserID)
		}
	}
	s.clients, s.personal = data.Clients, data.PersonalTokens
	return nil
}

// loadRepos loads pipes and tables, which Pipefy calls repos where they are alike.
func (s *State) loadRepos(data Data) error {
	s.pipeByID = make(map[string]*pipe, len(data.Pipes))
	s.pipeByUUID = make(map[string]*pipe, len(data.Pipes))
	for _, p := range data.Pipes {
		o, key := s.orgByID[digits(p.OrganizationID)], digits(p.ID)
		if o == nil || p.ID <= 0 || s.pipeByID[key] != nil {
			return fmt.Errorf("pipefy: pipe %s is repeated, not positive or in unknown organization %d", key, p.OrganizationID)
		}
		people, err := s.roster("pipe", p.ID, p.Members, o)
		if err != nil {
			return err
		}
		it := &pipe{Pipe: p, org: o, people: people}
		s.pipeByID[key], s.pipeByUUID[p.UUID] = it, it
		s.pipes, o.pipes = append(s.pipes, it), append(o.pipes, it)
	}
	s.tableByID = make(map[string]*table, 2*len(data.Tables))
	for _, t := range data.Tables {
		o, internal := s.orgByID[digits(t.OrganizationID)], digits(t.InternalID)
		if o == nil || t.ID == "" || s.tableByID[t.ID] != nil || t.InternalID > 0 && s.tableByID[internal] != nil {
			return fmt.Errorf("pipefy: table %s is repeated, empty or in unknown organization %d", t.ID, t.OrganizationID)
		}
		people, err := s.roster("table", t.InternalID, t.Members, o)
		if err != nil {
			return err
		}
		it := &table{Table: t, org: o, people: people}
		s.tableByID[t.ID] = it
		if t.InternalID > 0 {
			s.tableByID[internal] = it
		}
		s.tables, o.tables = append(s.tables, it), append(o.tables, it)
	}
	return nil
}

func digits(id int64) string { return strconv.FormatInt(id, 10) }

func (s *State) roster(what string, id int64, members []Member, within *org) (*roster, error) {
	r := newRoster(members)
	if r.len() != len(members) {
		return nil, fmt.Errorf("pipefy: a member of %s %d is repeated", what, id)
	}
	for _, m := range members {
		if s.byID[m.UserID] == nil {
			return nil, fmt.Errorf("pipefy: %s %d has unknown member %d", what, id, m.UserID)
		}
		if within != nil && (!within.people.has(m.UserID) || isGuest(within.people.role(m.UserID))) {
			return nil, fmt.Errorf("pipefy: member %d of %s %d is a guest or not of its organization", m.UserID, what, id)
		}
	}
	return r, nil
}

func (s *State) addUser(u *User) {
	s.users = append(s.users, u)
	s.byID[u.ID], s.byEmail[fold(u.Email)] = u, u
	if u.UUID != "" {
		s.byUUID[u.UUID] = u
	}
	s.lastID = max(s.lastID, u.ID)
}

// Data returns a deep copy of everything, for comparing before and after.
func (s *State) Data() Data {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.copyOut()
}

func (s *State) copyOut() Data {
	d := Data{Clients: slices.Clone(s.clients), PersonalTokens: slices.Clone(s.personal)}
	for _, u := range s.users {
		c := *u
		c.FavoritePipeIDs = slices.Clone(u.FavoritePipeIDs)
		d.Users = append(d.Users, c)
	}
	for _, o := range s.orgs {
		c := o.Organization
		c.Members, c.Webhooks, c.CustomRoles = o.people.members(), cloneWebhooks(o.Webhooks), slices.Clone(o.CustomRoles)
		d.Organizations = append(d.Organizations, c)
	}
	for _, p := range s.pipes {
		c := p.Pipe
		c.Members, c.Webhooks = p.people.members(), cloneWebhooks(p.Webhooks)
		d.Pipes = append(d.Pipes, c)
	}
	for _, t := range s.tables {
		c := t.Table
		c.Members, c.Webhooks = t.people.members(), cloneWebhooks(t.Webhooks)
		d.Tables = append(d.Tables, c)
	}
	return d
}

func cloneWebhooks(hooks []Webhook) []Webhook {
	out := slices.Clone(hooks)
	for i := range out {
		out[i].Actions, out[i].Headers = slices.Clone(out[i].Actions), maps.Clone(out[i].Headers)
	}
	return out
}

// fold is how Pipefy's addresses are compared here. The documents do not say; the official SDK
// lower-cases before it sends.
func fold(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
