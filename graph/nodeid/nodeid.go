// Package nodeid spells ids and cursors. They are opaque, authenticated and
// deterministic: the same thing has the same id in every replica that holds the
// same secret, nothing can be read out of it, and nothing can be forged.
//
// A payload is sealed as in a synthetic IV mode: its HMAC-SHA256, cut to 16
// bytes, is both the proof of origin and the IV under which AES-CTR hides it.
// Sub-keys are derived from one secret, one per purpose.
package nodeid

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"

	"github.com/manifold-graph/manifold/graph/person"
)

// MinSecret is the shortest secret that New accepts, in bytes.
const MinSecret = 16

// Codec seals and opens ids and cursors. It is safe for concurrent use.
type Codec struct {
	ids     sealer
	cursors sealer
	// people holds keyed hashes for PersonID, which runs once for every identity of
	// every snapshot.
	people sync.Pool
}

// New derives a Codec from a secret of at least MinSecret bytes. All replicas
// of one Manifold share the secret; changing it retires every id.
func New(secret []byte) (*Codec, error) {
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("nodeid: the secret has %d bytes and needs at least %d", len(secret), MinSecret)
	}
	ids, err := newSealer(secret, "id")
	if err != nil {
		return nil, err
	}
	cursors, err := newSealer(secret, "cursor")
	if err != nil {
		return nil, err
	}
	people, err := subkey(secret, "person", sha256.Size)
	if err != nil {
		return nil, err
	}
	c := &Codec{ids: ids, cursors: cursors}
	c.people.New = func() any { return hmac.New(sha256.New, people) }
	return c, nil
}

// PersonID is the id of the person whose smallest identity key is k.
func (c *Codec) PersonID(k person.Key) person.ID {
	mac := c.people.Get().(hash.Hash)
	defer c.people.Put(mac)
	mac.Reset()
	var buf [128]byte
	mac.Write(appendKey(buf[:0], k))
	return person.ID(mac.Sum(buf[:0])[:16])
}

// sealer is one purpose's pair of keys.
type sealer struct {
	mac   []byte
	block cipher.Block
}

func newSealer(secret []byte, purpose string) (sealer, error) {
	mac, err := subkey(secret, purpose+" mac", sha256.Size)
	if err != nil {
		return sealer{}, err
	}
	key, err := subkey(secret, purpose+" cipher", 32)
	if err != nil {
		return sealer{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("nodeid: %w", err)
	}
	return sealer{mac: mac, block: block}, nil
}

func subkey(secret []byte, purpose string, size int) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "manifold nodeid v1 "+purpose, size)
	if err != nil {
		return nil, fmt.Errorf("nodeid: derive the key of %s: %w", purpose, err)
	}
	return key, nil
}

const ivSize = aes.BlockSize

// maxText bounds what is worth opening, in bytes: several times the longest id.
const maxText = 8 << 10

func (s sealer) iv(payload []byte) []byte {
	mac := hmac.New(sha256.New, s.mac)
	mac.Write(payload)
	return mac.Sum(nil)[:ivSize]
}

func (s sealer) seal(payload []byte) string {
	sealed := make([]byte, ivSize+len(payload))
	iv := s.iv(payload)
	copy(sealed, iv)
	cipher.NewCTR(s.block, iv).XORKeyStream(sealed[ivSize:], payload)
	return base64.RawURLEncoding.EncodeToString(sealed)
}

var errForged = errors.New("nodeid: not sealed with this secret")

func (s sealer) open(text string) ([]byte, error) {
	if len(text) > maxText || strings.ContainsAny(text, "\r\n") {
		// The decoder would overlook line breaks, and one thing would have many ids.
		return nil, errForged
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(sealed) <= ivSize {
		return nil, errForged
	}
	payload := make([]byte, len(sealed)-ivSize)
	cipher.NewCTR(s.block, sealed[:ivSize]).XORKeyStream(payload, sealed[ivSize:])
	if subtle.ConstantTimeCompare(s.iv(payload), sealed[:ivSize]) != 1 {
		return nil, errForged
	}
	return payload, nil
}
