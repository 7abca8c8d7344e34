package server

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzMembers holds the reading of members against encoding/json's, which is slower and says nothing of repeated names.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{}`, ` { } `, `{"a":1}`, `{"a":"}","b":[1,{"c":"\""}],"\u0061":null}`, `{"a":{"b":{"b":1,"b":2}}}`, `[{"a":1},{"a":1,"a":2}]`, `{"a" : -1.5e3 , "b":true}`, `[]`, `[1 , "]", []]`, `"x"`, `7`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || !utf8.ValidString(text) || tooMuchJSON([]byte(text)) || loneSurrogate([]byte(text)) {
			return // what is refused before members are read
		}
		d := json.NewDecoder(bytes.NewReader([]byte(text)))
		d.UseNumber()
		if got, want := repeats([]byte(text)), repeatsSlowly(d); got != want {
			t.Fatalf("%s repeats a name: %t, by encoding/json %t", text, got, want)
		}
		var plain map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &plain) != nil || plain == nil || repeats([]byte(text)) {
			return
		}
		found := map[string]string{}
		for name, value := range members([]byte(text)) {
			found[name] = string(value)
		}
		if len(found) != len(plain) {
			t.Fatalf("%s has %d members, by encoding/json %d", text, len(found), len(plain))
		}
		for name, value := range plain {
			if found[name] != string(value) {
				t.Fatalf("%s: %q is %s, by encoding/json %s", text, name, found[name], value)
			}
		}
	})
}

// repeatsSlowly reads one value and tells whether an object in it names a member twice.
func repeatsSlowly(d *json.Decoder) bool {
	token, err := d.Token()
	open, nested := token.(json.Delim)
	if err != nil || !nested {
		return false
	}
	seen, again := map[string]bool{}, false
	for d.More() {
		if open == '{' {
			token, _ := d.Token()
			name, _ := token.(string)
			again = again || seen[name]
			seen[name] = true
		}
		again = repeatsSlowly(d) || again
	}
	_, _ = d.Token() // the closing delimiter
	return again
}
