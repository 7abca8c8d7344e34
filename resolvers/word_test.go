package resolvers

import (
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

func TestCacheControlIsRead(t *testing.T) {
	span := func(n int) *time.Duration { return new(time.Duration(n) * time.Second) }
	for name, c := range map[string]struct {
		lines []string
		want  word
	}{
		"nothing":             {nil, word{}},
		"an age":              {[]string{"max-age=60"}, word{maxAge: span(60)}},
		"quoted, upper case":  {[]string{`MAX-AGE="90"`}, word{maxAge: span(90)}},
		"several lines":       {[]string{"max-age=60", "max-stale=5, only-if-cached"}, word{maxAge: span(60), maxStale: span(5), onlyIfCached: true}},
		"the strictest":       {[]string{"max-age=60, max-age=30, max-age=90"}, word{maxAge: span(30)}},
		"no-cache":            {[]string{"no-cache"}, word{noCache: true}},
		"no-store":            {[]string{"no-store"}, word{noCache: true}},
		"any staleness":       {[]string{"max-stale"}, word{}},
		"too large":           {[]string{"max-age=99999999999999999999999"}, word{maxAge: span(1 << 31)}},
		"junk":                {[]string{`,,; foo="a,max-age=1" , =, max-age=60, min-fresh=x, "`}, word{maxAge: span(60)}},
		"an open quote":       {[]string{`foo="a, max-age=1`}, word{}},
		"a directive's value": {[]string{"only-if-cached=yes"}, word{onlyIfCached: true}},
	} {
		got, err := readWord(c.lines)
		if err != nil || !same(got, c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, line := range []string{"max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=soon", "max-stale=x", "max-age=1 2"} {
		if _, err := readWord([]string{line}); fault.KindOf(err) != fault.BadUserInput || !strings.Contains(err.Error(), "whole number of seconds") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func same(a, b word) bool {
	equal := func(a, b *time.Duration) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	return equal(a.maxAge, b.maxAge) && equal(a.maxStale, b.maxStale) && a.noCache == b.noCache && a.onlyIfCached == b.onlyIfCached
}

// Who may not bypass the caches is served all the same, and told.
func TestFreshnessHasItsPrice(t *testing.T) {
	anybody, trusted := access.NewPrincipal("a", access.ReadScopes...), access.NewPrincipal("b", access.Scopes...)
	for _, c := range []struct {
		said   string
		who    access.Principal
		maxAge time.Duration // -1: none
		warned bool
	}{
		{"max-age=60", anybody, time.Minute, false},
		{"max-age=59", anybody, freeAge, true},
		{"no-cache", anybody, -1, true},
		{"no-cache, max-age=90", anybody, 90 * time.Second, true},
		{"no-cache", trusted, leastAge, false},
		{"max-age=0", trusted, leastAge, false},
		{"max-age=30", trusted, 30 * time.Second, false},
		{"no-cache, only-if-cached", anybody, 0, false},
		{"max-age=5, only-if-cached", anybody, 5 * time.Second, false},
		{"", anybody, -1, false},
	} {
		w, err := readWord([]string{c.said})
		if err != nil {
			t.Fatal(err)
		}
		got, f := w.wanted(c.who)
		if (got.MaxAge == nil) != (c.maxAge < 0) || got.MaxAge != nil && *got.MaxAge != c.maxAge || (f != nil) != c.warned {
			t.Errorf("%q by %s: %v, %v", c.said, c.who.Name, got.MaxAge, f)
		}
		if f != nil && (f.Kind != fault.Forbidden || !strings.Contains(f.Message, string(access.ScopeCacheBypass))) {
			t.Errorf("%q: %v", c.said, f)
		}
	}
}

// Whatever a client sends is read or refused, and never means a negative age.
func FuzzCacheControl(f *testing.F) {
	for _, seed := range []string{"max-age=60", `max-stale="5", no-cache`, `a="\",max-age=1`, "max-age=-1", "max-age=18446744073709551616", `"`, `\`, "only-if-cached,,=,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		w, err := readWord([]string{line})
		if err != nil {
			if fault.KindOf(err) != fault.BadUserInput {
				t.Errorf("%q: %v", line, err)
			}
			return
		}
		for _, span := range []*time.Duration{w.maxAge, w.maxStale} {
			if span != nil && (*span < 0 || *span > 1<<31*time.Second) {
				t.Errorf("%q means %s", line, *span)
			}
		}
		if again, err := readWord([]string{line, line}); err != nil || !same(w, again) {
			t.Errorf("%q said twice is %+v, %v", line, again, err)
		}
	})
}
