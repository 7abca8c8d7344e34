// Package scalar reads the leaves of Pipefy's answers whichever JSON type they
// come in: ids are strings in most answers and numbers in some, and a leaf of an
// unexpected type costs only itself, never the answer around it.
package scalar

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Text is an id or a string; "" where the vendor sent null, an object or a list.
// On input it is sent as a string.
type Text string

// UnmarshalJSON takes strings as they are, and numbers and booleans by their spelling.
func (t *Text) UnmarshalJSON(raw []byte) error {
	*t = ""
	switch {
	case len(raw) == 0:
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*t = Text(s)
	case raw[0] != 'n' && raw[0] != '{' && raw[0] != '[':
		*t = Text(raw)
	}
	return nil
}

// Bool is a truth value that may be unknown: null, absent or of another type.
type Bool struct{ Value, Known bool }

// UnmarshalJSON takes true and false, also as strings.
func (b *Bool) UnmarshalJSON(raw []byte) error {
	*b = Bool{}
	switch string(bytes.Trim(raw, `"`)) {
	case "true":
		*b = Bool{Value: true, Known: true}
	case "false":
		*b = Bool{Known: true}
	}
	return nil
}

// Pointer is nil when b is unknown.
func (b Bool) Pointer() *bool {
	if !b.Known {
		return nil
	}
	return &b.Value
}

// Int is a whole number that may be unknown: null, absent or of another type.
type Int struct {
	Value int
	Known bool
}

// UnmarshalJSON takes whole numbers, also as strings.
func (i *Int) UnmarshalJSON(raw []byte) error {
	*i = Int{}
	if n, err := strconv.Atoi(string(bytes.Trim(raw, `"`))); err == nil {
		*i = Int{Value: n, Known: true}
	}
	return nil
}

// Or is the number, or unknown when there is none.
func (i Int) Or(unknown int) int {
	if !i.Known {
		return unknown
	}
	return i.Value
}
