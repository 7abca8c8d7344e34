// Package redistest starts real Redis servers for tests, on loopback: one server, or a Cluster of three masters with
// a replica each. They can be stopped, killed, emptied, frozen and started again.
package redistest

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is one redis-server that lives in a directory of the test.
type Server struct {
	t    testing.TB
	dir  string
	port int
	args []string
	// secure is what clients need of a server that speaks TLS alone; nil: it speaks none.
	secure *tls.Config
	caFile string

	mu  sync.Mutex
	cmd *exec.Cmd
	// ended is closed when the process has.
	ended chan struct{}
}

// Start starts an empty server without persistence, unless args say otherwise ("--appendonly", "yes"). It ends with
// the test. Without redis-server on the machine, the test fails and says what to install.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := launch(t, args...)
	s.ready()
	return s
}

// launch starts a server and does not wait for it.
func launch(t testing.TB, args ...string) *Server {
	t.Helper()
	quiet()
	return (&Server{t: t, dir: t.TempDir(), port: freePort(t), args: args}).launch()
}

func (s *Server) launch() *Server {
	s.t.Helper()
	s.t.Cleanup(s.Kill)
	s.spawn()
	return s
}

// quiet silences go-redis, which writes a line for each dial that fails: here servers are killed on purpose.
var quiet = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// Addr is host:port, the same over restarts.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Client is a new client of the server, closed with the test.
func (s *Server) Client(edit ...func(*redis.Options)) *redis.Client {
	o := &redis.Options{Addr: s.Addr(), TLSConfig: s.secure}
	for _, e := range edit {
		e(o)
	}
	c := redis.NewClient(o)
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// Start starts the server again, at its old address, with what its persistence kept: by default nothing.
func (s *Server) Start() {
	s.t.Helper()
	old := s.port
	s.spawn()
	s.ready()
	if s.port != old {
		s.t.Fatalf("somebody took port %d while the server was down", old)
	}
}

func (s *Server) spawn() {
	s.t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		s.t.Fatal("redis-server is not installed; make test installs it on Debian as root: apt-get install redis-server (macOS: brew install redis)")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd = exec.Command(path, append([]string{
		s.portOption(), strconv.Itoa(s.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.dir,
		"--logfile", filepath.Join(s.dir, "redis.log"), "--daemonize", "no",
	}, s.args...)...)
	s.cmd.Env = append(os.Environ(), "LC_ALL=C")
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("start redis-server: %v", err)
	}
	cmd, ended := s.cmd, make(chan struct{})
	s.ended = ended
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
}

// portOption is which of the server's two ports is the one: beside that of TLS there is none without.
func (s *Server) portOption() string {
	if s.secure != nil {
		return "--tls-port"
	}
	return "--port"
}

// ready waits until the server answers, and that it is this one: two tests may have found the same port free, and then
// the server of one of them has ended.
func (s *Server) ready() {
	s.t.Helper()
	await(s.t, "redis-server answers", func(ctx context.Context) error {
		select {
		case <-s.ended:
			s.port = freePort(s.t)
			s.spawn()
		default:
		}
		c := s.once()
		defer c.Close()
		dir, err := c.ConfigGet(ctx, "dir").Result()
		if err != nil {
			return err
		}
		mine, err := os.Stat(s.dir)
		if err != nil {
			return err
		}
		if its, err := os.Stat(dir["dir"]); err != nil || !os.SameFile(its, mine) {
			return fmt.Errorf("another server, of %s, answers on port %d", dir["dir"], s.port)
		}
		return nil
	})
}

// once is a client that tries once.
func (s *Server) once() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: s.Addr(), TLSConfig: s.secure, MaxRetries: -1, DialerRetries: 1})
}

// Kill ends the server at once, as SIGKILL does, and waits until it is gone. It may be started again.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	_ = s.cmd.Process.Kill()
	<-s.ended
	s.cmd = nil
}

// Freeze stops the server without closing a connection, as a lost network does, until Thaw.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(sig)
	}
}

// freePort finds a port that is free, and whose cluster bus port is too. Both are below the range from which a system takes
// the ports of outgoing connections, which could take it while the server is down.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 10_000 + rand.IntN(12_000)
		if free(port) && free(port+10_000) { // where the bus is
			return port
		}
	}
	t.Fatal("no free pair of ports")
	return 0
}

func free(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// await asks until it is so, for at most 30 s.
func await(t testing.TB, what string, so func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := so(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("in 30 s it did not become true that %s: %v", what, err)
		case <-tick.C:
		}
	}
}
