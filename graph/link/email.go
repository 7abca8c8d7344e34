package link

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits of RFC 5321, in bytes.
const (
	maxAddress = 254
	maxLocal   = 64
)

// Canonical gives the one spelling of an address: trimmed, NFKC, case folded,
// its domain in ASCII, with plus-tags and dots dropped where the domain's rule
// says so. It is idempotent. False: the text is no address that can link.
func (l *Linker) Canonical(email string) (string, bool) {
	s := strings.TrimSpace(email)
	if len(s) > maxAddress {
		return "", false
	}
	if !plain(s) {
		var ok bool
		if s, ok = fold(s); !ok {
			return "", false
		}
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return "", false
	}
	local, domain := s[:at], s[at+1:]
	if !validLocal(local) {
		return "", false
	}
	ascii, ok := asciiDomain(domain)
	if !ok {
		return "", false
	}
	rule, ruled := l.domains[ascii]
	if !ruled {
		if ascii == domain {
			return s, len(s) <= maxAddress
		}
		return joinAddress(local, ascii)
	}
	if i := strings.IndexByte(local, '+'); i > 0 && rule.PlusTags {
		local = local[:i]
	}
	if rule.IgnoreDots {
		local = strings.ReplaceAll(local, ".", "")
	}
	if len(local) == at && rule.Name == domain {
		return s, true
	}
	if !validLocal(local) {
		return "", false
	}
	return joinAddress(local, rule.Name)
}

func joinAddress(local, domain string) (string, bool) {
	if len(local)+1+len(domain) > maxAddress {
		return "", false
	}
	return local + "@" + domain, true
}

// plain tells whether folding would leave s as it is: ASCII without capitals.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// fold applies NFKC and case folding until neither changes anything: folding may
// produce what NFKC composes anew. Texts that do not settle are refused.
func fold(s string) (string, bool) {
	if isASCII(s) {
		return strings.ToLower(s), true
	}
	if !utf8.ValidString(s) {
		return "", false
	}
	for range 4 {
		next := strings.TrimSpace(norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s))))
		if next == s {
			return s, true
		}
		s = next
	}
	return "", false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// validLocal accepts dot-separated atoms. Quoted local parts are legal mail, but
// nobody's login: they are refused.
func validLocal(s string) bool {
	if s == "" || len(s) > maxLocal || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if !atomBytes[r] {
				return false
			}
		case r == utf8.RuneError, !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r):
			// Invisible and look-alike punctuation would make two addresses of one.
			return false
		}
	}
	return true
}

// atomBytes are the ASCII characters of dot-separated atoms.
var atomBytes = func() (ok [utf8.RuneSelf]bool) {
	for c := '!'; c <= '~'; c++ {
		ok[c] = !strings.ContainsRune(`()<>[]:;@\,"`, c)
	}
	return ok
}()

// asciiDomain checks a domain and gives its ASCII form.
func asciiDomain(s string) (string, bool) {
	if plainDomain(s) {
		return s, true
	}
	if isASCII(s) && !strings.Contains(s, "xn--") {
		return "", false
	}
	ascii, err := idna.Lookup.ToASCII(s)
	return ascii, err == nil && shapedDomain(ascii)
}

func plainDomain(s string) bool { return shapedDomain(s) && !strings.Contains(s, "xn--") }

// shapedDomain accepts two or more labels of lower-case letters, digits and
// inner hyphens, the last of which is not a number.
func shapedDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	labels, start, letters := 0, 0, false
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			c := s[i]
			letter := 'a' <= c && c <= 'z' || c == '-'
			if !letter && (c < '0' || c > '9') {
				return false
			}
			letters = letters || letter
			continue
		}
		if i == start || i-start > 63 || s[start] == '-' || s[i-1] == '-' {
			return false
		}
		labels++
		start = i + 1
		if i < len(s) {
			letters = false
		}
	}
	return labels >= 2 && letters
}

// shared tells whether a canonical address belongs to a role and not to a human.
func (l *Linker) shared(address []byte) bool {
	local, _, _ := bytes.Cut(address, []byte("@"))
	if i := bytes.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	return l.sharedLocals[string(local)]
}
