package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/pgtest"
	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/store/postgres"
	"github.com/manifold-graph/manifold/upstream/store/storetest"
)

func create(ctx context.Context, s *store.Store, id action.ID) error {
	_, _, err := s.Actions().Create(ctx, action.Action{ID: id, Act: action.OffboardPerson}, action.Key{Actor: "a", Value: id.String()}, action.Note{Phase: action.Decided, Step: -1, Reason: "r"})
	return err
}

// TestARestartUnderLoad kills and stops the server while three replicas write. What was answered as done is there, what
// failed says so in a sentence and is there whole or not at all, and writing goes on by itself.
func TestARestartUnderLoad(t *testing.T) {
	server := pgtest.Start(t)
	db := database(server.Database())
	handles := []*store.Store{db.Open(t, store.Options{}), db.Open(t, store.Options{}), db.Open(t, store.Options{})}
	var (
		done, failed, round atomic.Int64
		stop                = make(chan struct{})
		wg                  sync.WaitGroup
		mu                  sync.Mutex
		written             []action.ID
	)
	for w := range 12 {
		wg.Go(func() {
			s := handles[w%len(handles)]
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				id := action.ID{0: byte(w + 1), 1: byte(n >> 8), 2: byte(n)}
				switch err := create(t.Context(), s, id); {
				case err == nil:
					done.Add(1)
					mu.Lock()
					written = append(written, id)
					mu.Unlock()
				case fault.KindOf(err) == fault.SourceUnavailable && strings.Contains(fault.From(err).Message, "cannot be reached"):
					failed.Add(1)
				default:
					t.Errorf("round %d: %v", round.Load(), err)
				}
			}
		})
	}
	progress := func(what string, n *atomic.Int64, more int64) {
		t.Helper()
		from := n.Load()
		for deadline := time.Now().Add(60 * time.Second); n.Load() < from+more; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("in a minute not so: %s", what)
			}
		}
	}
	for i, end := range []func(){server.Kill, server.Stop, server.Kill} {
		round.Store(int64(i))
		progress("writes succeed", &done, 30)
		end()
		progress("writes fail", &failed, 3)
		server.Start()
	}
	progress("writes succeed again", &done, 30)
	close(stop)
	wg.Wait()
	storetest.Whole(t, handles[0])
	for _, id := range written {
		if _, err := handles[1].Actions().Get(t.Context(), id); err != nil {
			t.Fatalf("%v was answered as done: %v", id, err)
		}
	}
	t.Logf("%d done, %d failed", done.Load(), failed.Load())
}

// TestReadOnly: a server that has become a standby refuses changes, and Manifold says so and goes on to read.
func TestReadOnly(t *testing.T) {
	server := pgtest.Start(t)
	db := database(server.Database())
	s := db.Open(t, store.Options{})
	if err := create(t.Context(), s, action.ID{1}); err != nil {
		t.Fatal(err)
	}
	name := string(db)[strings.LastIndexByte(string(db), '/')+1 : strings.IndexByte(string(db), '?')]
	server.Exec("postgres", "ALTER DATABASE "+name+" SET default_transaction_read_only = on")
	read := db.Open(t, store.Options{})
	if err := create(t.Context(), read, action.ID{2}); fault.KindOf(err) != fault.SourceUnavailable || !strings.Contains(fault.From(err).Message, "may only be read") {
		t.Errorf("%v", err)
	}
	if n := storetest.Whole(t, read); n != 1 {
		t.Errorf("%d actions", n)
	}
	server.Exec("postgres", "ALTER DATABASE "+name+" RESET default_transaction_read_only")
	if err := create(t.Context(), s, action.ID{3}); err != nil {
		t.Errorf("writable again: %v", err)
	}
}

// TestReplicasStartTogether: of many that find an empty database, one makes the schema and the others wait.
func TestReplicasStartTogether(t *testing.T) {
	db := database(pgtest.Start(t).Database())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			e, err := postgres.Open(context.Background(), string(db), nil)
			if err != nil {
				t.Error(err)
				return
			}
			s, err := store.New(context.Background(), e, storetest.Chain(t), store.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := create(context.Background(), s, action.ID{byte(i + 1)}); err != nil {
				t.Error(fmt.Errorf("replica %d: %w", i, err))
			}
		})
	}
	wg.Wait()
	if n := storetest.Whole(t, db.Open(t, store.Options{})); n != 8 {
		t.Errorf("%d actions of 8", n)
	}
}

// TestOpeningTellsWhatIsWrong, and never the password.
func TestOpeningTellsWhatIsWrong(t *testing.T) {
	server := pgtest.Start(t)
	good := server.Database()
	for name, c := range map[string]struct{ url, want string }{
		"password": {strings.Replace(good, pgtest.Password, "wrong-and-secret", 1), "password authentication failed"},
		"database": {server.URL("none"), `database "none" does not exist`},
		"port":     {strings.Replace(good, good[strings.LastIndexByte(good, ':'):strings.LastIndexByte(good, '/')], ":1", 1), "the server cannot be reached"},
		"address":  {"mysql://x:wrong-and-secret@y", "not an address of PostgreSQL"},
	} {
		_, err := postgres.Open(t.Context(), c.url, nil)
		if err == nil || !strings.Contains(err.Error(), "store.postgres: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), pgtest.Password) || strings.Contains(err.Error(), "wrong-and-secret")) {
			t.Errorf("%s: the password is told: %v", name, err)
		}
	}
}

// TestARotatedPassword is for the next connection: no restart.
func TestARotatedPassword(t *testing.T) {
	server := pgtest.Start(t)
	db := server.Database()
	var password atomic.Value
	password.Store(pgtest.Password)
	e, err := postgres.Open(t.Context(), db, func() string { return password.Load().(string) })
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	const next = "hush-the-next-password"
	server.Exec("postgres", "ALTER USER "+pgtest.Superuser+" PASSWORD '"+next+"'")
	e.Reader().SetMaxIdleConns(0) // every connection from now on is a new one
	if err := e.Reader().PingContext(t.Context()); err == nil {
		t.Fatal("the old password still opens")
	}
	password.Store(next)
	if err := e.Reader().PingContext(t.Context()); err != nil {
		t.Errorf("the new one does not: %v", err)
	}
}

// TestDumpAndRestore is what docs/operations.md tells: pg_dump into a file, pg_restore into an empty database.
func TestDumpAndRestore(t *testing.T) {
	server := pgtest.Start(t)
	from, to := server.Database(), server.Database()
	s := database(from).Open(t, store.Options{})
	for i := range 20 {
		if err := create(t.Context(), s, action.ID{byte(i + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "manifold.dump")
	for _, args := range [][]string{{"pg_dump", "--format=custom", "--file=" + file, from}, {"pg_restore", "--no-owner", "--exit-on-error", "--dbname=" + to, file}} {
		if out, err := exec.Command(pgtest.Tool(t, args[0]), args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args[0], err, out)
		}
	}
	if err := create(t.Context(), s, action.ID{99}); err != nil { // which the backup does not hold
		t.Fatal(err)
	}
	restored := database(to).Open(t, store.Options{})
	r, err := restored.Verify(t.Context(), head)
	if err != nil || len(r.Problems) > 0 || r.Head != head {
		t.Fatalf("%+v, %v", r, err)
	}
	if n := storetest.Whole(t, restored); n != 20 {
		t.Errorf("%d actions of 20", n)
	}
	if rows, err := restored.AuditPage(t.Context(), audit.Filter{}, 0, 1); err != nil || rows[0].Texts[0].Text != "r" {
		t.Errorf("%+v, %v", rows, err)
	}
	if err := create(t.Context(), restored, action.ID{100}); err != nil {
		t.Errorf("it cannot be written: %v", err)
	}
	if _, err := restored.Actions().Get(t.Context(), action.ID{99}); !errors.Is(err, action.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
