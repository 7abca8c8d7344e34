package app_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// overTLS is the configuration of a Redis that speaks TLS, as the user of the documentation.
func overTLS(server *redistest.Server) config.Redis {
	return config.Redis{
		Addresses: []string{server.Addr()}, Username: redistest.User, Password: redistest.Password, TLS: true, CAFile: server.CAFile(), Prefix: "eu",
	}
}

// TestServingOverTLSAsTheDocumentedUser: the line of the documentation is enough for everything that a replica does.
func TestServingOverTLSAsTheDocumentedUser(t *testing.T) {
	t.Parallel()
	server := redistest.StartTLS(t)
	server.Confine("eu")
	s := begin(t, setup{edit: func(c *config.Config) { c.Redis = overTLS(server) }})
	s.ask(everySystem)
	s.ask(pageOfPermissions)
	keys, err := server.Client().Keys(t.Context(), "eu:*").Result()
	if err != nil || len(keys) < 5 {
		t.Fatalf("Redis holds %d keys: %v", len(keys), err)
	}
	acl, err := server.Client().Do(t.Context(), "ACL", "LOG").Slice()
	if err != nil {
		t.Fatal(err)
	}
	for _, refused := range acl {
		if text := fmt.Sprint(refused); !strings.Contains(text, "setinfo") { // the client does without
			t.Errorf("Redis refused something: %s", text)
		}
	}
	if logged, _ := s.log.all(); strings.Contains(logged, "the shared ledger is lost") || strings.Contains(logged, redistest.Password) {
		t.Error("the ledger was lost, or the log holds the password")
	}
}

// TestTheACLIsDocumented: what the tests allow is what the operator is told to allow.
func TestTheACLIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	if line := "user manifold on >PASSWORD " + strings.Join(redistest.ACL("manifold"), " ") + "\n"; !strings.Contains(string(page), line) {
		t.Errorf("docs/configuration.md lacks the line\n%s", line)
	}
}

// TestCheckTriesTLS: each way in which TLS and its user may be wrong is told, and what is right works.
func TestCheckTriesTLS(t *testing.T) {
	t.Parallel()
	server := redistest.StartTLS(t)
	server.Confine("eu")
	plain := redistest.Start(t)
	with := func(edit func(*config.Redis)) config.Redis {
		r := overTLS(server)
		edit(&r)
		return r
	}
	for _, c := range []struct {
		name, says string
		redis      config.Redis
	}{
		{"all is right", "", overTLS(server)},
		{"an authority that did not sign", "redis.ca_file", with(func(r *config.Redis) { r.CAFile = redistest.AnotherCA(t) })},
		{"the machine's authorities", "redis.ca_file", with(func(r *config.Redis) { r.CAFile = "" })},
		{"no TLS on the port of TLS", "tls: true", with(func(r *config.Redis) { r.TLS, r.CAFile = false, "" })},
		{"TLS on a port without", "tls: false", with(func(r *config.Redis) { r.Addresses = []string{plain.Addr()} })},
		{"a wrong password", "redis.password", with(func(r *config.Redis) { r.Password = "wrong-one" })},
		{"another prefix", "docs/configuration.md", with(func(r *config.Redis) { r.Prefix = "us" })},
	} {
		var out, logged bytes.Buffer
		err := app.Check(t.Context(), &config.Config{Redis: c.redis}, &out, slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
		if (err == nil) != (c.says == "") || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: %v\n%s", c.name, err, &out)
		}
		for _, secret := range []string{"wrong-one", redistest.Password} {
			if strings.Contains(out.String()+logged.String(), secret) {
				t.Errorf("%s: the password is told", c.name)
			}
		}
	}
}

// TestCheckNamesTheMissingPermission takes one command after another from the user: check finds those that would be missed first.
func TestCheckNamesTheMissingPermission(t *testing.T) {
	t.Parallel()
	server := redistest.StartTLS(t)
	for _, command := range []string{"eval", "info", "set", "zadd", "publish", "subscribe"} {
		server.Confine("eu")
		if err := server.Client().Do(t.Context(), "ACL", "SETUSER", redistest.User, "-"+command).Err(); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := app.Check(t.Context(), &config.Config{Redis: overTLS(server)}, &out, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(out.String(), "docs/configuration.md") {
			t.Errorf("without %s: %v\n%s", command, err, &out)
		}
	}
}
