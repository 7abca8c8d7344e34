package app_test

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// door stands before the simulator and lets those in who have one of its tokens, which it changes for the simulator's own.
type door struct {
	mu      sync.Mutex
	good    map[string]bool
	real    string
	let     map[string]int
	refused int
	behind  http.Handler
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	token := r.Header.Get("x-api-token")
	good := d.good[token]
	if good {
		d.let[token]++
	} else {
		d.refused++
	}
	d.mu.Unlock()
	if !good {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"success":false,"error":"unauthorized access"}`))
		return
	}
	r.Header.Set("x-api-token", d.real)
	d.behind.ServeHTTP(w, r)
}

func (d *door) accept(tokens ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.good = map[string]bool{}
	for _, token := range tokens {
		d.good[token] = true
	}
}

func (d *door) count(token string) (let, refused int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.let[token], d.refused
}

// behindDoor serves a world whose first company is behind a door, with the token written as origin in a configuration file. Put
// writes the file "token" beside it.
func behindDoor(t *testing.T, origin string) (s *stage, d *door, source string, put func(token string)) {
	t.Helper()
	return behindDoorWith(t, origin, nil)
}

// behindDoorWith also has somewhere to send a SIGHUP.
func behindDoorWith(t *testing.T, origin string, reload chan os.Signal) (s *stage, d *door, source string, put func(token string)) {
	t.Helper()
	dir := t.TempDir()
	put = func(token string) {
		// As a careful operator does: a reader sees the old file or the new one.
		next := filepath.Join(dir, "next")
		if err := os.WriteFile(next, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(dir, "token")); err != nil {
			t.Fatal(err)
		}
	}
	put("token-of-yesterday")
	d = &door{let: map[string]int{}}
	d.accept("token-of-yesterday")
	front := httptest.NewServer(d)
	t.Cleanup(front.Close)
	var file []byte
	s = begin(t, setup{
		reload: reload,
		sim:    sim.Options{Burst: 1000, Budget: 3_000_000},
		before: func(w *sim.Running) {
			c := w.World.Credentials.Pipedrive[0]
			source, d.real = "pipedrive-"+strconv.FormatInt(c.CompanyID, 10), c.Token
			behind, err := url.Parse(w.Pipedrive.URL)
			if err != nil {
				t.Fatal(err)
			}
			proxy := httputil.NewSingleHostReverseProxy(behind)
			proxy.ErrorLog = log.New(io.Discard, "", 0) // of requests under way at the end
			d.behind = proxy
			text := strings.Replace(string(app.WorldConfig(w)), "base_url: "+strconv.Quote(w.Pipedrive.URL), "base_url: "+strconv.Quote(front.URL), 1)
			file = []byte(strings.Replace(text, "token: "+strconv.Quote(c.Token), "token: "+origin, 1))
		},
		edit: func(c *config.Config) {
			path := filepath.Join(dir, "manifold.yaml")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			loaded, err := config.Load(path, func(string) (string, bool) { return "", false })
			if err != nil {
				t.Fatal(err)
			}
			loaded.Listen = c.Listen
			often(loaded)
			*c = *loaded
		},
	})
	return s, d, source, put
}

// TestARotatedTokenFileIsTakenOver without a restart, and without one refused request while the vendor still takes both.
func TestARotatedTokenFileIsTakenOver(t *testing.T) {
	t.Parallel()
	s, d, _, put := behindDoor(t, "{file: token, every: 1s}")
	d.accept("token-of-yesterday", "token-of-today")
	put("token-of-today")
	s.until("the new token is used", func() bool { let, _ := d.count("token-of-today"); return let > 0 })
	if _, refused := d.count(""); refused > 0 {
		t.Errorf("%d requests were refused", refused)
	}
	if logged, _ := s.log.all(); !strings.Contains(logged, "a secret has a new value") || strings.Contains(logged, "token-of-") {
		t.Error("the log does not tell of the rotation, or tells the token")
	}
}

// TestARevokedTokenIsReplacedAtTheFirst401: the file or command is asked at once, long before its time.
func TestARevokedTokenIsReplacedAtTheFirst401(t *testing.T) {
	t.Parallel()
	for name, origin := range map[string]string{"file": "{file: token, every: 24h}", "command": "{command: [cat, token], every: 24h}"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d, source, put := behindDoor(t, origin)
			put("token-of-today")
			d.accept("token-of-today")
			s.until("the new token is used", func() bool { let, _ := d.count("token-of-today"); return let > 5 })
			if _, refused := d.count(""); refused == 0 || refused > 20 {
				t.Errorf("%d requests were refused", refused)
			}
			if h := s.healths()[source]; h != person.HealthOK {
				t.Errorf("the source is %v", h)
			}
		})
	}
}

// TestARevokedTokenWithoutASuccessorIsNoLoop: the source is told as failing, and the vendor is not asked again and again.
func TestARevokedTokenWithoutASuccessorIsNoLoop(t *testing.T) {
	t.Parallel()
	s, d, source, put := behindDoor(t, "{file: token, every: 1s}")
	d.accept("token-of-tomorrow")
	s.until("the source fails", func() bool { return s.healths()[source] != person.HealthOK })
	_, before := d.count("")
	if before > 20 {
		t.Errorf("%d requests were refused until it was told", before)
	}
	put("token-of-tomorrow")
	s.until("it recovers", func() bool { return s.healths()[source] == person.HealthOK })
}

// TestASIGHUPReadsSecretsAtOnce: the token and the keys file, long before their time. What is refused would bring the token too, so
// the vendor still takes both.
func TestASIGHUPReadsSecretsAtOnce(t *testing.T) {
	t.Parallel()
	reload := make(chan os.Signal, 1)
	s, d, _, put := behindDoorWith(t, "{file: token, every: 24h}", reload)
	d.accept("token-of-yesterday", "token-of-today")
	put("token-of-today")
	reload <- syscall.SIGHUP
	s.until("the new token is used", func() bool { let, _ := d.count("token-of-today"); return let > 0 })
	if _, refused := d.count(""); refused > 0 {
		t.Errorf("%d requests were refused", refused)
	}
	if logged, _ := s.log.all(); !strings.Contains(logged, "told to read secrets, keys and manifests again") || !strings.Contains(logged, "a secret has a new value") || strings.Contains(logged, "token-of-") {
		t.Error("the log does not tell of it, or tells the token")
	}
}

// TestIDsOutliveANodeKey: what a client got before the rotation is answered after it, and new ids are sealed with the new key.
func TestIDsOutliveANodeKey(t *testing.T) {
	t.Parallel()
	const page = `query($after: String) { people(first: 1, after: $after) { nodes { id displayName } pageInfo { endCursor } } }`
	before := begin(t, setup{})
	of := before.ask(page).Data
	old, name, cursor := text(of, "people", "nodes", 0, "id"), text(of, "people", "nodes", 0, "displayName"), text(of, "people", "pageInfo", "endCursor")
	second := text(before.ask(page, "after", cursor).Data, "people", "nodes", 0, "displayName")

	rotated := begin(t, setup{edit: func(c *config.Config) {
		c.PreviousNodeKeys, c.NodeKey = []config.Secret{c.NodeKey}, "the node key that comes next"
	}})
	now := rotated.ask(page).Data
	if id := text(now, "people", "nodes", 0, "id"); id == old || text(now, "people", "nodes", 0, "displayName") != name {
		t.Errorf("%s is still told as %s", name, id)
	}
	if got := text(rotated.ask(`query($id: ID!) { node(id: $id) { ... on Person { displayName } } }`, "id", old).Data, "node", "displayName"); got != name {
		t.Errorf("the id of %q opens %q", name, got)
	}
	if got := text(rotated.ask(page, "after", cursor).Data, "people", "nodes", 0, "displayName"); got != second {
		t.Errorf("the cursor leads to %q, not to %q", got, second)
	}
	retired := begin(t, setup{edit: func(c *config.Config) { c.NodeKey = "the node key that comes next" }})
	if r := retired.try(`query($id: ID!) { node(id: $id) { id } }`, "id", old); len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "BAD_USER_INPUT" {
		t.Errorf("without the key of before: %s", r.raw)
	}
}

// TestTheAuditLogOutlivesANodeKey: a log whose key was derived from a node key goes on after the rotation, and only while
// that key is still known.
func TestTheAuditLogOutlivesANodeKey(t *testing.T) {
	t.Parallel()
	cfg := &config.Config{NodeKey: "the node key of the first year", Store: config.Store{Path: filepath.Join(t.TempDir(), "manifold.db")}}
	open := func() error {
		s, _, err := app.OpenStore(t.Context(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		return s.Close()
	}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and it does not matter how often
		cfg.PreviousNodeKeys, cfg.NodeKey = append(cfg.PreviousNodeKeys, cfg.NodeKey), cfg.NodeKey+", and of the next"
		if err := open(); err != nil {
			t.Errorf("after a rotation: %v", err)
		}
	}
	cfg.PreviousNodeKeys = nil
	if err := open(); err == nil || !strings.Contains(err.Error(), "audit.key") {
		t.Errorf("with a key that it does not know: %v", err)
	}
}
