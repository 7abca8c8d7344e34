package postgres_test

import (
	"testing"

	"github.com/manifold-graph/manifold/upstream/pgtest"
	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/store/postgres"
	"github.com/manifold-graph/manifold/upstream/store/storetest"
)

// database is one of a real server, and a handle on it is another replica's.
type database string

func (d database) Engine(t testing.TB) store.Engine {
	t.Helper()
	e, err := postgres.Open(t.Context(), string(d), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func (d database) Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.New(t.Context(), d.Engine(t), storetest.Chain(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d database) Reopen(t testing.TB) error {
	e, err := postgres.Open(t.Context(), string(d), nil)
	if err == nil {
		_ = e.Close()
	}
	return err
}

func TestPostgreSQLConforms(t *testing.T) {
	server := pgtest.Start(t)
	storetest.Run(t, func(testing.TB) storetest.Database { return database(server.Database()) })
}

func BenchmarkPostgreSQL(b *testing.B) {
	server := pgtest.Start(b)
	storetest.BenchmarkWrites(b, func(testing.TB) storetest.Database { return database(server.Database()) })
}
