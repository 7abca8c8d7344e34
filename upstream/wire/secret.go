package wire

import (
	"context"
	"net/http"
	"strings"
)

// Secret is a credential that may change while the process runs; secret.Source is one.
type Secret interface {
	// Value is the newest that is known.
	Value() string
	// Changed is told that the vendor refused the value than. It may look for a newer one, and tells whether there is one.
	Changed(than string) bool
}

// SecretHeader sends a Secret's value in the named header, after prefix ("Bearer "). A 401 makes it look for a newer
// value at once, so that a rotation costs at most one refused attempt.
func SecretHeader(name, prefix string, s Secret) Authorizer { return secretHeader{name, prefix, s} }

type secretHeader struct {
	name, prefix string
	secret       Secret
}

func (t secretHeader) Authorize(_ context.Context, h http.Header) error {
	h.Set(t.name, t.prefix+t.secret.Value())
	return nil
}

func (t secretHeader) Rejected(h http.Header) bool {
	return t.secret.Changed(strings.TrimPrefix(h.Get(t.name), t.prefix))
}

// String names the header and hides its value.
func (t secretHeader) String() string { return t.name + ": (hidden)" }

// GoString hides the value from %#v as well.
func (t secretHeader) GoString() string { return t.String() }
