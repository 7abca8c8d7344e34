package app_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

// TestCheckTriesWhatAPipedreamCredentialMayRead checks a project of a thousand users and accounts, whose lists the
// vendor refuses by turns.
func TestCheckTriesWhatAPipedreamCredentialMayRead(t *testing.T) {
	for name, each := range map[string]struct {
		refused string
		says    []string
		calls   []string
		fails   bool
	}{
		"everything": {"", []string{
			"ok      product (pipedream): project proj_a1, production, 1 apps\n        may: read external users and their accounts\n",
			"not tried: deployed triggers", "cost: 3 calls,",
		}, []string{"/projects/info", "/users", "/accounts"}, false},
		"not the project's apps": {"/projects/info", []string{
			"ok      product (pipedream): project proj_a1, production\n", "may: read external users and their accounts\n",
		}, []string{"/projects/info", "/users", "/accounts"}, false},
		"not the users": {"/users", []string{
			"FAILED  product", "product does not let its credential read external users. Give its OAuth client the scope connect:users:read.",
		}, []string{"/projects/info", "/users"}, true},
		"not the accounts": {"/accounts", []string{
			"FAILED  product", "product does not let its credential read accounts. Give its OAuth client the scope connect:accounts:read.",
		}, []string{"/projects/info", "/users", "/accounts"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var calls []string
			vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				path, connect := strings.CutPrefix(r.URL.Path, "/v1/connect/proj_a1")
				if !connect {
					fmt.Fprint(w, `{"access_token":"t","expires_in":3600}`)
					return
				}
				mu.Lock()
				calls = append(calls, path)
				mu.Unlock()
				switch path {
				case each.refused:
					w.WriteHeader(http.StatusForbidden)
					fmt.Fprint(w, `{"error":"insufficient scope"}`)
				case "/projects/info":
					fmt.Fprint(w, `{"apps":[{"id":"app_1","name_slug":"slack"}]}`)
				default:
					fmt.Fprint(w, `{"data":[{"id":"x_1","external_id":"u1"}],"page_info":{"total_count":1000,"count":1,"end_cursor":"c1"}}`)
				}
			}))
			defer vendor.Close()
			cfg, err := config.Parse("m.yaml", []byte("sources: [{id: product, system: pipedream, project_id: proj_a1, client_id: c, client_secret: s, base_url: \""+vendor.URL+"\"}]"), nil)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := app.Check(t.Context(), cfg, &out, slog.New(slog.DiscardHandler)); (err != nil) != each.fails {
				t.Errorf("%v", err)
			}
			for _, want := range each.says {
				if !strings.Contains(out.String(), want) {
					t.Errorf("it does not say %q:\n%s", want, out.String())
				}
			}
			if !slices.Equal(calls, each.calls) {
				t.Errorf("it called %v, want %v", calls, each.calls)
			}
		})
	}
}
