package directory

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxFold bounds what is compared and searched of one text, in bytes: it bounds
// the length of cursors too.
const maxFold = 64

// plain spells letters that have no decomposition but that people type without
// their stroke or ligature.
var plain = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ı': "i", 'ħ': "h",
}

// fold appends to dst what of s counts in searches and orders: case, accents and
// compatibility forms do not, and any run of white space or control characters is
// one space. The result holds no NUL.
func fold(dst []byte, s string) []byte {
	from := len(dst)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			return trimSpace(foldUnicode(dst[:from], s), from)
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		case c <= ' ' || c == 0x7f:
			dst = appendSpace(dst, from)
		default:
			dst = append(dst, c)
		}
	}
	return trimSpace(dst, from)
}

// latin is what foldRunes makes of the letters of European languages, which most
// names are written in.
var latin = func() (table [0x250]string) {
	for r := range table {
		// Behind another letter, for a space in front would be dropped.
		table[r] = string(foldRunes(nil, "x"+string(rune(r)))[1:])
	}
	return table
}()

func foldUnicode(dst []byte, s string) []byte {
	from := len(dst)
	for _, r := range s {
		if int(r) >= len(latin) {
			return foldRunes(dst[:from], s)
		}
		if folded := latin[r]; folded == " " {
			dst = appendSpace(dst, from)
		} else {
			dst = append(dst, folded...)
		}
	}
	return dst
}

// foldRunes works for every script.
func foldRunes(dst []byte, s string) []byte {
	from := len(dst)
	for _, r := range cases.Fold().String(norm.NFKD.String(s)) {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			dst = appendSpace(dst, from)
		case unicode.In(r, unicode.Mn, unicode.Cf):
		case plain[r] != "":
			dst = append(dst, plain[r]...)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

func appendSpace(dst []byte, from int) []byte {
	if len(dst) == from || dst[len(dst)-1] == ' ' {
		return dst
	}
	return append(dst, ' ')
}

func trimSpace(dst []byte, from int) []byte {
	if len(dst) > from && dst[len(dst)-1] == ' ' {
		return dst[:len(dst)-1]
	}
	return dst
}

// sortKey appends the part of s that orders go by.
func sortKey(dst []byte, s string) []byte {
	from := len(dst)
	dst = fold(dst, s)
	return dst[:min(len(dst), from+maxFold)]
}

// words cuts a folded text into its runs of letters and digits.
func words(folded []byte, yield func(word []byte)) {
	start := -1
	for i := 0; i < len(folded); {
		r, size := rune(folded[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(folded[i:])
		}
		inWord := 'a' <= r && r <= 'z' || '0' <= r && r <= '9' ||
			r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Mc, r))
		switch {
		case inWord && start < 0:
			start = i
		case !inWord && start >= 0:
			yield(clip(folded[start:i]))
			start = -1
		}
		i += size
	}
	if start >= 0 {
		yield(clip(folded[start:]))
	}
}

func clip(word []byte) []byte { return word[:min(len(word), maxFold)] }
