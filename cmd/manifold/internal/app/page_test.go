package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/console"
)

// demo runs the demo on a free port and gives its address.
func demo(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	told, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- app.Demo(ctx, app.DemoOptions{Listen: "127.0.0.1:0", Seed: 1}, out, slog.New(slog.DiscardHandler))
		out.Close()
	}()
	t.Cleanup(func() {
		cancel()
		_, _ = io.Copy(io.Discard, told)
		if err := <-ended; err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	})
	lines := bufio.NewScanner(told)
	for lines.Scan() {
		if i := strings.Index(lines.Text(), "http://"); i >= 0 {
			go func() { _, _ = io.Copy(io.Discard, told) }()
			return strings.TrimSpace(lines.Text()[i:])
		}
	}
	t.Fatal("the demo told no address:", lines.Err())
	return ""
}

// complaints collects what the browser says about the page: errors, warnings, and breaches of its policy.
type complaints struct {
	mu   sync.Mutex
	said []string
}

func (c *complaints) listen(ctx context.Context) {
	for message, err := range chromedp.Console(ctx) {
		if err != nil {
			return // the browser is gone
		}
		switch message.Type {
		case "error", "warning", "assert", chromedp.ConsoleException:
			c.mu.Lock()
			c.said = append(c.said, message.String())
			c.mu.Unlock()
		}
	}
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.said)
}

func browser(t *testing.T) (context.Context, *complaints) {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("no Chromium or Chrome is installed; make test says how to get one")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(1440, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses its sandbox to root
	}
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	heard := &complaints{}
	var listening sync.WaitGroup
	listening.Go(func() { heard.listen(ctx) })
	t.Cleanup(func() { cancel(); listening.Wait() })
	return ctx, heard
}

func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, ctx context.Context, expression string) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return text
}

// The page's six examples answer what the three kinds of users ask, in a real
// browser, under the strict content security policy.
func TestDemoPageAnswersItsExamples(t *testing.T) {
	if !console.Built() {
		t.Fatal("the page is not built; make console builds it")
	}
	url := demo(t)
	ctx, heard := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(url+"/"), chromedp.WaitVisible(chromedp.CSS(".graphiql-execute-button"))); err != nil {
		shoot(t, ctx, "page.png")
		t.Fatalf("%v; the browser says %q", err, heard.all())
	}
	if title := read(t, ctx, `document.title`); title != "Manifold" {
		t.Errorf("the title is %q", title)
	}
	for tab, shows := range map[string]string{
		"PeoplePage": `"pipedriveUsers": [`, "OnePerson": `"rule": "email"`, "Leaver": `"granted": true`,
		"HereNotThere": `"lastSeenAt": "2026-`, "Sources": `"isComplete": true`,
	} {
		err := chromedp.Do(ctx,
			chromedp.Click(chromedp.Search(`//button[contains(@class, "graphiql-tab-button") and contains(., "`+tab+`")]`)),
			poll(`document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror.getValue().includes('query `+tab+` ')`),
			chromedp.Click(chromedp.CSS(".graphiql-execute-button")),
			poll(`document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue().includes('"extensions"')`),
		)
		shoot(t, ctx, tab+".png")
		if err != nil {
			t.Fatalf("%s: %v; the browser says %q", tab, err, heard.all())
		}
		result := read(t, ctx, `document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()`)
		if !strings.Contains(result, shows) || strings.Contains(result, `"errors"`) {
			t.Errorf("%s answers without %s: %.2000s", tab, shows, result)
		}
	}
	live(t, ctx, url)
	if said := heard.all(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}

// live runs the example that goes on: it is told to ask, and then of somebody who is parted by another client.
func live(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	shown := func(text string) chromedp.Action[chromedp.Void] {
		return poll(`document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue().includes('` + text + `')`)
	}
	err := chromedp.Do(ctx,
		chromedp.Click(chromedp.Search(`//button[contains(@class, "graphiql-tab-button") and contains(., "Live")]`)),
		poll(`document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror.getValue().includes('subscription Live ')`),
		chromedp.Click(chromedp.CSS(".graphiql-execute-button")),
		shown("RESYNC"),
	)
	if err != nil {
		t.Fatalf("the subscription does not begin: %v", err)
	}
	linked := post(t, url, `{ people(first: 1, filter: {isLinked: true}) { nodes { identities { id } } } }`)
	post(t, url, `mutation { unlinkIdentity(input: {identityId: `+strconv.Quote(regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(linked)[1])+`, reason: "to be seen"}) { decision { id } userErrors { message } } }`)
	err = chromedp.Do(ctx, poll(`/"kind": "(CHANGED|APPEARED)"/.test(document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue())`))
	shoot(t, ctx, "Live.png")
	if err != nil {
		t.Fatalf("the page was told of nobody: %v, it shows %.1000s", err, read(t, ctx, `document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()`))
	}
}

// post is an answer as it comes.
func post(t *testing.T, url, query string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || strings.Contains(string(answer), `"errors"`) {
		t.Fatalf("%s: %v %s", query, err, answer)
	}
	return string(answer)
}

func poll(condition string) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingTimeout(30*time.Second), chromedp.WithPollingInterval(50*time.Millisecond))
}
