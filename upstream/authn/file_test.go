package authn_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/authn"
)

// transcript is a log that may be read while it is written.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(b)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func edit(t testing.TB, path string, change func([]authn.Client) ([]authn.Client, error)) {
	t.Helper()
	if err := authn.EditFile(path, change); err != nil {
		t.Fatal(err)
	}
}

func adding(name, key string) func([]authn.Client) ([]authn.Client, error) {
	return func(all []authn.Client) ([]authn.Client, error) {
		return authn.Add(all, authn.Client{Name: name, Scopes: []access.Scope{access.ScopeDirectoryRead}, Allowance: authn.Allowance{person.Pipefy: 3}}, key, noon, 0)
	}
}

// A running Authenticator takes what was changed, and a file that is broken or gone takes nothing away.
func TestChangesOfTheFileAreTakenWhileRunning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.jsonl")
	synctest.Test(t, func(t *testing.T) {
		var log transcript
		a := newAuthenticator(t, authn.Options{File: path, Log: slog.New(slog.NewTextHandler(&log, nil))}, clientOf("admin", adminKey, time.Time{}))
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		opens := func(want bool, key, when string) {
			t.Helper()
			time.Sleep(10 * time.Second) // of the bubble: no time passes
			synctest.Wait()
			if _, err := a.Authenticate(from("192.0.2.1:1", "X-Api-Key: "+key)); (err == nil) != want {
				t.Errorf("%s: %v", when, err)
			}
		}
		opens(false, internKey, "before there is a file")
		edit(t, path, adding("intern", internKey))
		opens(true, internKey, "once it is in the file")
		if a.Allowance("key:intern", person.Pipefy) != 3 || a.Allowance("key:intern", person.Pipedrive) != 0 {
			t.Error("its allowance is not known")
		}
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range []string{
			"{", `{"name":"sesame","secrets":[]}`, `{"name":"admin","scopes":["directory:read"],"secrets":[]}`,
			`{"name":"x","roles":["absent"],"secrets":[]}`, `{"name":"x","scopes":["sesame"],"secrets":[]}`,
			`{"name":"x","scopes":["directory:read"],"secrets":[{"digest":"sesame"}]}`, `{"name":"x","scopes":["directory:read"],"secrets":[{}]}`,
			`{"name":"x","scopes":["directory:read"],"secrets":[]} sesame`,
		} {
			if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			before := log.String()
			opens(true, internKey, "while the file is "+broken)
			if n := strings.Count(strings.TrimPrefix(log.String(), before), "level=ERROR"); n != 1 {
				t.Errorf("%s was told %d times", broken, n)
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		opens(true, internKey, "while the file is gone")
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
		edit(t, path, func(all []authn.Client) ([]authn.Client, error) { return authn.Revoke(all, "intern") })
		opens(false, internKey, "once it is revoked")
		opens(true, adminKey, "a key of the configuration")
		if strings.Contains(log.String(), "sesame") {
			t.Errorf("the log quotes the file: %s", log.String())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestRotationOverlaps(t *testing.T) {
	clock := newWatch()
	path := filepath.Join(t.TempDir(), "keys.jsonl")
	const second, third = "second-0123456789abcdef", "third-0123456789abcdef0"
	edit(t, path, func(all []authn.Client) ([]authn.Client, error) {
		return authn.Add(all, clientOf("intern", internKey, time.Time{}), internKey, noon, 90*24*time.Hour)
	})
	rotate := func(key string, overlap time.Duration, lifetime *time.Duration) {
		edit(t, path, func(all []authn.Client) ([]authn.Client, error) {
			return authn.Rotate(all, "intern", key, clock.now(), overlap, lifetime)
		})
	}
	opens := func(key string) bool {
		_, err := newAuthenticator(t, authn.Options{File: path, Now: clock.now}).Authenticate(from("192.0.2.1:1", "X-Api-Key: "+key))
		return err == nil
	}
	rotate(second, 24*time.Hour, nil)
	if !opens(internKey) || !opens(second) {
		t.Error("the two keys do not overlap")
	}
	clock.set(noon.Add(24 * time.Hour))
	if opens(internKey) || !opens(second) {
		t.Error("the overlap does not end")
	}
	if clock.set(noon.Add(90*24*time.Hour - 1)); !opens(second) {
		t.Error("the new key lives shorter than the old one was to")
	}
	rotate(third, 24*time.Hour, new(time.Duration))
	if clock.set(noon.Add(90 * 24 * time.Hour)); opens(second) || !opens(third) {
		t.Error("an overlap lengthened the old key's life")
	}
	rotate(internKey, 0, nil)
	if opens(third) || !opens(internKey) {
		t.Error("without overlap the old key goes on")
	}
	clients, err := authn.ReadFile(path)
	if err != nil || len(clients) != 1 || len(clients[0].Secrets) != 1 {
		t.Errorf("keys that are over are kept: %+v %v", clients, err)
	}
}

// Changes at the same time all happen, and whoever reads meanwhile never sees half a file.
func TestChangesAtOnceAreAllKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.jsonl")
	var wg sync.WaitGroup
	for i := range 20 {
		name := string(rune('a' + i))
		wg.Go(func() { edit(t, path, adding(name, "key-of-"+name)) })
		wg.Go(func() {
			if _, err := authn.ReadFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if clients, err := authn.ReadFile(path); err != nil || len(clients) != 20 {
		t.Errorf("%d clients, %v", len(clients), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".keys*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A key made here is known by its form, and one that lost or changed a letter is told apart from a wrong one.
func TestKeysMadeHere(t *testing.T) {
	key, err := authn.NewKey(bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	if err != nil || !strings.HasPrefix(key, authn.KeyPrefix) || len(key) != 63 {
		t.Fatalf("%q %v", key, err)
	}
	if _, err := authn.NewKey(bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("a key of too little randomness")
	}
	a := newAuthenticator(t, authn.Options{}, clientOf("admin", adminKey, time.Time{}))
	says := func(key string) string {
		_, err := a.Authenticate(from("192.0.2.1:1", "X-Api-Key: "+key))
		return err.Error()
	}
	if strings.Contains(says(key), "misspelt") {
		t.Error("a whole key of somebody else is called misspelt")
	}
	for _, wrong := range []string{key[:62], key + "a", key[:10] + "q" + key[11:], key[:61] + key[62:] + key[61:62]} {
		if !strings.Contains(says(wrong), "misspelt") {
			t.Errorf("%s is not told from a wrong key", wrong)
		}
	}
}
