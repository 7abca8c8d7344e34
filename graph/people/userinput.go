package people

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of what every mutation takes, in characters.
const (
	maxReason         = 500
	maxIdempotencyKey = 200
)

// checkReason refuses a reason that says nothing or cannot be kept.
func checkReason(reason string) []UserError {
	at := []string{"input", "reason"}
	switch n := utf8.RuneCountInString(reason); {
	case strings.TrimSpace(reason) == "":
		return []UserError{{ErrorInvalid, "Say why: whoever looks at this in a year will ask.", at}}
	case n > maxReason:
		return []UserError{{ErrorInvalid, fmt.Sprintf("A reason has at most %d characters; this one has %d.", maxReason, n), at}}
	case !utf8.ValidString(reason) || strings.ContainsFunc(reason, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return []UserError{{ErrorInvalid, "A reason is plain text, without control characters.", at}}
	}
	return nil
}

// checkKey refuses a key that cannot be told from others.
func checkKey(key *string) []UserError {
	at := []string{"input", "idempotencyKey"}
	switch {
	case key == nil:
		return nil
	case *key == "" || utf8.RuneCountInString(*key) > maxIdempotencyKey:
		return []UserError{{ErrorInvalid, fmt.Sprintf("An idempotency key has 1 to %d characters.", maxIdempotencyKey), at}}
	case strings.ContainsFunc(*key, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }):
		return []UserError{{ErrorInvalid, "An idempotency key is made of printable characters.", at}}
	}
	return nil
}
