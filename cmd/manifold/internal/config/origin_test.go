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

// TestEverySecretMayComeFromElsewhere: also those of lists. What is read at the start alone takes no every.
func TestEverySecretMayComeFromElsewhere(t *testing.T) {
	dir := t.TempDir()
	const value = "hush-of-the-file-that-is-long-enough"
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte(value+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := func(at string) string {
		return `node_key: {file: secret}
previous_node_keys: [{command: [printf, "%s-before", hush-of-the-file]}, {env: OLD}]
api_keys: [{name: a, key: {file: secret}}]
redis: {addresses: ["127.0.0.1:1"], encryption_keys: [{file: secret}, "0123456789abcdef0123456789abcdef"]}
sources:
  - {id: crm, system: pipedrive, token: t, webhook: {user: u, password: {file: secret, every: 1m}}}
  - {id: cards, system: pipefy, organization_id: 1, token: t, webhook: {secret: {file: secret}}}
` + at
	}
	load := func(text string) (*config.Config, error) {
		path := filepath.Join(dir, "manifold.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return config.Load(path, environment(map[string]string{"OLD": "another-key-of-long-ago"}))
	}
	c, err := load(file(""))
	if err != nil {
		t.Fatal(err)
	}
	newest, previous := c.NodeSecrets()
	for what, got := range map[string]string{
		"node_key": string(newest), "api_keys": c.APIKeys[0].Key.Reveal(), "encryption_keys": c.Redis.EncryptionSecrets()[0],
		"password": c.Sources[0].Webhook.Password.Reveal(), "secret": c.Sources[1].Webhook.Secret.Reveal(),
	} {
		if got != value {
			t.Errorf("%s was not read", what)
		}
	}
	if len(previous) != 2 || string(previous[0]) != "hush-of-the-file-before" || string(previous[1]) != "another-key-of-long-ago" {
		t.Errorf("previous_node_keys: %q", previous)
	}
	if c.Sources[0].Webhook.PasswordFrom.Every != time.Minute || c.Sources[1].Webhook.SecretFrom.Every != 10*time.Second {
		t.Error("the secrets of webhooks are not read again")
	}
	if err := againstSchema(t, file("")); err != nil {
		t.Errorf("the schema refuses it: %v", err)
	}
	for text, wrong := range map[string]string{
		strings.Replace(file(""), "node_key: {file: secret}", "node_key: {file: secret, every: 1m}", 1): "node_key.every: does not apply here",
		strings.Replace(file(""), "{env: OLD}", "{file: none}", 1):                                      "previous_node_keys[1]: open",
		strings.Replace(file(""), "{env: OLD}", "{file: secret}", 1):                                    "previous_node_keys[1]: is node_key itself",
		strings.Replace(file(""), "{env: OLD}", "short", 1):                                             "previous_node_keys[1]: has 5 bytes",
	} {
		if _, err := load(text); err == nil || !strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), value) {
			t.Errorf("%v, want %q", err, wrong)
		}
	}
}
