package shared

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// NewUnder is a store whose own clock and whose server's clock the test moves.
func NewUnder(client redis.UniversalClient, o Options, own budget.Clock, server func() time.Time) *Store {
	o.server = server
	s := New(client, o)
	s.clock = own
	return s
}

// Beat reports once, as Run does at every beat.
func (s *Store) Beat(ctx context.Context) { s.beat(ctx, false) }

// Leave gives back what is unused, as Run does at its end.
func (s *Store) Leave(ctx context.Context) { s.beat(ctx, true) }

// Tag is the hash tag of an account's keys.
func Tag(account string) string { return hashed(account) }

// Account is an account's main key.
func (s *Store) Account(account string) string { return s.keysOf(account)[0] }
