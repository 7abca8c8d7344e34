package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"

	"github.com/manifold-graph/manifold/graph/person"
)

// SecretHeader carries the secret of a Pipefy webhook, among the headers with which it is registered.
const SecretHeader = "X-Webhook-Secret"

// Lock tells whether a request knows a secret. It keeps digests alone, and compares them in a time that says nothing
// about how much of a guess was right. The zero Lock opens to nobody.
type Lock struct {
	// key is the digest to know; nil opens to nobody.
	key      func() [sha256.Size]byte
	before   string // what stands before the secret in what is digested
	from     func(*http.Request) string
	inPath   bool
	question string
}

// Basic opens to HTTP Basic authentication, which Pipedrive sends.
func Basic(user, password string) Lock {
	l := newLock(user+"\x00"+password, func(r *http.Request) string {
		user, password, _ := r.BasicAuth()
		return user + "\x00" + password
	})
	l.before = user + "\x00"
	l.question = `Basic realm="webhooks"`
	return l
}

// Header opens to a secret in SecretHeader, which Pipefy sends if it is told to.
func Header(secret string) Lock {
	return newLock(secret, func(r *http.Request) string { return r.Header.Get(SecretHeader) })
}

// Path opens to a secret at the end of the path: Pipedream sends nothing else.
func Path(secret string) Lock {
	l := newLock(secret, func(r *http.Request) string { return r.PathValue("secret") })
	l.inPath = true
	return l
}

func newLock(secret string, from func(*http.Request) string) Lock {
	digest := sha256.Sum256([]byte(secret))
	return Lock{key: func() [sha256.Size]byte { return digest }, from: from}
}

// Renewed is the same lock for a secret, or password, that may change: secret is asked at every request.
func (l Lock) Renewed(secret func() string) Lock {
	before := l.before
	l.key = func() [sha256.Size]byte { return sha256.Sum256([]byte(before + secret())) }
	return l
}

func (l Lock) opens(r *http.Request) bool {
	if l.key == nil {
		return false
	}
	given, key := sha256.Sum256([]byte(l.from(r))), l.key()
	return subtle.ConstantTimeCompare(given[:], key[:]) == 1
}

// refuse answers a wrong secret. One in the path makes the address a wrong one.
func (l Lock) refuse(w http.ResponseWriter) {
	if l.inPath {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if l.question != "" {
		w.Header().Set("WWW-Authenticate", l.question)
	}
	w.WriteHeader(http.StatusUnauthorized)
}

// Place is the path at which a source's webhook is to be registered; Pipedream's secret is written as {secret}.
func Place(system person.System, source person.SourceID) string {
	path := "/webhooks/" + system.String() + "/" + string(source)
	if system == person.Pipedream {
		path += "/{secret}"
	}
	return path
}
