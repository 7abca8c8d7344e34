package directory

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"Ann  Example\t":  "ann example",
		"Ólafur Brontë":   "olafur bronte",
		"O\u0301lafur":    "olafur",
		"ŁUKASZ Øre":      "lukasz ore",
		"Straße":          "strasse",
		"ＦＵＬＬ　ｗｉｄｔｈ":      "full width",
		"İstanbul":        "istanbul",
		"zero\u200bwidth": "zerowidth",
		"nul\x00here":     "nul here",
		"Σίσυφος":         "σισυφοσ",
		"山田 太郎":           "山田 太郎",
		"":                "",
		" \u0301 ":        "",
	} {
		if got := string(fold(nil, text)); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
}

// TestLatinTableAgrees shows that the short cut gives what the long way does, for
// every letter alone and between others.
func TestLatinTableAgrees(t *testing.T) {
	for r := rune(1); int(r) < len(latin); r++ {
		text := "a " + string(r) + " b" + string(r)
		want := trimSpace(foldRunes(nil, text), 0)
		if got := fold(nil, text); !bytes.Equal(got, want) {
			t.Fatalf("%q folds to %q, and to %q the long way", text, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Ann", "Ólafur", "\xff\xfe", "ß\u0301\u0000", "ﬁ ½", strings.Repeat("é", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := fold(nil, s)
		if bytes.IndexByte(folded, 0) >= 0 {
			t.Errorf("%q folds to %q, which has a NUL", s, folded)
		}
		if kept := fold([]byte("kept"), s); string(kept) != "kept"+string(folded) {
			t.Errorf("%q folds to %q behind other text", s, kept)
		}
		if utf8.ValidString(s) && !utf8.Valid(folded) {
			t.Errorf("%q folds to %q, which is no UTF-8", s, folded)
		}
		if key := sortKey(nil, s); len(key) > maxFold || !bytes.HasPrefix(folded, key) {
			t.Errorf("%q is ordered by %q", s, key)
		}
		words(folded, func(word []byte) {
			if len(word) == 0 || len(word) > maxFold || !bytes.Contains(folded, word) {
				t.Errorf("%q has the word %q", s, word)
			}
		})
	})
}
