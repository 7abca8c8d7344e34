package app_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// TestNothingOfAPersonIsInRedisInClear fills a Redis from a pretend world, and looks for its people in every key, value and
// message, compressed ones too. Without keys it finds them, so the search can find.
func TestNothingOfAPersonIsInRedisInClear(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys  []config.Secret
		found bool
	}{
		"without keys": {nil, true},
		"with keys":    {[]config.Secret{"a first key of at least 32 characters", "a second key of at least 32 characters"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := redistest.Start(t).Client()
			heard := listen(t, client)
			s := begin(t, setup{edit: func(cfg *config.Config) {
				cfg.Redis.Addresses, cfg.Redis.EncryptionKeys = []string{client.Options().Addr}, c.keys
			}})
			s.ask(everySystem)
			s.ask(pageOfPermissions)
			s.ask(`{ people(first: 100, filter: {systems: [PIPEDREAM]}) { nodes { pipedreamUsers { deployedTriggers { name } } } } }`)
			stored := dump(t, client) + heard()
			words := wordsOf(s)
			if len(words) < 200 || len(stored) < 5000 {
				t.Fatalf("%d words to look for in %d bytes show nothing", len(words), len(stored))
			}
			found := 0
			for _, w := range words {
				if strings.Contains(stored, w) {
					found++
					if !c.found {
						t.Errorf("%q is in Redis in clear", w)
					}
				}
			}
			if c.found && found < len(words)/2 {
				t.Errorf("the search finds %d of %d words where all are in clear", found, len(words))
			}
			t.Logf("%d of %d words in %d bytes", found, len(words), len(stored))
		})
	}
}

// wordsOf is names, addresses and external ids of the people that s serves. Short ones would be found by chance.
func wordsOf(s *stage) []string {
	var all []string
	linker, err := link.New(link.Rules{})
	if err != nil {
		s.t.Fatal(err)
	}
	nobody := directory.Build(directory.Input{Linker: linker, PersonID: func(person.Key) person.ID { return person.ID{} }})
	for _, e := range directory.Diff(nobody, s.app.Current()) {
		if e.New == nil {
			continue
		}
		words := []string{e.New.Name, e.New.Email}
		if e.Identity.System == person.Pipedream {
			words = append(words, e.Identity.ID)
		}
		for _, w := range words {
			if len(w) > 7 {
				all = append(all, w)
			}
		}
	}
	return all
}

// listen hears every message until the test asks what they were.
func listen(t *testing.T, client *redis.Client) (heard func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	subscription := client.PSubscribe(ctx, "*")
	if _, err := subscription.Receive(ctx); err != nil {
		t.Fatal(err)
	}
	var (
		all strings.Builder
		wg  sync.WaitGroup
	)
	wg.Go(func() {
		for m := range subscription.Channel() {
			all.WriteString(m.Channel + " " + m.Payload + "\n")
		}
	})
	end := sync.OnceFunc(func() { cancel(); _ = subscription.Close(); wg.Wait() })
	t.Cleanup(end)
	return func() string { end(); return all.String() }
}

// dump is every key and value, and beside each what its compressed parts hold.
func dump(t *testing.T, client *redis.Client) string {
	t.Helper()
	var all bytes.Buffer
	add := func(values ...string) {
		for _, v := range values {
			fmt.Fprintln(&all, v)
			fmt.Fprintln(&all, unpressed([]byte(v)))
		}
	}
	ctx := t.Context()
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		add(key)
		switch kind := client.Type(ctx, key).Val(); kind {
		case "string":
			add(client.Get(ctx, key).Val())
		case "hash":
			for field, value := range client.HGetAll(ctx, key).Val() {
				add(field, value)
			}
		case "zset":
			add(client.ZRange(ctx, key, 0, -1).Val()...)
		case "none": // gone meanwhile
		default:
			t.Errorf("%s is a %s, which this test does not read", key, kind)
		}
	}
	return all.String()
}

// unpressed is what every Zstandard frame in b holds.
func unpressed(b []byte) string {
	magic := binary.LittleEndian.AppendUint32(nil, 0xFD2FB528)
	var all strings.Builder
	for {
		i := bytes.Index(b, magic)
		if i < 0 {
			return all.String()
		}
		z, err := zstd.NewReader(bytes.NewReader(b[i:]), zstd.WithDecoderConcurrency(1))
		if err == nil {
			raw, _ := io.ReadAll(z) // as much as there is
			all.Write(raw)
			z.Close()
		}
		b = b[i+len(magic):]
	}
}
