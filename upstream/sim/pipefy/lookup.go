package pipefy

// User returns a user by id.
func (s *State) User(id int64) (User, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u := s.byID[id]
	if u == nil {
		return User{}, false
	}
	return *u, true
}

// UserByEmail returns a user by address, in any case of letters.
func (s *State) UserByEmail(email string) (User, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u := s.byEmail[fold(email)]
	if u == nil {
		return User{}, false
	}
	return *u, true
}

// OrganizationRole returns the user's role in an organization; false when not a member.
func (s *State) OrganizationRole(organization, user int64) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if o := s.orgByID[digits(organization)]; o != nil {
		return o.people.role(user), o.people.has(user)
	}
	return "", false
}

// PipeRole returns the user's role in a pipe; false when not a member.
func (s *State) PipeRole(pipe, user int64) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if p := s.pipeByID[digits(pipe)]; p != nil {
		return p.people.role(user), p.people.has(user)
	}
	return "", false
}

// TableRole returns the user's role in a table, named by its public or internal id; false when
// not a member.
func (s *State) TableRole(table string, user int64) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.tableByID[table]; t != nil {
		return t.people.role(user), t.people.has(user)
	}
	return "", false
}
