package nodeid_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
)

// FuzzForged changes and cuts what was sealed: none of it opens, as an id or as a cursor.
func FuzzForged(f *testing.F) {
	f.Add("people", []byte("ann\x00"), uint16(3), byte(1), uint16(0))
	f.Add("people", []byte("ann\x00"), uint16(24), byte(1), uint16(0)) // in the position, which nothing but the proof of origin guards
	f.Add("", []byte{}, uint16(0), byte(0x80), uint16(1))
	f.Add("members of x", []byte("b"), uint16(200), byte(0xff), uint16(17))
	c := codec(f, secret)
	f.Fuzz(func(t *testing.T, list string, position []byte, at uint16, flip byte, cut uint16) {
		// Longer ones are not spelled.
		list, position = list[:min(len(list), 512)], position[:min(len(position), 512)]
		k := person.Key{System: person.Pipefy, Account: list, ID: string(position)}
		opens := map[string]func(string) error{
			c.Cursor(list, position): func(s string) error { _, err := c.DecodeCursor(s, list); return err },
			c.Identity(k):            func(s string) error { _, err := c.Decode(s); return err },
		}
		for sealed, open := range opens {
			if err := open(sealed); err != nil {
				t.Fatalf("what was sealed does not open: %v", err)
			}
			raw, _ := base64.RawURLEncoding.DecodeString(sealed)
			bad := bytes.Clone(raw)
			bad[int(at)%len(bad)] ^= flip
			bad = bad[:len(bad)-int(cut)%len(bad)]
			if !bytes.Equal(bad, raw) && open(base64.RawURLEncoding.EncodeToString(bad)) == nil {
				t.Errorf("%x opened in the place of %x", bad, raw)
			}
		}
		if _, err := c.DecodeCursor(c.Identity(k), list); err == nil {
			t.Error("an id opened as a cursor")
		}
		if _, err := c.Decode(c.Cursor(list, position)); err == nil {
			t.Error("a cursor opened as an id")
		}
		if list != "" {
			if _, err := c.DecodeCursor(c.Cursor(list, position), list[1:]); err == nil {
				t.Error("a cursor opened in another list")
			}
		}
	})
}
