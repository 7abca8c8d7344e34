package shared

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/cache"
)

// ErrAway is the error while Redis is left alone because it failed.
var ErrAway = errors.New("shared cache: redis is away")

// Options of a Cache; the zero Options is useful.
type Options struct {
	// Prefix begins every key; "manifold" when empty.
	Prefix string
	// Timeout bounds every request to Redis; 250 ms when 0.
	Timeout time.Duration
	// Away is for how long Redis is left alone after three failures in a row; 1 s when 0.
	Away time.Duration
	// Seal and Open wrap what leaves this process for a place, which is a key of Redis and what the value claims to be: what was
	// sealed for another place does not open. Nil: it leaves as it is.
	Seal, Open func(place string, b []byte) ([]byte, error)
}

// Cache is the second level of all caches of a process, safe for concurrent use.
type Cache struct {
	client  redis.UniversalClient
	o       Options
	breaker circuitbreaker.CircuitBreaker[any]

	mu        sync.Mutex
	listeners map[string]map[*func(cache.Notice)]struct{} // by kind
}

// New makes a Cache over a client that honours the time limit of a context: without ContextTimeoutEnabled a frozen
// Redis would hold every request up for the client's own timeouts, so that New refuses such a client.
func New(client redis.UniversalClient, o Options) (*Cache, error) {
	honours := true
	switch c := client.(type) {
	case *redis.Client:
		honours = c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		honours = c.Options().ContextTimeoutEnabled
	}
	if !honours {
		return nil, errors.New("shared cache: the redis client needs ContextTimeoutEnabled")
	}
	if o.Prefix == "" {
		o.Prefix = "manifold"
	}
	if o.Timeout <= 0 {
		o.Timeout = 250 * time.Millisecond
	}
	if o.Away <= 0 {
		o.Away = time.Second
	}
	asItIs := func(_ string, b []byte) ([]byte, error) { return b, nil }
	if o.Seal == nil {
		o.Seal = asItIs
	}
	if o.Open == nil {
		o.Open = asItIs
	}
	return &Cache{
		client: client, o: o, listeners: map[string]map[*func(cache.Notice)]struct{}{},
		breaker: circuitbreaker.NewBuilder[any]().WithFailureThreshold(3).WithSuccessThreshold(1).WithDelay(o.Away).Build(),
	}, nil
}

// Kind is the level of one kind of values ("PipedriveUser.permissions"); the name has no spaces.
func (c *Cache) Kind(name string) cache.Remote { return &kind{cache: c, name: name} }

// ask makes one request within the time limit, unless Redis is left alone. A caller who leaves is no failure of Redis.
func (c *Cache) ask(ctx context.Context, what string, do func(context.Context) error) error {
	if !c.breaker.TryAcquirePermit() {
		return ErrAway
	}
	limited, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	err := do(limited)
	if err == nil || errors.Is(err, redis.Nil) || ctx.Err() != nil {
		c.breaker.RecordSuccess()
	} else {
		c.breaker.RecordFailure()
	}
	if err != nil {
		return fmt.Errorf("shared cache: %s: %w", what, err)
	}
	return nil
}
