package wire

import (
	"context"
	"net/http"
)

// Authorizer puts a credential on requests. Implementations are safe for
// concurrent use and never log what they set.
type Authorizer interface {
	// Authorize sets the credential on one attempt's headers. On an error nothing is
	// sent, and the error is returned to the caller of Do unchanged.
	Authorize(ctx context.Context, h http.Header) error
	// Rejected is told that the vendor answered 401 to these headers. It reports
	// whether the next Authorize will set another credential.
	Rejected(h http.Header) bool
}

// Header is a credential that never changes: the header name and its value.
// Printing one shows the name alone.
type Header struct{ name, value string }

// HeaderToken sends value in the named header.
func HeaderToken(name, value string) Header { return Header{name, value} }

// BearerToken sends "Authorization: Bearer <token>".
func BearerToken(token string) Header { return Header{"Authorization", "Bearer " + token} }

// Authorize implements Authorizer.
func (t Header) Authorize(_ context.Context, h http.Header) error {
	h.Set(t.name, t.value)
	return nil
}

// Rejected implements Authorizer: there is nothing to renew.
func (Header) Rejected(http.Header) bool { return false }

// String names the header and hides its value.
func (t Header) String() string { return t.name + ": (hidden)" }

// GoString hides the value from %#v as well.
func (t Header) GoString() string { return t.String() }
