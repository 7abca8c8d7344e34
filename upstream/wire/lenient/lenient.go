// Package lenient holds JSON scalars and lists for vendors' answers that drift
// from their own documents. Decoding one never fails: a value of the wrong type
// is the zero value, so that one garbage field costs neither its record nor the
// records beside it.
package lenient

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// String takes a string, or a number by its digits. Everything else is "".
type String string

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (s *String) UnmarshalJSON(b []byte) error {
	*s = String(text(b))
	return nil
}

// text is a JSON string's value, or a number's literal; "" for anything else.
func text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	switch c := b[0]; {
	case c == '"':
		if plain := b[1 : len(b)-1]; isPlain(plain) {
			return string(plain)
		}
		var s string
		_ = json.Unmarshal(b, &s) // what is no string stays ""
		return s
	case c == '-' || c >= '0' && c <= '9':
		return string(b)
	}
	return ""
}

// isPlain tells whether a JSON string's inside stands for itself: most do, and
// need no second decoding.
func isPlain(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

// Int takes an integral number, also in a string ("7") or with a fraction of
// zero (7.0). Valid tells whether there was one.
type Int struct {
	Value int64
	Valid bool
}

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (i *Int) UnmarshalJSON(b []byte) error {
	*i = Int{}
	if string(b) == "null" {
		return nil
	}
	t := strings.TrimSpace(text(b))
	if n, err := strconv.ParseInt(t, 10, 64); err == nil {
		*i = Int{n, true}
	} else if f, err := strconv.ParseFloat(t, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		*i = Int{int64(f), true}
	}
	return nil
}

// Ptr is nil where there was no number.
func (i Int) Ptr() *int64 {
	if !i.Valid {
		return nil
	}
	return &i.Value
}

// Bool takes true and false, 1 and 0, and all four in strings.
type Bool struct {
	Value bool
	Valid bool
}

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (v *Bool) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1":
		*v = Bool{true, true}
	case "false", "0":
		*v = Bool{false, true}
	default:
		*v = Bool{}
	}
	return nil
}

// Ptr is nil where there was no truth value.
func (v Bool) Ptr() *bool {
	if !v.Valid {
		return nil
	}
	return &v.Value
}

// Time takes RFC 3339, "2006-01-02 15:04:05" in UTC, and Unix milliseconds; the
// result is in UTC. Anything else is the zero time.
type Time struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (t *Time) UnmarshalJSON(b []byte) error {
	t.Time = time.Time{}
	value := text(b)
	if value == "" {
		return nil
	}
	for _, layout := range [...]string{time.RFC3339Nano, time.DateTime} {
		if at, err := time.Parse(layout, value); err == nil && at.UTC().Year() > 0 && at.UTC().Year() <= 9999 {
			t.Time = at.UTC()
			return nil
		}
	}
	// The year 9999 ends at 253402300799999.
	if ms, err := strconv.ParseInt(value, 10, 64); err == nil && ms > 0 && ms <= 253402300799999 {
		t.Time = time.UnixMilli(ms).UTC()
	}
	return nil
}

// List takes an array and keeps the elements that decode into T. Valid tells
// whether there was an array, Null whether there was an explicit null instead,
// Dropped how many elements did not fit.
type List[T any] struct {
	Items   []T
	Dropped int
	Valid   bool
	Null    bool
}

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (l *List[T]) UnmarshalJSON(b []byte) error {
	*l = List[T]{Null: string(b) == "null"}
	var raw []json.RawMessage
	if !bytes.HasPrefix(b, []byte("[")) || json.Unmarshal(b, &raw) != nil {
		return nil
	}
	l.Valid, l.Items = true, make([]T, 0, len(raw))
	for _, r := range raw {
		var item T
		if bytes.Equal(r, []byte("null")) || json.Unmarshal(r, &item) != nil {
			l.Dropped++
			continue
		}
		l.Items = append(l.Items, item)
	}
	return nil
}

// Object takes an object that decodes into T. Valid is false for anything else.
type Object[T any] struct {
	Value T
	Valid bool
}

// UnmarshalJSON implements json.Unmarshaler and never fails.
func (o *Object[T]) UnmarshalJSON(b []byte) error {
	*o = Object[T]{}
	if bytes.HasPrefix(b, []byte("{")) && json.Unmarshal(b, &o.Value) == nil {
		o.Valid = true
	}
	return nil
}
