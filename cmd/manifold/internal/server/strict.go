package server

import (
	"strconv"
	"unicode/utf16"
)

// ambiguous tells what makes parsers differ in what they read in text, which is valid JSON of bounded depth; "" when
// nothing does. What a proxy has looked at would not be what is executed.
func ambiguous(text []byte) string {
	switch {
	case loneSurrogate(text):
		return "The request has half a character: a surrogate escape such as \\ud800 without its other half."
	case repeats(text):
		return "Each member of an object may be given once, in variables and extensions too."
	}
	return ""
}

// repeats tells whether an object of a valid JSON value names a member twice.
func repeats(value []byte) bool {
	switch value[blank(value, 0)] {
	case '{':
		seen := map[string]struct{}{}
		for name, inner := range members(value) {
			if _, twice := seen[name]; twice || repeats(inner) {
				return true
			}
			seen[name] = struct{}{}
		}
	case '[':
		for inner := range items(value) {
			if repeats(inner) {
				return true
			}
		}
	}
	return false
}

// loneSurrogate tells whether a string of valid JSON escapes half of a character. Decoders replace it, each by its own rule.
func loneSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' { // which stands in strings alone
			continue
		}
		i++
		unit, ok := escaped(text, i)
		if !ok {
			continue
		}
		i += 4
		if !utf16.IsSurrogate(unit) {
			continue
		}
		if i+2 >= len(text) || text[i+1] != '\\' {
			return true
		}
		low, ok := escaped(text, i+2)
		if !ok || utf16.DecodeRune(unit, low) == '\uFFFD' {
			return true
		}
		i += 6
	}
	return false
}

// escaped is the code unit of the escape whose u stands at i, if one does.
func escaped(text []byte, i int) (rune, bool) {
	if i+5 > len(text) || text[i] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[i+1:i+5]), 16, 16)
	return rune(unit), err == nil
}
