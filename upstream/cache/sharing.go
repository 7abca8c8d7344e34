package cache

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// errElsewhere is a failure of another process that it could not put into words.
var errElsewhere = errors.New("cache: the load failed in another process")

// Sharing is how a Cache takes part in a second level.
type Sharing[K comparable, V any] struct {
	Remote Remote
	// Schema is the version of what Encode writes: another version's values are not seen.
	Schema uint32
	// Name is the key as text, the same in every process. It is hashed before it leaves the process.
	Name func(K) string
	// Encode and Decode turn a value into bytes and back; Decode gets nothing but what some Encode wrote.
	Encode func(V) ([]byte, error)
	Decode func([]byte) (V, error)
	// EncodeError turns a load's error into what other processes may know of it, and DecodeError back.
	EncodeError func(error) []byte
	DecodeError func([]byte) error
	// Lease is for how long a flight has a key unless it renews; 3 s when 0.
	Lease time.Duration
	// Poll is how often one who waits for another process looks by itself; 500 ms when 0.
	Poll time.Duration
}

// tag names key in the second level.
func (s *Sharing[K, V]) tag(key K) string {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint32(nil, s.Schema), s.Name(key)...))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// decodeError is DecodeError, but never nil.
func (s *Sharing[K, V]) decodeError(b []byte) error {
	if err := s.DecodeError(b); err != nil {
		return err
	}
	return errElsewhere
}
