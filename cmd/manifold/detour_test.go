package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
)

// detour is a way to a vendor that can be closed. Calls that meet it closed do not reach the vendor.
type detour struct {
	closed  atomic.Bool
	refused atomic.Int64
}

func (d *detour) to(base *url.URL) http.Handler {
	proxy := httputil.NewSingleHostReverseProxy(base)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.closed.Load() {
			proxy.ServeHTTP(w, r)
			return
		}
		d.refused.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "down for maintenance")
	})
}

func detours(ts *testscript.TestScript) map[string]*detour {
	return ts.Value("detours").(map[string]*detour)
}

// lay leads a source of a configuration over a detour: detour NAME FILE SOURCE.
func lay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: detour NAME FILE SOURCE")
	}
	text := ts.ReadFile(args[1])
	at := regexp.MustCompile(`(?s)(- id: ` + regexp.QuoteMeta(args[2]) + `\n.*?base_url: ")([^"]+)(")`).FindStringSubmatchIndex(text)
	if at == nil {
		ts.Fatalf("%s has no source %s with a base_url", args[1], args[2])
	}
	base, err := url.Parse(text[at[4]:at[5]])
	ts.Check(err)
	d := &detour{}
	server := httptest.NewServer(d.to(base))
	ts.Defer(server.Close)
	detours(ts)[args[0]] = d
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text[:at[4]]+server.URL+text[at[5]:]), 0o600))
}

// down closes a detour; ! down opens it again, and wants it to have refused something.
func down(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || detours(ts)[args[0]] == nil {
		ts.Fatalf("usage: [!] down NAME, of a detour")
	}
	d := detours(ts)[args[0]]
	d.closed.Store(!neg)
	if neg && d.refused.Load() == 0 {
		ts.Fatalf("%s was down, and nobody has noticed", args[0])
	}
}
