// Package optional is how a value that may be missing is shown: the zero value as nil.
package optional

import "time"

// Text is s; nil when it is empty.
func Text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Instant is t; nil when it is zero.
func Instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
