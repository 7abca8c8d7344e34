package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"manifold": main})
}

// TestStories runs the user stories in testdata/script, each against its own pretend world. Beside testscript's own
// commands they know:
//
//	start NAME ARG...   runs manifold in the background until it tells an address, which $NAME_URL then holds ($NAME_HOST
//	                    without the scheme)
//	end NAME            ends it by SIGTERM; wants exit code 0, and puts what it printed where stdout and stderr look
//	ask URL FILE [KEY]  posts the query in FILE until no source is PENDING, and prints what came: sorted, without
//	                    times, ids and cursors
//	await TEXT URL FILE KEY
//	                    posts the query in FILE until TEXT is in the answer
//	pick VAR PATH       puts what the last answer of ask has at PATH into a variable, ids too; names and numbers between dots
//	remember VAR        puts what was printed last into a variable
//	get URL             prints status and body
//	detour NAME FILE SOURCE
//	                    leads a source of the configuration in FILE over a way that can be closed
//	[!] down NAME       closes it, as where the vendor is down; with ! opens it again
//
// A ${VAR} in a query's FILE stands for the variable.
func TestStories(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLES", examples)
			e.Values["running"], e.Values["answer"], e.Values["detours"] = map[string]*background{}, new(any), map[string]*detour{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "end": finish, "ask": ask, "get": get, "await": await, "remember": remember, "pick": pick, "detour": lay, "down": down,
		},
	})
}

// patience bounds every wait for another process.
const patience = 60 * time.Second

// background is a manifold that runs while its script goes on.
type background struct {
	// ended is closed once the process has ended and was waited for.
	ended       chan struct{}
	cmd         *exec.Cmd
	out, errors output
}

// output is what a process has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func running(ts *testscript.TestScript) map[string]*background {
	return ts.Value("running").(map[string]*background)
}

var address = regexp.MustCompile(`https?://[^\s/]+`)

func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME ARG...")
	}
	path, err := exec.LookPath("manifold")
	ts.Check(err)
	b := &background{cmd: exec.Command(path, args[1:]...), ended: make(chan struct{})}
	b.cmd.Dir, b.cmd.Stdout, b.cmd.Stderr = ts.MkAbs("."), &b.out, &b.errors
	b.cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("WORK"))
	if port := ts.Getenv("PORT"); port != "" {
		b.cmd.Env = append(b.cmd.Env, "PORT="+port)
	}
	ts.Check(b.cmd.Start())
	go func() { _ = b.cmd.Wait(); close(b.ended) }()
	ts.Defer(func() { _ = b.cmd.Process.Kill(); <-b.ended })
	// Whatever it prints last before it is at work: the address, or where the configuration went.
	ready := func() string {
		out := b.out.String()
		if args[1] == "simulate" && !strings.Contains(out, "Configuration written") {
			return ""
		}
		return address.FindString(out)
	}
	for deadline := time.Now().Add(patience); ready() == ""; time.Sleep(10 * time.Millisecond) {
		select {
		case <-b.ended:
			ts.Fatalf("manifold %v ended: %s%s", args[1:], b.out.String(), b.errors.String())
		default:
		}
		if time.Now().After(deadline) {
			ts.Fatalf("manifold %v tells no address: %s%s", args[1:], b.out.String(), b.errors.String())
		}
	}
	running(ts)[args[0]] = b
	ts.Setenv(args[0]+"_URL", ready())
	ts.Setenv(args[0]+"_HOST", strings.TrimPrefix(ready(), "http://"))
}

func finish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || running(ts)[args[0]] == nil {
		ts.Fatalf("usage: end NAME, of something started")
	}
	b := running(ts)[args[0]]
	ts.Check(b.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-b.ended:
	case <-time.After(patience):
		ts.Fatalf("%s goes on after SIGTERM", args[0])
	}
	_, _ = io.WriteString(ts.Stdout(), b.out.String())
	_, _ = io.WriteString(ts.Stderr(), b.errors.String())
	if code := b.cmd.ProcessState.ExitCode(); code != exitOK {
		ts.Fatalf("%s ended with %d: %s", args[0], code, b.errors.String())
	}
}

func ask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: ask URL FILE [KEY]")
	}
	key := ""
	if len(args) == 3 {
		key = args[2]
	}
	query, err := json.Marshal(map[string]string{"query": queryIn(ts, args[1])})
	ts.Check(err)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		status, body := request(ts, http.MethodPost, args[0]+"/graphql", key, query)
		var answer map[string]any
		if err := json.Unmarshal(body, &answer); err != nil {
			ts.Fatalf("no JSON: %d %s", status, body)
		}
		if strings.Contains(string(body), `"health":"PENDING"`) {
			if time.Now().After(deadline) {
				ts.Fatalf("still not read: %s", body)
			}
			continue
		}
		delete(answer, "extensions")
		ts.Check(json.Unmarshal(body, ts.Value("answer")))
		mask(answer)
		pretty, err := json.MarshalIndent(answer, "", "  ")
		ts.Check(err)
		_, _ = ts.Stdout().Write(append(pretty, '\n'))
		return
	}
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: await TEXT URL FILE KEY")
	}
	query, err := json.Marshal(map[string]string{"query": queryIn(ts, args[2])})
	ts.Check(err)
	for deadline := time.Now().Add(patience); ; time.Sleep(700 * time.Millisecond) { // slower than wrong keys are counted
		_, body := request(ts, http.MethodPost, args[1]+"/graphql", args[3], query)
		if strings.Contains(string(body), args[0]) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("never answered %s: %s", args[0], body)
		}
	}
}

// held is a variable in a query: GraphQL's own have no braces.
var held = regexp.MustCompile(`\$\{\w+\}`)

func queryIn(ts *testscript.TestScript, file string) string {
	return held.ReplaceAllStringFunc(ts.ReadFile(file), func(name string) string {
		value := ts.Getenv(name[2 : len(name)-1])
		if value == "" {
			ts.Fatalf("%s needs %s, which nothing has set", file, name)
		}
		return value
	})
}

func pick(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pick VAR PATH")
	}
	at := *ts.Value("answer").(*any)
	for step := range strings.SplitSeq(args[1], ".") {
		var inner any
		switch v := at.(type) {
		case map[string]any:
			inner = v[step]
		case []any:
			if n, err := strconv.Atoi(step); err == nil && n < len(v) {
				inner = v[n]
			}
		}
		at = inner
	}
	text, ok := at.(string)
	if !ok {
		ts.Fatalf("the last answer has no text at %s, but %v", args[1], at)
	}
	ts.Setenv(args[0], text)
}

func remember(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: remember VAR")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: get URL")
	}
	status, body := request(ts, http.MethodGet, args[0], "", nil)
	_, _ = fmt.Fprintf(ts.Stdout(), "%d\n%s\n", status, body)
}

func request(ts *testscript.TestScript, method, url, key string, body []byte) (int, []byte) {
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	ts.Check(err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("X-Api-Key", key)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	resp, err := client.Do(r)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	return resp.StatusCode, answer
}

var masked = map[string]string{
	"id": "ID", "cursor": "CURSOR", "startCursor": "CURSOR", "endCursor": "CURSOR", "observedAt": "TIME", "resetsAt": "TIME", "nextRefreshAt": "TIME",
}

// mask replaces what differs from run to run.
func mask(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if word, is := masked[name]; is && inner != nil {
				v[name] = word
			} else {
				mask(inner)
			}
		}
	case []any:
		for _, inner := range v {
			mask(inner)
		}
	}
}
