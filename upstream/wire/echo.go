package wire

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
)

// leastEcho is how long a word of a request must be to be recognised in an answer.
const leastEcho = 6

// echoes tells whether a word of the vendor's holds one of ours, or is a part of one: a trace id is logged, and a vendor that
// repeats what it was sent in one would have the log hold a credential, or an address. Hexadecimal and base64 hide nothing.
func (p *prepared) echoes(word string, sent http.Header) bool {
	readings := []string{word}
	if b, err := hex.DecodeString(word); err == nil {
		readings = append(readings, string(b))
	}
	if b, err := base64.RawURLEncoding.DecodeString(word); err == nil {
		readings = append(readings, string(b))
	}
	query, _ := url.QueryUnescape(p.url.RawQuery)
	form, _ := url.QueryUnescape(string(p.body))
	ours := []string{string(p.body), form, p.url.Path, p.url.RawQuery, query}
	for _, values := range sent {
		ours = append(ours, values...)
	}
	for _, text := range ours {
		for _, reading := range readings {
			if len(reading) >= leastEcho && contains(text, reading) {
				return true
			}
		}
		for _, each := range append(strings.FieldsFunc(text, endsValue), strings.FieldsFunc(text, endsWord)...) {
			if len(each) < leastEcho {
				continue
			}
			// The last letter of base64 depends on what follows.
			coded := base64.RawURLEncoding.EncodeToString([]byte(each))
			if contains(word, hex.EncodeToString([]byte(each))) || strings.Contains(word, coded[:len(coded)-1]) {
				return true
			}
			for _, reading := range readings {
				if contains(reading, each) {
					return true
				}
			}
		}
	}
	return false
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// endsValue tells of the characters between the values of a path, a query, a form, a header and JSON.
func endsValue(r rune) bool { return strings.ContainsRune("/&=\"{}[]:,; ", r) }

// endsWord tells of all that does not stand in a credential.
func endsWord(r rune) bool {
	return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-_.~", r))
}
