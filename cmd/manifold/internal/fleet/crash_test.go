package fleet_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestACrashTellsNoSecret ends a real process with a dump of all its goroutines, after it has read, answered and been scraped, with
// a secret of every kind: written out, from a file, from a command, and those of Redis.
func TestACrashTellsNoSecret(t *testing.T) {
	const redisPassword, encryption = "hush-the-password-of-redis", "hush-the-encryption-key-of-redis-1"
	dir := t.TempDir()
	var secrets []string
	f := begin(t, 0, setup{})
	if err := f.redis.Client().Do(t.Context(), "ACL", "SETUSER", "m", "on", ">"+redisPassword, "~*", "&*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(f.config)
	if err != nil {
		t.Fatal(err)
	}
	c, text := f.world.World.Credentials, string(raw)
	put := func(name, value string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, value)
		return file
	}
	text = strings.ReplaceAll(text, strconv.Quote(c.Pipedrive[0].Token), "{file: "+put("token", c.Pipedrive[0].Token)+"}")
	text = strings.ReplaceAll(text, strconv.Quote(c.PipedreamClientSecret), "{command: [cat, "+put("client", c.PipedreamClientSecret)+"]}")
	text = strings.Replace(text, "redis: {", "redis: {username: m, password: {file: "+put("redis", redisPassword)+"}, encryption_keys: ["+encryption+"], ", 1)
	if err := os.WriteFile(f.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, encryption, "a pretend world's node key", c.Pipefy[0].ClientSecret)

	r := f.launch()
	r.awaitReady()
	a, err := r.ask(`{ people(first: 5) { totalCount } sources { name health reason } }`)
	if err != nil || len(a.Errors) > 0 {
		t.Fatal(a.raw, err)
	}
	told := map[string]string{"the answer": a.raw}
	resp, err := client.Get(r.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	metrics, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	check, err := exec.Command(binary, "check", "--config", f.config).CombinedOutput()
	if err != nil {
		t.Errorf("check: %v\n%s", err, check)
	}
	told["the metrics"], told["check"] = string(metrics), string(check)
	if err := r.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	r.ended.Do(func() { _ = r.cmd.Wait() })
	told["the log and the dump"] = r.log.String()
	if !strings.Contains(r.log.String(), "goroutine ") || len(metrics) < 1000 || len(check) < 100 {
		t.Fatalf("nothing was dumped, scraped or checked: %.500s", r.log)
	}
	for where, text := range told {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%q stands in %s", secret, where)
			}
		}
	}
}
