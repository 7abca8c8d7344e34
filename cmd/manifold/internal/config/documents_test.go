package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

func TestDocumentsOfAConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "manifold.yaml")
	load := func(text string) (*config.Config, error) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return config.Load(file, func(string) (string, bool) { return "", false })
	}
	c, err := load("documents: {mode: only, manifests: [web.json, /etc/manifold/app.json]}\nhttp: {partial_status: false}")
	if err != nil || !c.Documents.TrustedOnly() || c.HTTP.PartialStatus {
		t.Fatalf("%+v %v", c, err)
	}
	if got := c.Documents.Manifests; got[0] != filepath.Join(filepath.Dir(file), "web.json") || got[1] != "/etc/manifold/app.json" {
		t.Errorf("%q", got)
	}
	if c, err := load("listen: 127.0.0.1:4000"); err != nil || c.Documents.TrustedOnly() || !c.HTTP.PartialStatus {
		t.Errorf("when nothing is said: %+v %v", c, err)
	}
	for text, says := range map[string]string{
		"documents: {mode: only}":       "documents.mode",
		"documents: {mode: prefer}":     "must be one of open, only",
		"documents: {manifests: ['']}":  "documents.manifests[0]",
		"documents: {manifest: a.json}": "manifest",
	} {
		if _, err := load(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
