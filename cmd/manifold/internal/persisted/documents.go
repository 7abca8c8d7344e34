package persisted

import (
	"strings"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

const (
	// registeredBytes bounds what clients have registered, in bytes of memory.
	registeredBytes = 16 << 20
	// largestRegistered is the longest text that is registered. A document's bound of tokens is far below it.
	largestRegistered = 1 << 20
	// entryBytes is what one takes beside its text: its hash, and its place.
	entryBytes = 256

	sha256Prefix = "sha256:"
)

// Documents are those that are known by an id. Those registered are texts alone: whoever asks for one is asked again
// for everything that its text would be asked for. The zero Documents trusts none; it MUST be made by New.
type Documents struct {
	// only executes trusted documents, and registers none.
	only       bool
	trusted    atomic.Pointer[trusted]
	registered *otter.Cache[string, string]
}

type trusted struct {
	byID map[string]string
	// byHash has the same by "sha256:" and hash of the text, whatever their ids.
	byHash map[string]string
}

// New makes Documents that trust these. Only takes nothing else.
func New(only bool, documents []Document) *Documents {
	d := &Documents{only: only, registered: otter.Must(&otter.Options[string, string]{
		MaximumWeight: registeredBytes,
		Weigher:       func(_, body string) uint32 { return uint32(entryBytes + len(body)) },
	})}
	d.Trust(documents)
	return d
}

// Only tells whether nothing but trusted documents is executed.
func (d *Documents) Only() bool { return d.only }

// Trust takes these documents for those that were trusted before.
func (d *Documents) Trust(documents []Document) {
	t := &trusted{byID: make(map[string]string, len(documents)), byHash: make(map[string]string, len(documents))}
	for _, each := range documents {
		t.byID[each.ID] = each.Body
		t.byHash[sha256Prefix+Hash(each.Body)] = each.Body
	}
	d.trusted.Store(t)
}

// Trusted is the trusted document of an id: the manifest's own, or sha256: and either that or the hash of the text.
func (d *Documents) Trusted(id string) (body string, ok bool) {
	t := d.trusted.Load()
	for _, try := range []struct {
		known map[string]string
		id    string
	}{{t.byID, id}, {t.byHash, id}, {t.byID, strings.TrimPrefix(id, sha256Prefix)}} {
		if body, ok = try.known[try.id]; ok {
			return body, true
		}
	}
	return "", false
}

// Trusts tells whether a text is a trusted document's, to the letter.
func (d *Documents) Trusts(body string) bool {
	t := d.trusted.Load()
	if len(t.byHash) == 0 {
		return false
	}
	_, ok := t.byHash[sha256Prefix+Hash(body)]
	return ok
}

// Registered is what a client has registered under sha256: and its hash.
func (d *Documents) Registered(id string) (body string, ok bool) {
	hash, prefixed := strings.CutPrefix(id, sha256Prefix)
	if !prefixed || d.only {
		return "", false
	}
	return d.registered.GetIfPresent(hash)
}

// Register keeps a text whose hash was checked.
func (d *Documents) Register(hash, body string) {
	if !d.only && len(body) <= largestRegistered {
		d.registered.Set(hash, strings.Clone(body)) // the text may be part of a far larger body
	}
}
