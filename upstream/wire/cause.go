package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
)

// cause is an error whose text is ours. The original stays reachable for
// errors.Is, but is never printed: net/http quotes the peer's bytes.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

// broken is the verdict on an attempt that ended without a whole answer. ctx is
// the caller's, attempt the bounded one inside it.
func broken(ctx, attempt context.Context, err error) Verdict {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return Verdict{Kind: Canceled, Cause: &cause{"the caller went away", ctx.Err()}}
	case ctx.Err() != nil:
		return Verdict{Kind: Timeout, Cause: &cause{"the caller's deadline passed", ctx.Err()}}
	case attempt.Err() != nil:
		return Verdict{Kind: Timeout, Cause: &cause{"no whole answer within the time limit", attempt.Err()}}
	}
	return Verdict{Kind: Unreachable, Cause: &cause{describe(err), err}}
}

// describe puts a transport error into words without quoting it.
func describe(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "its host name does not resolve"
		}
		return "its host name could not be looked up"
	}
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &unknown), errors.As(err, &hostname), errors.As(err, &invalid), errors.As(err, &verify):
		return "its TLS certificate was not accepted"
	case errors.As(err, &record):
		return "it does not speak TLS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed early"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return "network error during " + op.Op
	}
	return "the transport failed"
}
