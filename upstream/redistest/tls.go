package redistest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// StartTLS starts a server that speaks TLS alone, with a certificate for 127.0.0.1 by a certificate authority of its own.
// Clients that Client makes trust it.
func StartTLS(t testing.TB, args ...string) *Server {
	t.Helper()
	quiet()
	dir := t.TempDir()
	authority := newAuthority(t)
	s := &Server{t: t, dir: dir, port: freePort(t), caFile: filepath.Join(dir, "ca.pem")}
	cert, key := filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key")
	write(t, s.caFile, "CERTIFICATE", authority.certificate.Raw)
	signed, secret := authority.issue(t)
	write(t, cert, "CERTIFICATE", signed)
	write(t, key, "EC PRIVATE KEY", secret)
	trusted := x509.NewCertPool()
	trusted.AddCert(authority.certificate)
	s.secure = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusted}
	s.args = append([]string{"--port", "0", "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", s.caFile, "--tls-auth-clients", "no"}, args...)
	s.launch()
	s.ready()
	return s
}

// CAFile is the PEM file of the authority that vouches for a server of StartTLS.
func (s *Server) CAFile() string { return s.caFile }

// AnotherCA is the PEM file of an authority that vouches for no server.
func AnotherCA(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "another-ca.pem")
	write(t, file, "CERTIFICATE", newAuthority(t).certificate.Raw)
	return file
}

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key := newKey(t)
	self := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redistest authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, self, self, &key.PublicKey, key)
	must(t, err)
	certificate, err := x509.ParseCertificate(raw)
	must(t, err)
	return authority{certificate, key}
}

// issue makes a server's certificate and its key, in DER.
func (a authority) issue(t testing.TB) (certificate, key []byte) {
	t.Helper()
	secret := newKey(t)
	certificate, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "redistest"}, NotBefore: a.certificate.NotBefore, NotAfter: a.certificate.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, a.certificate, &secret.PublicKey, a.key)
	must(t, err)
	key, err = x509.MarshalECPrivateKey(secret)
	must(t, err)
	return certificate, key
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

func write(t testing.TB, file, kind string, der []byte) {
	t.Helper()
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}
