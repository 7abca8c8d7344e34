package share

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// roundTrip packs r in small chunks and unpacks it.
func roundTrip(t interface{ Fatalf(string, ...any) }, r *collect.Reading) (back *collect.Reading, raw int64) {
	var kept [][]byte
	m, err := pack(r, 1000, func(_ int, b []byte) error { kept = append(kept, b); return nil })
	if err != nil {
		t.Fatalf("pack: %v", err)
	}
	back, err = unpack(m, 1<<30, func(n int) ([]byte, error) { return kept[n], nil })
	if err != nil {
		t.Fatalf("unpack: %v", err)
	}
	return back, m.Raw
}

// TestEveryFieldComesBack fills every field there is, by reflection: a field that somebody adds to an identity and
// forgets here would be lost on all replicas but one.
func TestEveryFieldComesBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, system := range person.Systems {
		r := new(collect.Reading)
		fill(reflect.ValueOf(r).Elem(), rng)
		for _, i := range r.Batch.Identities {
			settle(i, system)
		}
		back, _ := roundTrip(t, r)
		if diff := cmp.Diff(r, back); diff != "" {
			t.Errorf("%s: (-sent +got)\n%s", system, diff)
		}
		changes := []directory.Change{{Key: r.Batch.Identities[0].Key, Identity: r.Batch.Identities[0], ObservedAt: r.Batch.AsOf}, {Key: r.Owner, ObservedAt: r.Batch.AsOf}}
		b, err := packChanges(changes)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpackChanges(b, 1<<20); err != nil || cmp.Diff(changes, got) != "" {
			t.Errorf("changes: %v\n%s", err, cmp.Diff(changes, got))
		}
	}
}

// settle leaves one system's part.
func settle(i *person.Identity, system person.System) {
	i.Key.System = system
	if system != person.Pipedrive {
		i.Pipedrive = nil
	}
	if system != person.Pipefy {
		i.Pipefy = nil
	}
	if system != person.Pipedream {
		i.Pipedream = nil
	}
}

// fill gives every field a value that is not its zero value, and mostly is nowhere else.
func fill(v reflect.Value, rng *rand.Rand) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(rng.Int64N(4e9), rng.Int64N(1e9)).UTC()))
			return
		}
		for i := range v.NumField() {
			if v.Type() == reflect.TypeFor[person.Resource]() && v.Type().Field(i).Name == "Parent" && rng.IntN(2) == 0 {
				continue // or they would never end
			}
			fill(v.Field(i), rng)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), rng)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range 3 {
			fill(v.Index(i), rng)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("é%d", rng.Uint32()))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(1 + rng.Uint64N(3)) // each set of values has these
	case reflect.Int, reflect.Int64:
		if v.Type() == reflect.TypeFor[time.Duration]() {
			return // Reading.Older, which AsOf has counted in when a reading is shared
		}
		v.SetInt(1 + rng.Int64N(1e9))
	default:
		panic("a kind of field that is not filled yet: " + v.Type().String())
	}
}

// TestAnyReadingComesBack has nil and empty lists, absent values, shared resources and every enumeration.
func TestAnyReadingComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyReading(t)
		back, _ := roundTrip(t, r)
		if diff := cmp.Diff(r, back); diff != "" {
			t.Fatalf("(-sent +got)\n%s", diff)
		}
		shared := map[*person.Resource]*person.Resource{}
		same := func(sent, got *person.Resource) {
			for ; sent != nil; sent, got = sent.Parent, got.Parent {
				if had, ok := shared[sent]; ok && had != got {
					t.Fatalf("%v is two resources now", sent.Key)
				}
				shared[sent] = got
			}
		}
		for n, s := range r.Batch.Resources {
			same(s, back.Batch.Resources[n])
		}
		for n, i := range r.Batch.Identities {
			for m := range i.Grants {
				same(i.Grants[m].Resource, back.Batch.Identities[n].Grants[m].Resource)
			}
		}
	})
}

func anyReading(t *rapid.T) *collect.Reading {
	text := rapid.OneOf(rapid.StringN(0, 12, -1), rapid.SampledFrom([]string{"", "admin", "a@b.example"}))
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "unset") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(-1e11, 1e11).Draw(t, "s"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns")).UTC()
	})
	maybe := rapid.Ptr(rapid.Bool(), true)
	system := rapid.SampledFrom(person.Systems[:]).Draw(t, "system")
	r := &collect.Reading{
		Title: text.Draw(t, "title"), OwnerPhone: text.Draw(t, "phone"),
		Batch: person.Batch{Source: person.SourceID(text.Draw(t, "source")), System: system, Account: text.Draw(t, "account"), AsOf: moment.Draw(t, "asof"),
			Coverage: person.Coverage{Seen: rapid.Int().Draw(t, "seen"), Total: rapid.IntRange(-1, 9).Draw(t, "total"),
				Gaps: rapid.OneOf(rapid.Just([]string(nil)), rapid.SliceOfN(text, 0, 3)).Draw(t, "gaps")}},
	}
	var resources []*person.Resource
	for range rapid.IntRange(0, 5).Draw(t, "resources") {
		resource := &person.Resource{Key: person.ResourceKey{System: system, Account: text.Draw(t, "account"), ID: text.Draw(t, "id"),
			Kind: person.ResourceKind(rapid.IntRange(1, 7).Draw(t, "kind"))}, Name: text.Draw(t, "name")}
		if len(resources) > 0 && rapid.Bool().Draw(t, "has parent") {
			resource.Parent = rapid.SampledFrom(resources).Draw(t, "parent")
		}
		resources = append(resources, resource)
		if rapid.Bool().Draw(t, "listed") {
			r.Batch.Resources = append(r.Batch.Resources, resource)
		}
	}
	for range rapid.IntRange(0, 5).Draw(t, "identities") {
		i := &person.Identity{Key: person.Key{System: system, Account: text.Draw(t, "account"), ID: text.Draw(t, "id")}, Name: text.Draw(t, "name"),
			Email: text.Draw(t, "email"), State: person.State(rapid.IntRange(0, 3).Draw(t, "state")), Kind: person.Kind(rapid.IntRange(0, 3).Draw(t, "kind")),
			CreatedAt: moment.Draw(t, "created")}
		if len(resources) > 0 {
			i.Grants = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) person.Grant {
				return person.Grant{Resource: rapid.SampledFrom(resources).Draw(t, "resource"), Level: person.Level(rapid.IntRange(0, 5).Draw(t, "level")), Role: text.Draw(t, "role")}
			}), 0, 4).Draw(t, "grants")
		}
		switch system {
		case person.Pipedrive:
			i.Pipedrive = &person.PipedriveUser{UserID: rapid.Int64().Draw(t, "user"), Activated: maybe.Draw(t, "activated"), Lang: rapid.Ptr(rapid.Int(), true).Draw(t, "lang"), LastLogin: moment.Draw(t, "login")}
		case person.Pipefy:
			i.Pipefy = &person.PipefyUser{UserID: rapid.SampledFrom([]string{i.Key.ID, "", "other"}).Draw(t, "user"), Invited: maybe.Draw(t, "invited")}
		case person.Pipedream:
			i.Pipedream = &person.PipedreamUser{ExternalUserID: i.Key.ID, Accounts: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) person.PipedreamAccount {
				return person.PipedreamAccount{ID: text.Draw(t, "id"), AppSlug: text.Draw(t, "app"), Dead: maybe.Draw(t, "dead"),
					AuthorizedScopes: rapid.OneOf(rapid.Just([]string(nil)), rapid.SliceOfN(text, 0, 3)).Draw(t, "scopes"), ExpiresAt: moment.Draw(t, "expires")}
			}), 0, 3).Draw(t, "accounts")}
		}
		r.Batch.Identities = append(r.Batch.Identities, i)
	}
	return r
}

// TestSpoiltChunksAreRefused changes every byte of a packed reading in turn, and cuts it everywhere.
func TestSpoiltChunksAreRefused(t *testing.T) {
	r := company(30)
	var kept [][]byte
	m, err := pack(r, 200, func(_ int, b []byte) error { kept = append(kept, b); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) < 3 {
		t.Fatalf("%d chunks show nothing", len(kept))
	}
	gone := errors.New("gone")
	for n := range kept {
		for at := range kept[n] {
			_, err := unpack(m, 1<<20, func(i int) ([]byte, error) {
				b := bytes.Clone(kept[i])
				if i == n {
					b[at] ^= 0x10
				}
				return b, nil
			})
			if !errors.Is(err, errSpoilt) {
				t.Fatalf("byte %d of chunk %d is another, and the answer is %v", at, n, err)
			}
		}
		if _, err := unpack(m, 1<<20, func(i int) ([]byte, error) {
			if i == n {
				return nil, gone
			}
			return kept[i], nil
		}); !errors.Is(err, gone) {
			t.Errorf("without chunk %d: %v", n, err)
		}
	}
	if _, err := unpack(m, m.Raw-1, func(i int) ([]byte, error) { return kept[i], nil }); !errors.Is(err, errSpoilt) {
		t.Errorf("larger than allowed: %v", err)
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	ring := &person.Resource{}
	ring.Parent = ring
	pipedrive := person.Key{System: person.Pipedrive}
	for name, r := range map[string]*collect.Reading{
		"a grant of nothing":     {Batch: person.Batch{Identities: []*person.Identity{{Key: pipedrive, Pipedrive: &person.PipedriveUser{}, Grants: []person.Grant{{}}}}}},
		"a ring of parents":      {Batch: person.Batch{Resources: []*person.Resource{ring}}},
		"a text without measure": {Title: strings.Repeat("x", maxText+1)},
		"two systems":            {Batch: person.Batch{Identities: []*person.Identity{{Key: pipedrive, Pipefy: &person.PipefyUser{}}}}},
	} {
		if _, err := pack(r, 1<<20, func(int, []byte) error { return nil }); !errors.Is(err, errSpoilt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	long := &collect.Reading{Title: strings.Repeat("x", maxText)}
	if back, _ := roundTrip(t, long); back.Title != long.Title {
		t.Error("the longest text does not come back")
	}
}

// TestWhatIsWrittenIsNotTouched: a reading that is packed is in the graph already; others read it meanwhile (which the race
// detector watches), and go on with it if it cannot be written.
func TestWhatIsWrittenIsNotTouched(t *testing.T) {
	pack := func(r *collect.Reading) error {
		_, err := pack(r, 1<<20, func(int, []byte) error { return nil })
		return err
	}
	r, want := company(20), company(20)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := pack(r); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	r.Title = strings.Repeat("x", maxText+1) // the first thing that is written
	want.Title = r.Title
	if err := pack(r); !errors.Is(err, errSpoilt) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("what could not be written has changed:\n%s", diff)
	}
}

// TestTheLayoutIsTheVersions: whoever changes the layout must raise layoutVersion, and then this.
func TestTheLayoutIsTheVersions(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	var out bytes.Buffer
	for _, system := range person.Systems {
		r := new(collect.Reading)
		fill(reflect.ValueOf(r).Elem(), rng)
		for _, i := range r.Batch.Identities {
			settle(i, system)
		}
		c := newEncoder(&out)
		c.reading(r)
		if err := c.end(); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprintf("%d bytes, %08x", out.Len(), crc(out.Bytes())); layoutVersion != 1 || got != "8893 bytes, cb890f71" {
		t.Errorf("layout %d has %s: replicas of two releases would misread each other. Raise layoutVersion, and pin the new layout here.", layoutVersion, got)
	}
}

// FuzzUnpack: whatever bytes there are, a decoder answers in bounded memory and never panics; what it accepts comes back.
func FuzzUnpack(f *testing.F) {
	for _, n := range []int{0, 1, 5} {
		f.Add(rawReading(company(n)))
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, r := newDecoder(bytes.NewReader(b)), new(collect.Reading)
		c.reading(r)
		if c.end() != nil {
			return
		}
		again := new(collect.Reading)
		c = newDecoder(bytes.NewReader(rawReading(r)))
		if c.reading(again); c.end() != nil || cmp.Diff(r, again) != "" {
			t.Errorf("%v\n%s", c.err, cmp.Diff(r, again))
		}
	})
}

// FuzzUnpackChanges goes through the decompressor.
func FuzzUnpackChanges(f *testing.F) {
	i := company(1).Batch.Identities[0]
	b, err := packChanges([]directory.Change{{Key: i.Key, Identity: i}, {Key: i.Key}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := unpackChanges(b, 1<<16)
		if err == nil {
			if _, err := packChanges(all); err != nil {
				t.Error(err)
			}
		}
	})
}

func rawReading(r *collect.Reading) []byte {
	var out bytes.Buffer
	c := newEncoder(&out)
	c.reading(r)
	if err := c.end(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
