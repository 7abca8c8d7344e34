package nodeid_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/person"
)

func codec(t testing.TB, secret string) *nodeid.Codec {
	t.Helper()
	c, err := nodeid.New([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const secret = "a secret of at least sixteen bytes"

func TestShortSecretIsRefused(t *testing.T) {
	if _, err := nodeid.New(bytes.Repeat([]byte("x"), nodeid.MinSecret-1)); err == nil {
		t.Error("a secret of 15 bytes was accepted")
	}
	if _, err := nodeid.New(bytes.Repeat([]byte("x"), nodeid.MinSecret)); err != nil {
		t.Errorf("a secret of 16 bytes was refused: %v", err)
	}
}

func keys() *rapid.Generator[person.Key] {
	return rapid.Custom(func(t *rapid.T) person.Key {
		return person.Key{
			System:  rapid.SampledFrom(person.Systems[:]).Draw(t, "system"),
			Account: rapid.String().Draw(t, "account"),
			ID:      rapid.String().Draw(t, "id"),
		}
	})
}

func resourceKeys() *rapid.Generator[person.ResourceKey] {
	return rapid.Custom(func(t *rapid.T) person.ResourceKey {
		k := keys().Draw(t, "key")
		kind := rapid.SampledFrom([]person.ResourceKind{person.ResourceCompany, person.ResourcePipe, person.ResourceConnectedApp}).Draw(t, "kind")
		return person.ResourceKey{System: k.System, Account: k.Account, Kind: kind, ID: k.ID}
	})
}

func TestIDsRoundTrip(t *testing.T) {
	c := codec(t, secret)
	rapid.Check(t, func(t *rapid.T) {
		decode := func(s string, want nodeid.Kind) nodeid.ID {
			id, err := c.Decode(s)
			if err != nil || id.Kind() != want {
				t.Fatalf("%s decoded as %v, %v", want, id.Kind(), err)
			}
			return id
		}
		k := keys().Draw(t, "identity")
		if got, ok := decode(c.Identity(k), nodeid.KindIdentity).Identity(); !ok || got != k {
			t.Errorf("identity %v came back as %v", k, got)
		}
		r := resourceKeys().Draw(t, "resource")
		if got, ok := decode(c.Resource(r), nodeid.KindResource).Resource(); !ok || got != r {
			t.Errorf("resource %v came back as %v", r, got)
		}
		s := person.SourceID(rapid.String().Draw(t, "source"))
		if got, ok := decode(c.Source(s), nodeid.KindSource).Source(); !ok || got != s {
			t.Errorf("source %v came back as %v", s, got)
		}
		p := c.PersonID(k)
		id := decode(c.Person(p), nodeid.KindPerson)
		if got, ok := id.Person(); !ok || got != p {
			t.Errorf("person %v came back as %v", p, got)
		}
		if _, ok := id.Identity(); ok {
			t.Error("a person's id answers as an identity's")
		}
	})
}

func TestIDsAreStableAndTheirOwn(t *testing.T) {
	a := person.Key{System: person.Pipefy, Account: "1", ID: "23"}
	b := person.Key{System: person.Pipefy, Account: "12", ID: "3"}
	c, again, other := codec(t, secret), codec(t, secret), codec(t, "another secret of sixteen bytes")
	if c.Identity(a) != again.Identity(a) || c.PersonID(a) != again.PersonID(a) {
		t.Error("two replicas with one secret spell an id differently")
	}
	if c.Identity(a) == c.Identity(b) || c.PersonID(a) == c.PersonID(b) {
		t.Error("two identities share an id")
	}
	if c.PersonID(a) != other.PersonID(a) || c.Person(c.PersonID(a)) == other.Person(other.PersonID(a)) {
		t.Error("a person is to be the same whatever the secret, and its id to be sealed with the secret")
	}
	refused(t, other, c.Identity(a), "with another secret")
}

func refused(t testing.TB, c *nodeid.Codec, s, why string) {
	t.Helper()
	if _, err := c.Decode(s); err == nil || fault.KindOf(err) != fault.BadUserInput {
		t.Errorf("an id %s gave %v, not BAD_USER_INPUT", why, err)
	}
}

func TestForeignTextIsNoID(t *testing.T) {
	c := codec(t, secret)
	id := c.Source("crm")
	for why, s := range map[string]string{
		"that is empty":                     "",
		"that is a word":                    "person",
		"with padding":                      id + "=",
		"with white space":                  id + "\n",
		"that is cut":                       id[:len(id)-2],
		"that is only an IV":                base64.RawURLEncoding.EncodeToString(make([]byte, 16)),
		"that is a cursor":                  c.Cursor("people", []byte("x")),
		"in the standard alphabet":          strings.Repeat("+/", 20),
		"with a null byte":                  id + "\x00",
		"of zeroes":                         base64.RawURLEncoding.EncodeToString(make([]byte, 40)),
		"with another length and same head": id + "AAAA",
	} {
		refused(t, c, s, why)
	}
}

func TestNothingCanBeReadOutOfAnID(t *testing.T) {
	c := codec(t, secret)
	k := person.Key{System: person.Pipedream, Account: "proj_abc/production", ID: "ann@acme.example"}
	r := person.ResourceKey{System: person.Pipefy, Account: "301234", Kind: person.ResourcePipe, ID: "309876"}
	for _, s := range []string{
		c.Identity(k), c.Resource(r), c.Source("pipedrive-acme"), c.Person(c.PersonID(k)), c.Cursor("people", []byte("ann@acme.example")),
	} {
		raw, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatalf("%s is not unpadded base64url", s)
		}
		for _, secret := range []string{"ann", "acme", "proj_abc", "production", "301234", "309876", "pipedrive", "people"} {
			if strings.Contains(s, secret) || bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%q can be read out of %s", secret, s)
			}
		}
	}
}

func TestIDsAreShort(t *testing.T) {
	c := codec(t, secret)
	uuid := "0193a5b2-7c1e-7d4a-9f00-1234567890ab"
	for _, s := range []string{
		c.Person(person.ID{}),
		c.Source("pipedream-production"),
		c.Identity(person.Key{System: person.Pipedrive, Account: "12345678", ID: "12345678"}),
		c.Identity(person.Key{System: person.Pipedream, Account: "proj_aBcDeFg/production", ID: uuid}),
		c.Cursor("people by name", append([]byte("maria fernanda garcia lopez\x00"), make([]byte, 16)...)),
	} {
		if len(s) > 110 {
			t.Errorf("%s is %d characters long", s, len(s))
		}
	}
}

func TestCursorsBelongToTheirList(t *testing.T) {
	c := codec(t, secret)
	rapid.Check(t, func(t *rapid.T) {
		list, position := rapid.String().Draw(t, "list"), rapid.SliceOf(rapid.Byte()).Draw(t, "position")
		s := c.Cursor(list, position)
		got, err := c.DecodeCursor(s, list)
		if err != nil || !bytes.Equal(got, position) {
			t.Fatalf("%x came back as %x, %v", position, got, err)
		}
		if got == nil {
			t.Fatal("an empty position came back as none")
		}
		other := list + rapid.StringN(1, 8, -1).Draw(t, "more")
		_, err = c.DecodeCursor(s, other)
		if fault.KindOf(err) != fault.BadUserInput || !strings.Contains(fault.From(err).Message, "another list") {
			t.Fatalf("a cursor of %q was taken for %q: %v", list, other, err)
		}
	})
}

func TestForeignTextIsNoCursor(t *testing.T) {
	c := codec(t, secret)
	for _, s := range []string{"", "YXJyYXljb25uZWN0aW9uOjA", c.Source("people"), c.Cursor("people", nil) + "A"} {
		_, err := c.DecodeCursor(s, "people")
		if fault.KindOf(err) != fault.BadUserInput || err == nil || !strings.Contains(fault.From(err).Message, "not a cursor") {
			t.Errorf("%q was taken for a cursor: %v", s, err)
		}
	}
}

func TestAFlippedBitIsRefused(t *testing.T) {
	c := codec(t, secret)
	rapid.Check(t, func(t *rapid.T) {
		s := c.Identity(keys().Draw(t, "key"))
		raw, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		bit := rapid.IntRange(0, 8*len(raw)-1).Draw(t, "bit")
		raw[bit/8] ^= 1 << (bit % 8)
		if id, err := c.Decode(base64.RawURLEncoding.EncodeToString(raw)); err == nil {
			t.Fatalf("bit %d flipped gave %v", bit, id)
		}
	})
}

// FuzzDecode shows that no text makes decoding panic, and that whatever decodes
// is spelled the one way that we spell it.
func FuzzDecode(f *testing.F) {
	c := codec(f, secret)
	k := person.Key{System: person.Pipedream, Account: "p/production", ID: "a\x00b"}
	for _, s := range []string{
		"", "AA", c.Person(c.PersonID(k)), c.Identity(k), c.Source("crm"), c.Cursor("people", []byte("x")),
		c.Resource(person.ResourceKey{System: person.Pipefy, Account: "1", Kind: person.ResourcePipe, ID: "2"}),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := c.DecodeCursor(s, "people"); err != nil && fault.KindOf(err) != fault.BadUserInput {
			t.Errorf("cursor %q: %v", s, err)
		}
		id, err := c.Decode(s)
		if err != nil {
			if fault.KindOf(err) != fault.BadUserInput {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		again := ""
		if p, ok := id.Person(); ok {
			again = c.Person(p)
		} else if k, ok := id.Identity(); ok {
			again = c.Identity(k)
		} else if r, ok := id.Resource(); ok {
			again = c.Resource(r)
		} else if n, ok := id.Source(); ok {
			again = c.Source(n)
		}
		if again != s {
			t.Errorf("%q is the same id as %q", s, again)
		}
	})
}

// BenchmarkPersonID runs once for every identity of every build.
func BenchmarkPersonID(b *testing.B) {
	c := codec(b, secret)
	k := person.Key{System: person.Pipedrive, Account: "1234567", ID: "7654321"}
	b.ReportAllocs()
	for b.Loop() {
		c.PersonID(k)
	}
}
