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
	ids     purpose
	cursors purpose
	// people holds keyed hashes for PersonID, which runs once for every identity of
	// every snapshot.
	people sync.Pool
}

// New derives a Codec from secrets of at least MinSecret bytes each. It seals with
// secret, and opens what was sealed with that or a previous one, so that a secret can
// be changed while clients hold ids. All replicas of one Manifold share the secrets;
// taking one away retires what was sealed with it.
func New(secret []byte, previous ...[]byte) (*Codec, error) {
	c := &Codec{}
	for _, s := range append([][]byte{secret}, previous...) {
		if len(s) < MinSecret {
			return nil, fmt.Errorf("nodeid: a secret has %d bytes and needs at least %d", len(s), MinSecret)
		}
		id, err := newSealer(s, "id")
		if err != nil {
			return nil, err
		}
		cursor, err := newSealer(s, "cursor")
		if err != nil {
			return nil, err
		}
		c.ids, c.cursors = append(c.ids, id), append(c.cursors, cursor)
	}
	c.people.New = func() any { return hmac.New(sha256.New, []byte(personKey)) }
	return c, nil
}

// personKey is no secret: nobody sees a person.ID unsealed, and one that depended on the
// secret would change with it, also within ids and cursors that can still be opened.
const personKey = "manifold nodeid v1 person"

// PersonID is the id of the person whose smallest identity key is k. It is to be shown
// sealed alone: see Person.
func (c *Codec) PersonID(k person.Key) person.ID {
	mac := c.people.Get().(hash.Hash)
	defer c.people.Put(mac)
	mac.Reset()
	var buf [128]byte
	mac.Write(appendKey(buf[:0], k))
	return person.ID(mac.Sum(buf[:0])[:16])
}

// purpose is the sealers of one purpose: the newest secret's, then those of previous ones.
type purpose []sealer

func (p purpose) seal(payload []byte) string { return p[0].seal(payload) }

func (p purpose) open(text string) (payload []byte, err error) {
	for _, s := range p {
		if payload, err = s.open(text); err == nil {
			return payload, nil
		}
	}
	return nil, err
}

// sealer is one purpose's pair of keys of one secret.
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
