// Package pgtest starts real PostgreSQL servers for tests, on loopback. They can be stopped, killed and started again.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is one PostgreSQL with a data directory of its own.
type Server struct {
	t    testing.TB
	dir  string
	port int
	// as is whom the server runs as where the test is root, whom PostgreSQL refuses.
	as *syscall.Credential

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{}
	next  int
}

// Superuser and Password open every database of a Server.
const (
	Superuser = "manifold"
	Password  = "hush-the-password-of-postgres"
)

const install = "PostgreSQL's server is not installed; make test installs it on Debian as root: apt-get install postgresql (macOS: brew install postgresql)"

// Tool finds one of PostgreSQL's programs, of the newest version that is installed.
func Tool(t testing.TB, name string) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // where Debian keeps what only a server needs
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if len(found) > 0 {
		return found[0]
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(install)
	}
	return path
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// Start starts an empty server. It ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgtest") // another user must be able to go there, which t.TempDir does not allow
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, dir: dir, as: another(t)}
	t.Cleanup(func() {
		s.Kill()
		_ = os.RemoveAll(dir)
	})
	if s.as != nil {
		if err := os.Chown(dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte(Password), 0o644); err != nil {
		t.Fatal(err)
	}
	initdb := s.command("initdb", "-D", s.data(), "-U", Superuser, "--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s.spawn()
	return s
}

// another is the user postgres where the test runs as root, and nil elsewhere.
func another(t testing.TB) *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(install)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(Tool(s.t, name), args...)
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+s.dir)
	if s.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	}
	return cmd
}

// spawn starts the server on its port, or on a free one the first time, and waits until it answers.
func (s *Server) spawn() {
	s.t.Helper()
	for range 20 {
		if s.port == 0 {
			s.port = freePort(s.t)
		}
		s.mu.Lock()
		s.cmd = s.command("postgres", "-D", s.data(), "-p", strconv.Itoa(s.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
			"-c", "max_connections=100", "-c", "shared_buffers=16MB", "-c", "fsync=off", "-c", "log_min_messages=fatal")
		if err := s.cmd.Start(); err != nil {
			s.mu.Unlock()
			s.t.Fatalf("start postgres: %v", err)
		}
		cmd, ended := s.cmd, make(chan struct{})
		s.ended = ended
		s.mu.Unlock()
		go func() {
			defer close(ended)
			_ = cmd.Wait()
		}()
		if s.answers(ended) {
			return
		}
		if s.next > 0 { // its address is known to somebody already
			break
		}
		s.port = 0
	}
	s.t.Fatal("postgres does not start")
}

// answers waits for the server, and is false when it has ended instead.
func (s *Server) answers(ended chan struct{}) bool {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			_ = c.Close(ctx)
			return true
		}
		select {
		case <-ended:
			return false
		case <-ctx.Done():
			s.t.Fatalf("in 60 s postgres did not answer: %v", err)
		case <-tick.C:
		}
	}
}

// URL is the address of a database, with its password.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", Superuser, Password, s.port, database)
}

// Database makes an empty database and gives its address. Its own collation is not the C one, as an operator's may not be.
func (s *Server) Database() string {
	s.t.Helper()
	s.mu.Lock()
	s.next++
	name := fmt.Sprintf("db%d", s.next)
	s.mu.Unlock()
	s.Exec("postgres", "CREATE DATABASE "+name+" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'")
	return s.URL(name)
}

// Exec runs SQL in a database.
func (s *Server) Exec(database, sql string) {
	s.t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, sql); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
}

// Start starts a server again that was stopped or killed, on the same port.
func (s *Server) Start() {
	s.t.Helper()
	s.spawn()
}

// Stop ends the server as an operator does in a hurry: sessions are cut, what was committed stays.
func (s *Server) Stop() { s.end(syscall.SIGINT) }

// Kill ends it at once, as a crash does. What was committed stays.
func (s *Server) Kill() { s.end(syscall.SIGQUIT) }

func (s *Server) end(how syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	if err := s.cmd.Process.Signal(how); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Errorf("end postgres: %v", err)
	}
	select {
	case <-s.ended:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
	s.cmd = nil
}

// freePort is below the range from which a system takes the ports of outgoing connections.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 22_100 + rand.IntN(9_000)
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}
