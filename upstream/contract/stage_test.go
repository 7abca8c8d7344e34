package contract_test

import (
	"cmp"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// The configured sources.
const (
	drive = person.SourceID("drive")
	fy    = person.SourceID("fy")
	dream = person.SourceID("dream")
)

// The worlds are made once: serving one does not write to it.
var (
	small = sync.OnceValue(func() *sim.World { return sim.NewWorld(sim.WorldOptions{Seed: 3}) })
	large = sync.OnceValue(func() *sim.World { return sim.NewWorld(sim.WorldOptions{Seed: 3, People: many}) })
)

// setting says how a stage differs from the usual one.
type setting struct {
	sim     sim.Options
	limits  wire.Limits
	pipefy  pipefy.Options
	project string
	// now is the clients' clock; time.Now when nil.
	now func() time.Time
	// strip names answer headers that the clients do not get to see.
	strip []string
	// bearer reads Pipedrive with the OAuth token instead of the API token.
	bearer bool
}

// stage is a world being served and a client of each vendor in front of it. Every
// attempt asks gate; everything logged is in log.
type stage struct {
	*sim.Running
	gate      *recorder
	log       *journal
	transport *spy

	pipedrive *pipedrive.Client
	pipefy    *pipefy.Client
	pipedream *pipedream.Client
}

// play raises a stage. Unless told otherwise attempts end after 30 s, retries come
// at once, and nobody waits for a vendor's Retry-After.
func play(t *testing.T, s setting) *stage {
	t.Helper()
	if s.sim.World == nil {
		s.sim.World = small()
	}
	s.limits.Timeout = cmp.Or(s.limits.Timeout, 30*time.Second)
	s.limits.Backoff = cmp.Or(s.limits.Backoff, time.Nanosecond)
	s.limits.MaxWait = cmp.Or(s.limits.MaxWait, 50*time.Millisecond)
	running, err := sim.Start(t.Context(), s.sim)
	must(t, err)
	running.Pipedrive.Chaos.MustFire(t)
	running.Pipefy.Chaos.MustFire(t)
	running.Pipedream.Chaos.MustFire(t)
	st := &stage{Running: running, gate: &recorder{}, log: &journal{}, transport: &spy{base: wire.NewTransport(), strip: s.strip}}
	t.Cleanup(func() {
		running.Close()
		st.transport.base.CloseIdleConnections()
	})
	st.connect(t, s)
	return st
}

func (st *stage) connect(t *testing.T, s setting) {
	t.Helper()
	logger := slog.New(slog.NewJSONHandler(st.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cred := st.World.Credentials

	key := cred.Pipedrive[0]
	var authorizer wire.Authorizer = pipedrive.TokenCredential(key.Token)
	if s.bearer {
		authorizer = wire.BearerToken(key.OAuthToken)
	}
	d, err := pipedrive.New(drive, st.Pipedrive.URL, authorizer,
		pipedrive.Options{Limits: s.limits, Clock: s.now, Transport: st.transport, Logger: logger})
	must(t, err)
	st.pipedrive = d.As(wire.Interactive, st.gate)

	config := wire.Config{Source: string(fy), BaseURL: st.Pipefy.URL, Limits: s.limits, Clock: s.now, Transport: st.transport, Logger: logger}
	config.Credential, err = wire.NewOAuth(wire.OAuthConfig{
		Source: string(fy), TokenURL: st.Pipefy.URL + "/oauth/token", ClientID: cred.Pipefy[0].ClientID, ClientSecret: cred.Pipefy[0].ClientSecret,
		Form: true, Limits: s.limits, Clock: s.now, Transport: st.transport, Logger: logger,
	})
	must(t, err)
	f, err := pipefy.New(config, s.pipefy)
	must(t, err)
	st.pipefy = f.As(wire.Interactive, st.gate)

	options := pipedream.Options{Limits: s.limits, Clock: s.now, Transport: st.transport, Logger: logger}
	oauth, err := pipedream.Credential(dream, st.Pipedream.URL, cred.PipedreamClientID, cred.PipedreamClientSecret, "", options)
	must(t, err)
	project := pipedream.Project{ID: cmp.Or(s.project, cred.PipedreamProjectID), Environment: "production"}
	p, err := pipedream.New(dream, st.Pipedream.URL, project, oauth, options)
	must(t, err)
	st.pipedream = p.As(wire.Interactive, st.gate)
}

// company is the Pipedrive company that the stage's token belongs to.
func (st *stage) company() int64 { return st.World.Credentials.Pipedrive[0].CompanyID }

// organization is the Pipefy organization that the stage reads.
func (st *stage) organization() string {
	return strconv.FormatInt(st.World.Credentials.Pipefy[0].OrganizationID, 10)
}

// spy passes requests on, and remembers what was secret in them.
type spy struct {
	base  *http.Transport
	strip []string

	mu      sync.Mutex
	secrets map[string]bool
}

func (s *spy) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	for _, name := range []string{"Authorization", "X-Api-Token"} {
		if v := r.Header.Get(name); v != "" {
			if s.secrets == nil {
				s.secrets = map[string]bool{}
			}
			s.secrets[v] = true
		}
	}
	s.mu.Unlock()
	res, err := s.base.RoundTrip(r)
	if err == nil {
		for _, name := range s.strip {
			res.Header.Del(name)
		}
	}
	return res, err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
