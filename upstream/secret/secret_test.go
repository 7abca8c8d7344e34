package secret_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vault is where a secret is read from; it counts.
type vault struct {
	mu    sync.Mutex
	value string
	err   error
	reads int
}

func (v *vault) set(value string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.value, v.err = value, err
}

func (v *vault) read(context.Context) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.reads++
	return v.value, v.err
}

// TestRunFollowsTheSecret, keeps the last good value, and says without the value what happened.
func TestRunFollowsTheSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		v := &vault{value: "first-value"}
		s := secret.New(v.read, "first-value", secret.Options{Every: time.Minute, Name: "crm.token", Log: slog.New(slog.NewTextHandler(&out, nil))})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		for _, step := range []struct {
			value string
			err   error
			want  string
		}{
			{"first-value", nil, "first-value"}, {"second-value", nil, "second-value"},
			{"", errors.New("no such file"), "second-value"}, {"", errors.New("no such file"), "second-value"}, {"third-value", nil, "third-value"},
		} {
			v.set(step.value, step.err)
			time.Sleep(time.Minute)
			synctest.Wait()
			if s.Value() != step.want {
				t.Errorf("%q, want %q", s.Value(), step.want)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		text := out.String() + fmt.Sprintf("%v %+v %#v", s, s, s)
		if strings.Count(out.String(), "\n") != 4 || !strings.Contains(text, "crm.token") || strings.Contains(text, "-value") {
			t.Errorf("told: %s", text)
		}
	})
}

// TestARefusedCredentialIsReadAgainAtOnce, and no more often than the pause lets, however often the vendor refuses.
func TestARefusedCredentialIsReadAgainAtOnce(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	v := &vault{value: "old"}
	s := secret.New(v.read, "old", secret.Options{Clock: func() time.Time { return now }})
	for range 1000 {
		if s.Changed("old") {
			t.Fatal("the value is the refused one")
		}
	}
	if v.reads != 1 {
		t.Errorf("%d readings", v.reads)
	}
	v.set("new", nil)
	now = now.Add(5 * time.Second)
	if !s.Changed("old") || s.Value() != "new" || v.reads != 2 {
		t.Errorf("%q after %d readings", s.Value(), v.reads)
	}
	if !s.Changed("old") || s.Changed("new") || v.reads != 2 {
		t.Errorf("who was refused with the old value needs no reading; who was with the new one has to wait: %d", v.reads)
	}
	if secret.Fixed("x").Changed("x") {
		t.Error("a fixed value changes")
	}
}

// TestFilesAndCommands: one newline goes, several lines are refused, and no error holds what was read.
func TestFilesAndCommands(t *testing.T) {
	dir := t.TempDir()
	write := func(content string) string {
		file := filepath.Join(dir, fmt.Sprintf("f%d", len(content)))
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	sh := func(script string) secret.Reader {
		return secret.Command(dir, []string{"sh", "-c", script}, 300*time.Millisecond)
	}
	for name, c := range map[string]struct {
		read        secret.Reader
		value, says string
	}{
		"a file":              {secret.File(write("hush-1\n")), "hush-1", ""},
		"a file of Windows":   {secret.File(write("hush-12\r\n")), "hush-12", ""},
		"no newline":          {secret.File(write("hush-123  ")), "hush-123  ", ""},
		"two lines":           {secret.File(write("hush-1\nhush-2\n")), "", "one line"},
		"empty":               {secret.File(write("\n")), "", "empty"},
		"large":               {secret.File(write(strings.Repeat("hush", 20_000))), "", "64 KiB"},
		"no file":             {secret.File(filepath.Join(dir, "none")), "", "no such file"},
		"a directory":         {secret.File(dir), "", "directory"},
		"a command":           {sh("echo hush-1"), "hush-1", ""},
		"in its directory":    {sh("cat f7"), "hush-1", ""},
		"it fails":            {sh("echo hush-1; echo hush-2 >&2; exit 3"), "", "exit status 3"},
		"it hangs":            {sh("echo hush-1; exec sleep 60"), "", "took longer"},
		"it never ends":       {sh("exec yes hush"), "", "64 KiB"},
		"it is not there":     {secret.Command(dir, []string{"no-such-command-here"}, 0), "", "no-such-command-here"},
		"its argument hushes": {secret.Command(dir, []string{"false", "hush"}, 0), "", "exit status 1"},
	} {
		got, err := c.read(t.Context())
		if got != c.value || (err == nil) != (c.says == "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
