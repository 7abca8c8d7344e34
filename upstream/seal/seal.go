// Package seal encrypts what leaves a process to be kept elsewhere, and binds it to its place there.
package seal

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// A sealed value is: the format, the id of its key, a nonce, the ciphertext and its tag. AES-256-GCM authenticates the first two
// and the place as well. Nonces are random: one key seals at most 2^32 values (NIST SP 800-38D), a thousand a second for 49 days.
const (
	format  = 1
	idBytes = 8
	head    = 1 + idBytes
)

// What Open's errors are.
var (
	ErrUnknownKey = errors.New("sealed with a key that is not configured")
	ErrNotSealed  = errors.New("not sealed")
	ErrAltered    = errors.New("altered, or moved from another place, since it was sealed")
)

// Ring is the keys of a process: the first seals, all open. It is safe for concurrent use. Printing one shows no key.
type Ring struct {
	keys []key
	log  *slog.Logger

	mu     sync.Mutex
	logged map[string]bool
}

type key struct {
	id   [idBytes]byte
	aead cipher.AEAD
}

// New derives a Ring from secrets, which need the entropy of a key but not its form: HKDF-SHA256 makes the keys and their ids. Log,
// which may be nil, hears once of each reason why something could not be opened.
func New(secrets []string, log *slog.Logger) (*Ring, error) {
	if len(secrets) == 0 {
		return nil, errors.New("seal: no key")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Ring{log: log, logged: map[string]bool{}}
	for _, secret := range secrets {
		k, err := derive(secret)
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		r.keys = append(r.keys, k)
	}
	return r, nil
}

func derive(secret string) (k key, err error) {
	raw, err := hkdf.Key(sha256.New, []byte(secret), nil, "manifold at rest: AES-256-GCM, 1", 32)
	if err != nil {
		return k, err
	}
	id, err := hkdf.Key(sha256.New, []byte(secret), nil, "manifold at rest: key id, 1", idBytes)
	if err != nil {
		return k, err
	}
	copy(k.id[:], id)
	block, err := aes.NewCipher(raw)
	if err != nil {
		return k, err
	}
	k.aead, err = cipher.NewGCMWithRandomNonce(block)
	return k, err
}

// Overhead is how many bytes longer a sealed value is.
const Overhead = head + 12 + 16

// bound is what is authenticated beside the value.
func bound(front []byte, place string) []byte { return append(bytes.Clone(front), place...) }

// Seal encrypts b for a place: it opens nowhere else.
func (r *Ring) Seal(place string, b []byte) ([]byte, error) {
	k := r.keys[0]
	out := make([]byte, head, len(b)+Overhead)
	out[0] = format
	copy(out[1:], k.id[:])
	return k.aead.Seal(out, nil, b, bound(out, place)), nil
}

// Open gives what Seal was given, at the same place, by any of the keys.
func (r *Ring) Open(place string, sealed []byte) ([]byte, error) {
	b, err := r.open(place, sealed)
	if err != nil {
		r.tell(place, err)
	}
	return b, err
}

func (r *Ring) open(place string, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != format {
		return nil, ErrNotSealed
	}
	for _, k := range r.keys {
		if !bytes.Equal(sealed[1:head], k.id[:]) {
			continue
		}
		b, err := k.aead.Open(nil, nil, sealed[head:], bound(sealed[:head], place))
		if err != nil {
			return nil, ErrAltered
		}
		return b, nil
	}
	return nil, ErrUnknownKey
}

func (r *Ring) tell(place string, err error) {
	r.mu.Lock()
	first := !r.logged[err.Error()]
	r.logged[err.Error()] = true
	r.mu.Unlock()
	if first {
		r.log.WarnContext(context.Background(), "a value in Redis counts as absent; said once for each reason", "place", place, "reason", err.Error())
	}
}

// String hides the keys.
func (r *Ring) String() string { return fmt.Sprintf("%d keys (hidden)", len(r.keys)) }

// GoString hides them from %#v as well.
func (r *Ring) GoString() string { return r.String() }
