package link

import (
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	l := mustNew(t, published())
	for email, want := range map[string]string{
		" Ann.Lee@X.org\t":                 "ann.lee@x.org",
		"ann+tag@x.org":                    "ann+tag@x.org",
		"Ann+Tag@ACME.io":                  "ann@acme.com",
		"a.n.n+t@googlemail.com":           "ann@gmail.com",
		"+tag@acme.com":                    "+tag@acme.com",
		"ａｎｎ＠ｘ．ｏｒｇ":                        "ann@x.org",
		"ANN@Bücher.DE":                    "ann@xn--bcher-kva.de",
		"ann@xn--bcher-kva.de":             "ann@xn--bcher-kva.de",
		"Änne@x.org":                       "änne@x.org",
		"a\u0308nne@x.org":                 "änne@x.org",
		"straße@x.org":                     "strasse@x.org",
		"ann@mail.acme.com":                "ann@mail.acme.com",
		"ann":                              "",
		"@x.org":                           "",
		"ann@":                             "",
		"ann@localhost":                    "",
		"ann@10.0.0.1":                     "",
		"ann@@x.org":                       "",
		"ann lee@x.org":                    "",
		"a\u200bnn@x.org":                  "",
		".ann@x.org":                       "",
		"an..n@x.org":                      "",
		"ann.+t@acme.com":                  "",
		`"ann"@x.org`:                      "",
		"ann@-x.org":                       "",
		"ann@x_y.org":                      "",
		"ann@xn--\u00e4.org":               "",
		"\xff@x.org":                       "",
		"Ann <ann@x.org>":                  "",
		"pipedrive:7@acme.com":             "",
		strings.Repeat("a", 65) + "@x.org": "",
	} {
		got, ok := l.Canonical(email)
		if got != want || ok != (want != "") {
			t.Errorf("Canonical(%q) = %q, %v, want %q", email, got, ok, want)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"Ann+x@Acme.com", "a.b@googlemail.com", "ß@ẞ.de", "ﬁ@x.org", "a@x。org", "İ@x.org", "ͅ@x.org", "a+.@acme.com", "a@xn--a.org"} {
		f.Add(s)
	}
	l := mustNew(f, published())
	f.Fuzz(func(t *testing.T, s string) {
		once, ok := l.Canonical(s)
		if !ok {
			if once != "" {
				t.Fatalf("refused %q with the address %q", s, once)
			}
			return
		}
		if twice, ok := l.Canonical(once); !ok || twice != once {
			t.Fatalf("%q gives %q, and that gives %q, %v", s, once, twice, ok)
		}
		if len(once) > maxAddress || strings.Count(once, "@") != 1 || strings.ContainsAny(once, " \t\r\n") {
			t.Fatalf("%q gives %q, which is no address", s, once)
		}
	})
}
