package share

import (
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/redistest"
	"github.com/manifold-graph/manifold/upstream/seal"
)

func sealedBy(t testing.TB, secrets ...string) Options {
	t.Helper()
	r, err := seal.New(secrets, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Seal: r.Seal, Open: r.Open}
}

const (
	older = "an older key of at least 32 characters"
	newer = "a newer key of at least 32 characters"
)

// TestSealedReadingsNeedTheirKey: with it, or beside a newer one, all is there; with another, or none, nothing is.
func TestSealedReadingsNeedTheirKey(t *testing.T) {
	client := redistest.Start(t).Client(contextTimeouts)
	writer := running(t, client, sealedBy(t, older))
	i := company(1).Batch.Identities[0]
	mustPublish(t, writer, 1, collect.Report{Reading: company(1), Standing: &collect.Standing{Code: "INTERNAL"}})
	if err := writer.Announce(t.Context(), "crm", []directory.Change{{Key: i.Key, Identity: i}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o     Options
		opens bool
	}{
		"the same key": {sealedBy(t, older), true}, "a newer one first": {sealedBy(t, newer, older), true},
		"another": {sealedBy(t, newer), false}, "none": {Options{}, false},
	} {
		c.o.Prefix = writer.o.Prefix
		r, err := New(client, c.o).Latest(t.Context(), "crm", 0, 0)
		if c.opens && (err != nil || r.Reading == nil || len(r.Changes) != 1 || r.Standing == nil) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if !c.opens && (!errors.Is(err, collect.ErrUnreadable) || r.Reading != nil || len(r.Changes) != 0 || r.Standing != nil) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// TestSwappedChunksDoNotOpen: who may write to Redis cannot pass one source's reading off as another's, under a manifest that fits.
func TestSwappedChunksDoNotOpen(t *testing.T) {
	client := redistest.Start(t).Client(contextTimeouts)
	for name, swapped := range map[string]struct {
		o   Options
		bad bool
	}{"sealed": {sealedBy(t, newer), true}, "in clear": {Options{}, false}} {
		x := running(t, client, swapped.o)
		mustPublish(t, x, 1, collect.Report{Reading: company(3)})
		if _, err := x.Publish(t.Context(), "hr", 1, collect.Report{Reading: company(2)}); err != nil {
			t.Fatal(err)
		}
		move(t, client, x.keys("hr"), x.keys("crm"))
		r, err := x.Latest(t.Context(), "crm", 0, 0)
		if swapped.bad != errors.Is(err, collect.ErrUnreadable) {
			t.Errorf("%s: %+v, %v", name, r.Reading, err)
		}
	}
}

// move puts one source's reading in another's place.
func move(t *testing.T, client *redis.Client, from, to keys) {
	t.Helper()
	ctx := t.Context()
	for _, name := range client.Keys(ctx, from.chunk+"*").Val() {
		if err := client.Copy(ctx, name, to.chunk+name[len(from.chunk):], 0, true).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.HSet(ctx, to.head, "manifest", client.HGet(ctx, from.head, "manifest").Val()).Err(); err != nil {
		t.Fatal(err)
	}
}

// TestSealedConforms: sealing changes nothing else that an Exchange promises.
func TestSealedConforms(t *testing.T) {
	server := redistest.Start(t)
	conform(t, func(t *testing.T, o Options) collect.Exchange {
		s := sealedBy(t, newer)
		o.Seal, o.Open = s.Seal, s.Open
		return running(t, server.Client(contextTimeouts), o)
	})
}
