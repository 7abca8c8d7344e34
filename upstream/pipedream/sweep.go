package pipedream

import "context"

// Sweep is one reading of a project: all its external users and all their accounts. It is for one goroutine at a time.
type Sweep struct {
	users    *roll[User]
	accounts *roll[Account]
}

// NewSweep begins at the first page.
func NewSweep() *Sweep {
	return &Sweep{newRoll[User](OpUsers, "/users", nil), newRoll[Account](OpAccounts, "/accounts", nil)}
}

// Sweep reads on from where s stopped. After an error s holds all that was read, and can be read on: a cursor names the
// record that it comes after, so that pages do not shift while a sweep rests.
func (c *Client) Sweep(ctx context.Context, s *Sweep) (List[User], List[Account], error) {
	if err := s.users.read(ctx, c); err != nil {
		return List[User]{}, List[Account]{}, err
	}
	if err := s.accounts.read(ctx, c); err != nil {
		return List[User]{}, List[Account]{}, err
	}
	return s.users.list, s.accounts.list, nil
}

// Pages is how many pages were read.
func (s *Sweep) Pages() int { return s.users.pages + s.accounts.pages }
