package link

import (
	"strings"
	"unicode"

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
	if !isASCII(name) {
		name = cases.Fold().String(norm.NFKD.String(name))
	}
	words, inside := 0, false
	for _, r := range name {
		switch {
		case r == '\'' || r == '’' || r >= 0x80 && unicode.IsMark(r):
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r >= 0x80 && (unicode.IsLetter(r) || unicode.IsNumber(r)):
			if !inside {
				if words > 0 {
					dst = append(dst, ' ')
				}
				inside = true
				words++
			}
			if r < 0x80 {
				if 'A' <= r && r <= 'Z' {
					r += 'a' - 'A'
				}
				dst = append(dst, byte(r))
			} else {
				dst = append(dst, string(r)...)
			}
		default:
			inside = false
		}
	}
	return dst, words
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
