package oidc

import (
	"context"
	"crypto"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
)

const (
	// keysAgain is how long tokens of unknown keys bring about no other look at the issuer's keys when the last one
	// found nothing new: a stranger can make up as many names of keys as they like.
	keysAgain = time.Minute
	// keysSoon is the same after a change or a failure.
	keysSoon = 5 * time.Second
)

// keys are those of one issuer, as last read. Whoever needs one that is not among them waits for the same fetch.
type keys struct {
	issuer Issuer
	fetch  func(context.Context, Issuer) ([]key, error)
	now    func() time.Time
	log    *slog.Logger

	changes atomic.Uint64 // how often they have changed

	mu      sync.Mutex
	held    []key
	again   time.Time // when they may be fetched again because of a token
	trouble error     // of the last fetch
	told    string    // what was last complained about
	flight  chan struct{}
}

// generation changes when the keys do.
func (k *keys) generation() uint64 { return k.changes.Load() }

// find gives the keys by which a token may be signed, with the generation that they are of.
func (k *keys) find(ctx context.Context, id, algorithm string) ([]crypto.PublicKey, uint64, error) {
	found, generation, flight := k.look(id, algorithm)
	if flight == nil {
		return found, generation, k.missing(found)
	}
	if err := wait(ctx, flight); err != nil {
		return nil, 0, err
	}
	k.mu.Lock()
	found, generation = pick(k.held, id, algorithm), k.generation()
	k.mu.Unlock()
	return found, generation, k.missing(found)
}

// look finds what is held; or else a fetch to wait for, if there is one or may be one.
func (k *keys) look(id, algorithm string) ([]crypto.PublicKey, uint64, chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := pick(k.held, id, algorithm); found != nil {
		return found, k.generation(), nil
	}
	if k.flight == nil && !k.now().Before(k.again) {
		k.start()
	}
	return nil, 0, k.flight
}

// changed tells whether there are other keys than those of a generation, which one may ask for as often as for unknown ones.
func (k *keys) changed(ctx context.Context, generation uint64) bool {
	k.mu.Lock()
	if k.generation() == generation && k.flight == nil && !k.now().Before(k.again) {
		k.start()
	}
	flight := k.flight
	k.mu.Unlock()
	if flight != nil && wait(ctx, flight) != nil {
		return false
	}
	return k.generation() != generation
}

func (k *keys) missing(found []crypto.PublicKey) error {
	if found != nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.trouble != nil {
		e := fault.Wrap(fault.SourceUnavailable, k.trouble, "The identity provider cannot be asked for its keys now, so the token cannot be checked. Try again soon.")
		e.RetryAfter = max(time.Second, k.again.Sub(k.now()))
		return e
	}
	return refused("The token is signed with a key that its issuer does not publish.")
}

// refresh reads the keys now, and waits for it.
func (k *keys) refresh(ctx context.Context) {
	k.mu.Lock()
	if k.flight == nil {
		k.start()
	}
	flight := k.flight
	k.mu.Unlock()
	_ = wait(ctx, flight)
}

// start fetches for all who wait: it outlives each of them, by no more than the fetch's own time. k.mu is held.
func (k *keys) start() {
	flight := make(chan struct{})
	k.flight = flight
	go func() {
		defer close(flight)
		found, err := k.fetch(context.Background(), k.issuer)
		k.take(found, err)
	}()
}

func (k *keys) take(found []key, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.flight, k.trouble = nil, err
	if err != nil {
		k.again = k.now().Add(keysSoon)
		if k.told != err.Error() {
			k.told = err.Error()
			k.log.Error("the keys of an issuer cannot be read; those that are known go on", "issuer", k.issuer.URL, "known", len(k.held), "error", err)
		}
		return
	}
	k.again = k.now().Add(keysAgain)
	changed := !sameKeys(k.held, found)
	if changed {
		k.held, k.again = found, k.now().Add(keysSoon)
		k.changes.Add(1)
	}
	if changed || k.told != "" {
		k.log.Info("the keys of an issuer were read", "issuer", k.issuer.URL, "keys", len(found))
	}
	k.told = ""
}

func wait(ctx context.Context, flight chan struct{}) error {
	select {
	case <-flight:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.SourceUnavailable, ctx.Err(), "The identity provider did not answer in time, so the token cannot be checked. Try again soon.")
	}
}
