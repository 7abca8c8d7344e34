package shared_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
	"github.com/manifold-graph/manifold/upstream/cache/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
	"github.com/manifold-graph/manifold/upstream/seal"
)

const (
	older = "an older key of at least 32 characters"
	newer = "a newer key of at least 32 characters"
)

func sealedBy(t testing.TB, secrets ...string) shared.Options {
	t.Helper()
	r, err := seal.New(secrets, nil)
	if err != nil {
		t.Fatal(err)
	}
	return shared.Options{Seal: r.Seal, Open: r.Open}
}

// TestSealedConforms: sealing changes nothing else that the second level promises.
func TestSealedConforms(t *testing.T) {
	server := redistest.Start(t)
	cachetest.Run(t, func(t *testing.T) cachetest.Engine {
		client := server.Client(honest)
		t.Cleanup(func() { _ = client.Close() })
		forget := func(t *testing.T) {
			if err := errors.Join(client.FlushAll(t.Context()).Err(), client.ScriptFlush(t.Context()).Err()); err != nil {
				t.Fatal(err)
			}
		}
		forget(t)
		return cachetest.Engine{Remote: run(t, client, sealedBy(t, newer)).Kind("Test.kind"), Forget: forget, Pass: pass}
	})
}

// landed puts a value under each tag and gives the caches' keys of the entries.
func landed(t *testing.T, client *redis.Client, o shared.Options, observed time.Time, tags ...string) cache.Remote {
	t.Helper()
	r := run(t, client, o).Kind("Test.kind")
	for _, tag := range tags {
		j := r.Join(t.Context(), []cache.Join{{Tag: tag, Since: observed, Lease: time.Second}})[0]
		if ok, err := r.Land(t.Context(), tag, j.Token, cache.Landing{Record: []byte("value of " + tag), Observed: observed, For: time.Minute}); err != nil || !ok {
			t.Fatal(ok, err)
		}
	}
	return r
}

// TestASealedValueThatDoesNotOpenIsReadAgain: moved to another key, made younger than it is, or sealed with another key.
func TestASealedValueThatDoesNotOpenIsReadAgain(t *testing.T) {
	now := time.Now().Truncate(time.Microsecond)
	for name, spoil := range map[string]func(t *testing.T, client *redis.Client) []string{
		"untouched": func(*testing.T, *redis.Client) []string { return []string{older} },
		"rotated":   func(*testing.T, *redis.Client) []string { return []string{newer, older} },
		"swapped": func(t *testing.T, client *redis.Client) []string {
			if err := client.Copy(t.Context(), "manifold:cache:Test.kind:{b}", "manifold:cache:Test.kind:{a}", 0, true).Err(); err != nil {
				t.Fatal(err)
			}
			return []string{older}
		},
		"younger": func(t *testing.T, client *redis.Client) []string {
			if err := client.HSet(t.Context(), "manifold:cache:Test.kind:{a}", "observed", now.Add(time.Hour).UnixMicro()).Err(); err != nil {
				t.Fatal(err)
			}
			return []string{older}
		},
		"another key": func(*testing.T, *redis.Client) []string { return []string{newer} },
	} {
		t.Run(name, func(t *testing.T) {
			client := redistest.Start(t).Client(honest)
			landed(t, client, sealedBy(t, older), now, "a", "b")
			r := run(t, client, sealedBy(t, spoil(t, client)...)).Kind("Test.kind")
			want := ""
			if name == "untouched" || name == "rotated" {
				want = "value of a"
			}
			j := r.Join(t.Context(), []cache.Join{{Tag: "a", Since: now, Lease: time.Second}})[0]
			held, err := r.Peek(t.Context(), []string{"a"})
			if err != nil || string(j.Record) != want || string(held[0].Record) != want {
				t.Fatalf("%q and %q, want %q (%v)", j.Record, held[0].Record, want, err)
			}
			if again := r.Join(t.Context(), []cache.Join{{Tag: "a", Since: now, Beyond: j.Version, Lease: time.Second}})[0]; again.Token == 0 {
				t.Errorf("it cannot be read again: %+v", again)
			}
		})
	}
}

// TestASealedFailureThatDoesNotOpenIsNotAnswered.
func TestASealedFailureThatDoesNotOpenIsNotAnswered(t *testing.T) {
	client := redistest.Start(t).Client(honest)
	ask := []cache.Join{{Tag: "a", Since: time.Now(), Lease: time.Second}}
	r := run(t, client, sealedBy(t, older)).Kind("Test.kind")
	if ok, err := r.Land(t.Context(), "a", r.Join(t.Context(), ask)[0].Token, cache.Landing{Failure: []byte("ann@acme.example is away"), For: time.Minute}); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if j := r.Join(t.Context(), ask)[0]; string(j.Failure) != "ann@acme.example is away" {
		t.Errorf("with the key: %+v", j)
	}
	if j := run(t, client, sealedBy(t, newer)).Kind("Test.kind").Join(t.Context(), ask)[0]; j.Failure != nil || j.Err == nil {
		t.Errorf("with another: %+v", j)
	}
}
