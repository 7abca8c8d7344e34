package cache

import (
	"bytes"
	"testing"
)

func TestSealedValuesComeBack(t *testing.T) {
	for _, body := range [][]byte{{}, []byte("1"), bytes.Repeat([]byte(`{"name":"can_add_products"}`), 1000), make([]byte, maxBody)} {
		record, err := seal(7, body)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := unseal(7, record); !ok || !bytes.Equal(got, body) {
			t.Errorf("%d bytes came back as %d", len(body), len(got))
		}
		if len(record) > len(body)+recordHead+1 {
			t.Errorf("%d bytes became %d", len(body), len(record))
		}
		if _, ok := unseal(8, record); ok {
			t.Error("another schema's value was read")
		}
		for i := range min(len(record), 200) {
			broken := bytes.Clone(record)
			broken[i] ^= 0x10
			if _, ok := unseal(7, broken); ok {
				t.Errorf("byte %d of %d is not protected", i, len(record))
			}
		}
	}
	if _, err := seal(7, make([]byte, maxBody+1)); err == nil {
		t.Error("more than can be read was sealed")
	}
}

// TestABombIsAMiss: a small record that unpacks to more than maxBody, sealed by the rules.
func TestABombIsAMiss(t *testing.T) {
	if _, ok := unseal(1, resealed(compressor.EncodeAll(make([]byte, 64<<20), []byte{compressed}))); ok {
		t.Error("64 MiB were unpacked")
	}
}

// resealed puts a good head before a rest that nobody checked.
func resealed(rest []byte) []byte {
	record, _ := seal(1, nil)
	return withChecksum(append(record[:recordHead], rest...))
}

// FuzzUnseal gets past the checksum, or it would find nothing.
func FuzzUnseal(f *testing.F) {
	good, _ := seal(1, bytes.Repeat([]byte("abc"), 100))
	f.Add(good[recordHead:])
	f.Add([]byte{plain, 'x'})
	f.Add([]byte{compressed})
	f.Add([]byte{9, 9})
	f.Add(compressor.EncodeAll(make([]byte, 16<<20), []byte{compressed}))
	f.Fuzz(func(t *testing.T, rest []byte) {
		body, ok := unseal(1, resealed(rest))
		if len(body) > maxBody || !ok && body != nil {
			t.Errorf("%d bytes, %v", len(body), ok)
		}
		if _, ok := unseal(1, rest); ok && len(rest) > 0 && rest[0] != recordFormat {
			t.Error("another format was read")
		}
	})
}
