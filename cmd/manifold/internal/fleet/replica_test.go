package fleet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// replica is one process of the binary.
type replica struct {
	t   *testing.T
	cmd *exec.Cmd
	log *bytes.Buffer
	url string

	ended sync.Once
}

// kill ends the process as SIGKILL does, and waits until it is gone.
func (r *replica) kill() {
	r.ended.Do(func() {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
	})
}

// answer is one GraphQL answer.
type answer struct {
	Status int
	Header http.Header
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	Extensions struct {
		Manifold struct {
			Cost map[string]struct{ Calls, Spent, Saved int }
		}
	}
	raw string
}

// client keeps connections, as a browser or a backend does.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}, Timeout: 2 * time.Minute}

// ask posts one query; headers are "Name: value". An error is the network's.
func (r *replica) ask(query string, headers ...string) (answer, error) {
	body, err := json.Marshal(map[string]any{"query": query})
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	out := answer{Status: resp.StatusCode, Header: resp.Header, raw: string(raw)}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, fmt.Errorf("%d %.200s: %w", resp.StatusCode, raw, err)
	}
	return out, nil
}

// must is an answer without errors.
func (r *replica) must(query string, headers ...string) answer {
	r.t.Helper()
	a, err := r.ask(query, headers...)
	if err != nil || len(a.Errors) > 0 || a.Data == nil {
		r.t.Fatalf("%.120s: %v %+v", query, err, a.Errors)
	}
	return a
}

// awaitReady waits until every source has been read.
func (r *replica) awaitReady() {
	r.t.Helper()
	var last string
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		a, err := r.ask(`{ sources { name health } }`)
		if err == nil && len(a.Errors) == 0 && !strings.Contains(a.raw, "UNAVAILABLE") && !strings.Contains(a.raw, "DEGRADED") {
			return
		}
		last = fmt.Sprint(a.raw, err)
		if time.Now().After(deadline) {
			r.t.Fatalf("%s is not ready: %s", r.url, tail(last, 2000))
		}
	}
}

// dig walks into an answer: names of fields, and numbers of items.
func dig(from any, path ...any) any {
	for _, step := range path {
		switch at := from.(type) {
		case map[string]any:
			name, _ := step.(string)
			from = at[name]
		case []any:
			n, ok := step.(int)
			if !ok || n >= len(at) {
				return nil
			}
			from = at[n]
		default:
			return nil
		}
	}
	return from
}
