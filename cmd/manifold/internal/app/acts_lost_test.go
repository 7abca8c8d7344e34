package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

// thief stands before a vendor and, when told, takes one answer to a write away after it has had its effect, or the write itself.
type thief struct {
	answers, requests atomic.Int32 // how many are still to be stolen
	writes            atomic.Int32
}

func (f *thief) before(t *testing.T, base string) string {
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		write := r.Method == http.MethodPut || r.Method == http.MethodDelete || r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/api/")
		if !write {
			proxy.ServeHTTP(w, r)
			return
		}
		f.writes.Add(1)
		if f.requests.Add(-1) >= 0 {
			panic(http.ErrAbortHandler)
		}
		if f.answers.Add(-1) >= 0 {
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// robbed is a stage with a thief before the sources of a system.
func robbed(t *testing.T, system string, f *thief) *stage {
	o := acting()
	patient := o.edit
	o.edit = func(cfg *config.Config) {
		patient(cfg)
		for i := range cfg.Sources {
			if s := &cfg.Sources[i]; s.System == system {
				s.BaseURL = f.before(t, s.BaseURL)
			}
		}
	}
	return begin(t, o)
}

func TestALostAnswerIsReconciledByReading(t *testing.T) {
	var f thief
	s := robbed(t, "pipedrive", &f)
	i, id := s.someone(person.Pipedrive, ordinary)
	f.answers.Store(1)
	a := s.ended("DONE", s.act("setPipedriveUserActive", "userId", id, "active", false))
	if dig(a, "steps", 0, "isReconciled") != true || f.writes.Load() != 1 || s.there(i) {
		t.Errorf("%d writes, has access %v: %v", f.writes.Load(), s.there(i), a)
	}
}

func TestALostRequestIsRepeatedAfterARead(t *testing.T) {
	var f thief
	s := robbed(t, "pipedrive", &f)
	i, id := s.someone(person.Pipedrive, ordinary)
	f.requests.Store(1)
	a := s.ended("DONE", s.act("setPipedriveUserActive", "userId", id, "active", false))
	if dig(a, "steps", 0, "attempts") != 2.0 || f.writes.Load() != 2 || s.there(i) {
		t.Errorf("%d writes, has access %v: %v", f.writes.Load(), s.there(i), a)
	}
}

func TestALostDeletionIsReconciledByReading(t *testing.T) {
	var f thief
	s := robbed(t, "pipedream", &f)
	i, id := s.someone(person.Pipedream, func(i directory.Identity) bool { return len(i.Raw().Pipedream.Accounts) > 0 })
	f.answers.Store(1)
	a := s.done("DONE", "deletePipedreamUser", "userId", id)
	if dig(a, "steps", 0, "isReconciled") != true || f.writes.Load() != 1 || s.there(i) {
		t.Errorf("%d writes, has access %v: %v", f.writes.Load(), s.there(i), a)
	}
}

func TestALostInvitationIsUncertain(t *testing.T) {
	var f thief
	s := robbed(t, "pipedrive", &f)
	i, _ := s.someone(person.Pipedrive, ordinary)
	f.answers.Store(1)
	a := s.ended("UNCERTAIN", s.act("addPipedriveUser", "source", string(i.Raw().Source), "email", "lost@acme.example"))
	if text(a, "state") != "INCOMPLETE" || text(a, "steps", 0, "message") == "" || f.writes.Load() != 1 {
		t.Errorf("%d writes: %v", f.writes.Load(), a)
	}
}

func TestAServerErrorIsLookedIntoBeforeARepetition(t *testing.T) {
	s := begin(t, acting())
	i, id := s.someone(person.Pipedrive, ordinary)
	if err := s.world.Pipedrive.Chaos.Add(chaos.Fault{Name: "5xx", Kind: chaos.Status500, Match: chaos.Match{Method: http.MethodPut}, Count: 1}); err != nil {
		t.Fatal(err)
	}
	s.world.Pipedrive.Chaos.MustFire(t)
	a := s.ended("DONE", s.act("setPipedriveUserActive", "userId", id, "active", false))
	if dig(a, "steps", 0, "attempts") != 2.0 || s.there(i) {
		t.Errorf("has access %v: %v", s.there(i), a)
	}
}

// What nobody understands is no confirmation: it is looked into before it is repeated.
func TestAnAnswerThatNobodyUnderstandsIsNoConfirmation(t *testing.T) {
	var f thief
	s := robbed(t, "pipedream", &f)
	_, id := s.someone(person.Pipedream, func(i directory.Identity) bool { return len(i.Raw().Pipedream.Accounts) > 0 })
	if err := s.world.Pipedream.Chaos.Add(chaos.Fault{Name: "html", Kind: chaos.Garbage, Match: chaos.Match{Method: http.MethodDelete}, Count: 1}); err != nil {
		t.Fatal(err)
	}
	a := s.done("DONE", "deletePipedreamUser", "userId", id)
	if n := f.writes.Load(); n != 2 || dig(a, "steps", 0, "attempts") != 2.0 {
		t.Errorf("%d writes: %v", n, a)
	}
}
