package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func none(string) (string, bool) { return "", false }

func call(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(t.Context(), args, &o, &e, none)
	return status, o.String(), e.String()
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifold.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommandsThatPrint(t *testing.T) {
	for file, args := range map[string][]string{
		"../../docs/manifold.schema.json": {"config", "schema"},
	} {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if status, out, errs := call(t, args...); status != exitOK || out != string(want) || errs != "" {
			t.Errorf("%v: %d, %d bytes, %s: not what %s holds", args, status, len(out), errs, file)
		}
	}
	// The schema is printed with the scopes that fields need; resolvers holds it against what is served.
	if status, out, errs := call(t, "schema"); status != exitOK || errs != "" || !strings.Contains(out, "\ntype Person implements Node {\n") || !strings.Contains(out, "@requiresScopes") {
		t.Errorf("schema: %d, %d bytes, %s", status, len(out), errs)
	}
	if status, out, _ := call(t, "version"); status != exitOK || !strings.HasPrefix(out, "manifold ") {
		t.Errorf("version: %d %q", status, out)
	}
	if status, out, _ := call(t, "--help"); status != exitOK || !strings.Contains(out, "serve") {
		t.Errorf("--help: %d %q", status, out)
	}
}

func TestWrongCallsSayWhatToDo(t *testing.T) {
	broken := write(t, "listen: 127.0.0.1:1\nlisen: x\n")
	empty := write(t, "")
	for name, each := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"no command":              {nil, exitUsage, "manifold --help"},
		"unknown command":         {[]string{"sevre"}, exitUsage, "serve"},
		"serve without file":      {[]string{"serve"}, exitUsage, "--config"},
		"serve, absent file":      {[]string{"serve", "--config", "/nowhere/m.yaml"}, exitFailed, "/nowhere/m.yaml"},
		"serve, broken file":      {[]string{"serve", "--config", broken}, exitFailed, broken + `:2:1: unknown setting "lisen"; did you mean "listen"?`},
		"serve, empty file":       {[]string{"serve", "--config", empty}, exitFailed, "openssl rand -hex 32"},
		"check, broken file":      {[]string{"check", "--config", broken}, exitFailed, "did you mean"},
		"check, nothing to check": {[]string{"check", "--config", empty}, exitFailed, "there is no source"},
	} {
		if status, _, errs := call(t, each.args...); status != each.status || !strings.Contains(errs, each.says) {
			t.Errorf("%s: %d %q, want %d and %q", name, status, errs, each.status, each.says)
		}
	}
}

func TestServeRefusesAnOpenAddressWithoutKey(t *testing.T) {
	file := write(t, "node_key: 0123456789abcdef\nsources: [{id: a, system: pipedrive, token: t, base_url: \"http://127.0.0.1:1\"}]\n")
	status, _, errs := call(t, "serve", "--config", file, "--listen", "0.0.0.0:0")
	if status != exitFailed || !strings.Contains(errs, "api_keys") {
		t.Errorf("%d %q", status, errs)
	}
}

func TestWhereToListen(t *testing.T) {
	port := func(value string) func(string) (string, bool) {
		return func(name string) (string, bool) { return value, name == "PORT" }
	}
	for name, each := range map[string]struct {
		flag, port, want string
		wrong            bool
	}{
		"configuration":   {"", "", "127.0.0.1:4000", false},
		"PORT":            {"", "8080", "127.0.0.1:8080", false},
		"flag wins":       {"[::1]:9", "8080", "[::1]:9", false},
		"PORT is no port": {"", "tcp://x", "", true},
	} {
		got, err := listen(each.flag, "127.0.0.1:4000", port(each.port))
		if got != each.want || (err != nil) != each.wrong {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
