package link

import (
	"bytes"
	"testing"
)

func TestFoldName(t *testing.T) {
	for name, want := range map[string]string{
		"Ann  LEE":         "ann lee",
		"O'Brien, Seán":    "obrien sean",
		"D’Arcy-Żak":       "darcy zak",
		"Straße":           "strasse",
		"e\u0301va":        "eva",
		"山田 太郎":            "山田 太郎",
		"ann@acme.example": "",
		" -- ":             "",
	} {
		if got, _ := foldName(nil, name); string(got) != want {
			t.Errorf("%q folds to %q, want %q", name, got, want)
		}
	}
}

// TestEuropeanTableAgrees shows that the short cut gives what the long way does,
// for every letter alone, between others and at the ends of words.
func TestEuropeanTableAgrees(t *testing.T) {
	for r := rune(1); int(r) < len(european); r++ {
		if r == '@' {
			continue
		}
		name := string(r) + " A" + string(r) + "b " + string(r) + string(r)
		want, words := foldAnyName(nil, name)
		if got, n := foldName(nil, name); !bytes.Equal(got, want) || n != words {
			t.Fatalf("%q folds to %d words %q, and to %d words %q the long way", name, n, got, words, want)
		}
	}
}

func FuzzFoldName(f *testing.F) {
	for _, s := range []string{"Ann Lee", "Ólafur Þór", "ﬁ ½", "a\u0301\u0327", "\xff", "İı"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		folded, words := foldName(nil, name)
		if n := len(bytes.Fields(folded)); n > words {
			t.Errorf("%q folds to %q: %d words, said to be %d", name, folded, n, words)
		}
		if bytes.IndexByte([]byte(name), '@') >= 0 {
			return
		}
		if want, n := foldAnyName(nil, name); !bytes.Equal(folded, want) || n != words {
			t.Errorf("%q folds to %q, and to %q the long way", name, folded, want)
		}
	})
}
