package pipedrive_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

func TestInjectedFaultsLookLikePipedrive(t *testing.T) {
	for kind, want := range map[chaos.Kind]struct {
		status           int
		contentType      string
		header, headerIs string
	}{
		chaos.Status500:    {500, "application/json", "x-correlation-id", ""},
		chaos.Unauthorized: {401, "application/json", "x-401-by-gw", "true"},
		chaos.HTML403:      {403, "text/html", "x-correlation-id", ""},
		chaos.Burst429:     {429, "application/json", "x-ratelimit-remaining", "0"},
		chaos.Daily429:     {429, "application/json", "x-daily-ratelimit-token-remaining", "0"},
	} {
		s := chaos.New(pipedrive.Vendor())
		if err := s.Add(chaos.Fault{Name: "f", Kind: kind, Match: chaos.Match{Operation: "getUser"}}); err != nil {
			t.Fatal(err)
		}
		s.MustFire(t)
		h := s.Wrap(pipedrive.New(state(), pipedrive.Options{}))
		for path, hit := range map[string]bool{"/v1/users/1": true, "/api/v1/users/2": true, "/v1/users/me": false, "/v1/users": false} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("x-api-token", adminToken)
			h.ServeHTTP(w, r)
			if !hit {
				if w.Code != 200 {
					t.Errorf("%s: %s was hit as well: %d", kind, path, w.Code)
				}
				continue
			}
			got := w.Header().Get(want.header)
			if w.Code != want.status || !strings.HasPrefix(w.Header().Get("Content-Type"), want.contentType) || got == "" || want.headerIs != "" && got != want.headerIs {
				t.Errorf("%s: %d %v %s", kind, w.Code, w.Header(), w.Body)
			}
		}
	}
}
