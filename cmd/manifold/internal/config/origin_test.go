package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

// originFile is a configuration whose token is written as origin.
func originFile(origin string) string {
	return "sources: [{id: crm, system: pipedrive, token: " + origin + "}]\n"
}

// TestASecretsOrigin: each way to give one, and each mistake with its place and without the secret.
func TestASecretsOrigin(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"token": "hush-of-the-file\n", "lines": "hush\nhush\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := environment(map[string]string{"TOKEN": "hush-of-the-environment", "NAME": "token"})
	for _, c := range []struct{ origin, token, wrong string }{
		{"plain", "plain", ""},
		{"{file: token}", "hush-of-the-file", ""},
		{"{file: '${NAME}'}", "hush-of-the-file", ""},
		{"{file: " + filepath.Join(dir, "token") + ", every: 1m}", "hush-of-the-file", ""},
		{"{command: [cat, token], every: 1h}", "hush-of-the-file", ""},
		{"{env: TOKEN}", "hush-of-the-environment", ""},
		{"{}", "", "sources[0].token: give one of file, command and env"},
		{"{file: token, env: TOKEN}", "", "sources[0].token: give one of"},
		{"{file: none}", "", "sources[0].token: open"},
		{"{file: lines}", "", "one line"},
		{"{file: token, every: 1ms}", "", "sources[0].token.every: must be from 1s"},
		{"{env: TOKEN, every: 1m}", "", "sources[0].token.every: does not apply"},
		{"{env: MISSING}", "", "sources[0].token.env: the environment has no variable MISSING"},
		{"{command: [sh, -c, 'echo hush; echo hush >&2; exit 4']}", "", "exit status 4"},
		{"{path: token}", "", "unknown setting \"path\""},
		{"[token]", "", "here one value is expected"},
	} {
		path := filepath.Join(dir, "manifold.yaml")
		if err := os.WriteFile(path, []byte(originFile(c.origin)), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := config.Load(path, env)
		switch {
		case c.wrong == "" && (err != nil || got.Sources[0].Token.Reveal() != c.token):
			t.Errorf("%s: %v", c.origin, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(strings.ReplaceAll(err.Error(), c.origin, ""), "hush")):
			t.Errorf("%s: %v, want %q", c.origin, err, c.wrong)
		}
		if schema := againstSchema(t, strings.ReplaceAll(originFile(c.origin), "$", "")); c.wrong == "" && schema != nil {
			t.Errorf("%s: the schema refuses it: %v", c.origin, schema)
		}
	}
	for origin, every := range map[string]time.Duration{"{file: token}": 10 * time.Second, "{command: [cat, token]}": 5 * time.Minute, "{file: token, every: 2m}": 2 * time.Minute} {
		path := filepath.Join(dir, "manifold.yaml")
		if err := os.WriteFile(path, []byte(originFile(origin)), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := config.Load(path, env); err != nil || got.Sources[0].TokenFrom.Every != every {
			t.Errorf("%s: %+v, %v", origin, got, err)
		}
	}
}

// TestAConfigurationInMemoryReadsNothing: whoever hands bytes over does not hand over the files and commands of this machine.
func TestAConfigurationInMemoryReadsNothing(t *testing.T) {
	for _, origin := range []string{"{file: /etc/hostname}", "{command: [echo, hush]}"} {
		if _, err := config.Parse("m.yaml", []byte(originFile(origin)), none); err == nil || !strings.Contains(err.Error(), "sources[0].token: only a configuration that is a file") {
			t.Errorf("%s: %v", origin, err)
		}
	}
	if c, err := config.Parse("m.yaml", []byte(originFile("{env: TOKEN}")), environment(map[string]string{"TOKEN": "v"})); err != nil || c.Sources[0].Token.Reveal() != "v" {
		t.Error(err)
	}
}
