package sim

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestProofsProveOneEntity: evidence that is not contested is carried by one entity alone, so
// that labels ask no linker to merge two humans.
func TestProofsProveOneEntity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := build(WorldOptions{Seed: rapid.Uint64().Draw(t, "seed"), People: rapid.IntRange(1, 1500).Draw(t, "people"), SecondOrganization: true})
		owner := map[proof]int{}
		for _, r := range b.records {
			for _, p := range r.proofs {
				if b.refuses(p) {
					continue
				}
				if first, ok := owner[p]; ok && first != r.entity {
					t.Fatalf("%q proves entities %d and %d", p, first, r.entity)
				}
				owner[p] = r.entity
			}
		}
	})
}

// TestContestedAddressesCanBeNoticed: what the labels call contested shows itself, by two users of
// one account or by a configured local part.
func TestContestedAddressesCanBeNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := build(WorldOptions{Seed: rapid.Uint64().Draw(t, "seed"), People: rapid.IntRange(1, 1500).Draw(t, "people")})
		for p, text := range b.contested {
			local, _, _ := strings.Cut(text, "@")
			users, twice := map[string]string{}, slices.Contains(sharedLocals, local)
			for _, r := range b.records {
				if !slices.Contains(r.proofs, p) {
					continue
				}
				if id, ok := users[r.key.Account]; ok && id != r.key.ID && !strings.HasPrefix(r.key.Account, "proj_") {
					twice = true
				}
				users[r.key.Account] = r.key.ID
			}
			if !twice {
				t.Fatalf("%s looks like one person's: %v", text, users)
			}
		}
	})
}

// TestSpellings holds what the world knows of each spelling of an address.
func TestSpellings(t *testing.T) {
	work := address{"ana.silva@" + acme, "ana.silva@" + acme}
	strict := address{"ana.silva@" + borealis, "ana.silva@" + borealis}
	private := address{"ana.silva@" + webmail, "anasilva@" + webmail}
	foreign := address{"ana.silva@" + umlaut, "ana.silva@" + umlaut}
	for _, tc := range []struct {
		from, to address
		text     string
		same     bool
	}{
		{work, work.cased(), "Ana.Silva@Acme.example", true},
		{work, work.tagged("x"), "ana.silva+x@acme.example", true},
		{strict, strict.tagged("x"), "ana.silva+x@borealis.example", false},
		{work, work.dotted(), "a.nasilva@acme.example", false},
		{private, private.dotted(), "a.nasilva@gmail.com", true},
		{work, work.wide(), "ａna.silva@acme.example", true},
		{work, work.spaced(), "  ana.silva@acme.example ", true},
		{foreign, foreign.punycode(), "ana.silva@xn--bcher-kva.example", true},
		{work, work.punycode(), "ana.silva@acme.example", true},
	} {
		if tc.to.text != tc.text || (tc.to.mailbox == tc.from.mailbox) != tc.same {
			t.Errorf("%q became %q (%q)", tc.from.text, tc.to.text, tc.to.mailbox)
		}
	}
}

// TestSecondOfANameDiffersInDots: the second Ana Silva is not the first one without dots.
func TestSecondOfANameDiffersInDots(t *testing.T) {
	b := build(WorldOptions{People: 1})
	ana, silva := name{"Ana", "anax"}, name{"Silva", "silvax"}
	one, two, three := b.newAddress(ana, silva, acme), b.newAddress(ana, silva, acme), b.newAddress(ana, silva, acme)
	if one.text != "anax.silvax@acme.example" || two.text != "anaxsilvax@acme.example" || three.text != "anax.silvax3@acme.example" {
		t.Errorf("%q %q %q", one.text, two.text, three.text)
	}
	p, q := b.newAddress(ana, silva, webmail), b.newAddress(ana, silva, webmail)
	if p.mailbox == q.mailbox {
		t.Errorf("%v and %v are one mailbox", p, q)
	}
}
