package wire

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// NewTransport is a pooled HTTP/1.1 transport. HTTP/2 is off: its client may
// replay a refused stream on its own, and each send must be charged.
func NewTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		Protocols:              protocols,
	}
}

// once is a request body that cannot be rewound. net/http replays a GET, HEAD,
// OPTIONS or TRACE on another connection when a reused one turns out to be dead,
// unless it has a body without GetBody: then the failure comes back to us. An
// empty once is sent as no body at all by these methods.
type once struct{ io.Reader }

func (once) Close() error { return nil }

func bodyOf(method string, body []byte) io.ReadCloser {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
	default:
		if len(body) == 0 {
			return http.NoBody // never replayed; an empty once would be sent as chunks
		}
	}
	return once{bytes.NewReader(body)}
}

// sendTrace learns from net/http whether a request can have reached the network.
type sendTrace struct{ asked, got atomic.Bool }

func (s *sendTrace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { s.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { s.got.Store(true) },
	}
}

// sent is false only when the transport looked for a connection and never had
// one. A transport that reports nothing counts as having sent.
func (s *sendTrace) sent() bool { return !s.asked.Load() || s.got.Load() }
