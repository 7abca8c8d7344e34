package authn

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// Digest is the SHA-256 of a key.
type Digest [sha256.Size]byte

const digestPrefix = "sha256:"

// DigestOf is the digest of a key.
func DigestOf(key string) Digest { return sha256.Sum256([]byte(key)) }

// String is the digest as files have it: "sha256:" and 64 hexadecimal digits.
func (d Digest) String() string { return digestPrefix + hex.EncodeToString(d[:]) }

// MarshalText implements encoding.TextMarshaler.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. Its error does not quote the text.
func (d *Digest) UnmarshalText(text []byte) error {
	raw, ok := strings.CutPrefix(string(text), digestPrefix)
	b, err := hex.DecodeString(raw)
	if !ok || err != nil || len(b) != len(d) {
		return errors.New("a digest is no digest; it is sha256: and 64 hexadecimal digits")
	}
	copy(d[:], b)
	return nil
}

// KeyPrefix begins every key made here, so that scanners for leaked secrets recognise one.
const KeyPrefix = "mfk_"

const keyBytes, sumBytes = 32, 4

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewKey makes a key of 256 bits out of random: KeyPrefix, the bits, and a checksum that tells a slip of the
// clipboard from a wrong key.
func NewKey(random io.Reader) (string, error) {
	var bits [keyBytes]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", fmt.Errorf("no randomness for a key: %w", err)
	}
	body := letters.EncodeToString(bits[:])
	return KeyPrefix + body + checksum(body), nil
}

func checksum(body string) string {
	n := crc32.ChecksumIEEE([]byte(body))
	return letters.EncodeToString([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// misspelt tells whether token has the form of a key made here and is none.
func misspelt(token string) bool {
	rest, ours := strings.CutPrefix(token, KeyPrefix)
	if !ours {
		return false
	}
	n := len(rest) - letters.EncodedLen(sumBytes)
	return n != letters.EncodedLen(keyBytes) || checksum(rest[:n]) != rest[n:]
}
