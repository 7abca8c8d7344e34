package link

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// foldName appends the words of a display name to dst, case folded, without
// accents and with one space between them. It gives the number of words.
func foldName(dst []byte, name string) ([]byte, int) {
	if strings.IndexByte(name, '@') >= 0 {
		// An invited user is often named after the address that was typed.
		return dst, 0
	}
	w := wordWriter{dst: dst}
	for _, r := range name {
		switch {
		case r < utf8.RuneSelf:
			w.ascii(byte(r))
		case int(r) < len(european):
			for _, part := range european[r] {
				w.write(part)
			}
		default:
			return foldAnyName(dst, name)
		}
	}
	return w.dst, w.words
}

// foldAnyName works for every script.
func foldAnyName(dst []byte, name string) ([]byte, int) {
	w := wordWriter{dst: dst}
	for _, r := range foldRunes(name) {
		w.write(r)
	}
	return w.dst, w.words
}

func foldRunes(s string) string { return cases.Fold().String(norm.NFKD.String(s)) }

// european is what foldRunes makes of the letters of European languages, which
// most names are written in.
var european = func() (table [0x250]string) {
	for r := range table {
		table[r] = foldRunes(string(rune(r)))
	}
	return table
}()

// wordWriter appends words with one space between them.
type wordWriter struct {
	dst    []byte
	words  int
	inside bool
}

func (w *wordWriter) write(r rune) {
	switch {
	case r < utf8.RuneSelf:
		w.ascii(byte(r))
	case r == '’' || unicode.IsMark(r):
	case unicode.IsLetter(r) || unicode.IsNumber(r):
		w.letter()
		w.dst = utf8.AppendRune(w.dst, r)
	default:
		w.inside = false
	}
}

func (w *wordWriter) ascii(c byte) {
	switch c = lower(c); {
	case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
		w.letter()
		w.dst = append(w.dst, c)
	case c != '\'':
		w.inside = false
	}
}

// letter makes room for a letter, which may begin a word.
func (w *wordWriter) letter() {
	if w.inside {
		return
	}
	if w.words > 0 {
		w.dst = append(w.dst, ' ')
	}
	w.inside = true
	w.words++
}

// words splits a display name for comparison; nil when it tells nothing.
func words(name string) []string {
	folded, n := foldName(nil, name)
	if n == 0 {
		return nil
	}
	return strings.Fields(string(folded))
}

func hasWord(words []string, w string) bool {
	for _, x := range words {
		if x == w {
			return true
		}
	}
	return false
}

// agree tells whether one name holds every word of the other. A missing name
// disagrees with nobody.
func agree(a, b []string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for _, w := range a {
		if !hasWord(b, w) {
			return false
		}
	}
	return true
}

// strangers tells whether two full names have nothing in common. Names in
// different scripts cannot be compared and are not strangers.
func strangers(a, b []string) bool {
	if len(a) < 2 || len(b) < 2 {
		return false
	}
	for _, w := range a {
		if !isASCII(w) {
			return false
		}
		for _, v := range b {
			if !isASCII(v) || w[0] == v[0] && (len(w) == 1 || len(v) == 1 || w == v) {
				return false
			}
		}
	}
	return true
}
