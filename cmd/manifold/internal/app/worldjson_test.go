package app

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

// A program reads one line, and what the line says opens the three systems.
func TestSimulateSpeaksToPrograms(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	in, out := io.Pipe()
	file := filepath.Join(t.TempDir(), "manifold.yaml")
	ended := make(chan error, 1)
	go func() { ended <- Simulate(ctx, SimulateOptions{People: 20, WriteConfig: file, JSON: true}, out) }()

	var s worldSheet
	if err := json.NewDecoder(in).Decode(&s); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Pipedrive.Companies {
		for token, path := range map[string]string{c.Token: "/v1/users", c.PlainToken: "/v1/users/me"} {
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.Pipedrive.URL+path, nil)
			req.Header.Set("x-api-token", token)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("company %d, %s: %d", c.CompanyID, path, res.StatusCode)
			}
		}
	}
	if len(s.Pipedrive.Companies) != 2 || len(s.Pipefy.Organizations) != 1 || len(s.Pipedream.Environments) != 2 {
		t.Errorf("%+v", s)
	}
	cfg, err := config.Load(file, func(string) (string, bool) { return "", false })
	if err != nil || len(cfg.Sources) != 5 {
		t.Errorf("the configuration beside it: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
