package link

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
)

// hasher makes the digests that stand for an address in external user ids.
type hasher struct{ key []byte }

// addHash gives the place of the hasher for key, which rules of one key share.
func (l *Linker) addHash(key []byte) int {
	for i, h := range l.hashes {
		if bytes.Equal(h.key, key) {
			return i
		}
	}
	l.hashes = append(l.hashes, hasher{bytes.Clone(key)})
	return len(l.hashes) - 1
}

func (h hasher) sum(text []byte) [sha256.Size]byte {
	if len(h.key) == 0 {
		return sha256.Sum256(text)
	}
	mac := hmac.New(sha256.New, h.key)
	mac.Write(text)
	var sum [sha256.Size]byte
	mac.Sum(sum[:0])
	return sum
}
