package server

import (
	"encoding/json"
	"iter"
)

// members yields the name and the value of each member of an object, in the order of the text, which has to be valid JSON.
// Values are parts of the text. Names are as decoders read them, without their escapes.
func members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		at := blank(object, blank(object, 0)+1) // after the brace
		for object[at] == '"' {
			end := stringEnd(object, at)
			name := nameOf(object[at:end])
			at = blank(object, blank(object, end)+1) // after the colon
			end = valueEnd(object, at)
			if !yield(name, object[at:end]) {
				return
			}
			if at = blank(object, end); object[at] == ',' {
				at = blank(object, at+1)
			}
		}
	}
}

// items yields the values of an array of valid JSON, as parts of the text.
func items(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		at := blank(array, blank(array, 0)+1) // after the bracket
		for array[at] != ']' {
			end := valueEnd(array, at)
			if !yield(array[at:end]) {
				return
			}
			if at = blank(array, end); array[at] == ',' {
				at = blank(array, at+1)
			}
		}
	}
}

// blank is the first place from at on that is no white space.
func blank(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r') {
		at++
	}
	return at
}

// stringEnd is the place after a string that begins at at.
func stringEnd(text []byte, at int) int {
	for at++; text[at] != '"'; at++ {
		if text[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// valueEnd is the place after a value that begins at at.
func valueEnd(text []byte, at int) int {
	depth := 0
	for ; at < len(text); at++ {
		switch text[at] {
		case '"':
			at = stringEnd(text, at) - 1
			if depth == 0 {
				return at + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at // of a number or word that was the last in its object or array
			}
			if depth--; depth == 0 {
				return at + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return at
			}
		}
	}
	return at
}

func nameOf(quoted []byte) string {
	for _, c := range quoted {
		if c == '\\' {
			var name string
			_ = json.Unmarshal(quoted, &name) // it is valid
			return name
		}
	}
	return string(quoted[1 : len(quoted)-1])
}
