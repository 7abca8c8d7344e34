package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

func pipedrive(company, id, name, email string) *person.Identity {
	return &person.Identity{
		Key: person.Key{System: person.Pipedrive, Account: company, ID: id}, Name: name, Email: email, EmailVerified: true,
		Pipedrive: &person.PipedriveUser{},
	}
}

func pipefy(org, id, name, email string) *person.Identity {
	return &person.Identity{
		Key: person.Key{System: person.Pipefy, Account: org, ID: id}, Name: name, Email: email, EmailVerified: true,
		Pipefy: &person.PipefyUser{UserID: id, UUID: "00000000-0000-4000-8000-" + strings.Repeat("0", 12-len(id)) + id},
	}
}

func external(id string, accounts ...person.PipedreamAccount) *person.Identity {
	return &person.Identity{
		Key:       person.Key{System: person.Pipedream, Account: "proj_1/production", ID: id},
		Pipedream: &person.PipedreamUser{ExternalUserID: id, Accounts: accounts},
	}
}

func account(app, name string) person.PipedreamAccount {
	return person.PipedreamAccount{AppSlug: app, Name: name}
}

func in(state person.State, id *person.Identity) *person.Identity { id.State = state; return id }
func unverified(id *person.Identity) *person.Identity             { id.EmailVerified = false; return id }
func ofKind(k person.Kind, id *person.Identity) *person.Identity  { id.Kind = k; return id }

// published is the configuration that docs/linking.md shows.
func published() Rules {
	return Rules{
		Domains: []Domain{{Name: "acme.com", Aliases: []string{"acme.io"}, PlusTags: true}, {Name: "gmail.com", Aliases: []string{"googlemail.com"}, PlusTags: true, IgnoreDots: true}},
		IDs: []IDRule{
			{Name: "template:pipedrive", Template: "pipedrive:{pipedrive_id}", Trust: Verified},
			{Template: "acme:{company}:{pipedrive_id}"},
			{Template: "user-{pipefy_id}"},
			{Template: "{email}"},
			{Name: "hash", Template: "{email_hash}"},
			{Name: "keyed", Template: "k:{email_hash}", HashKey: []byte("pepper")},
			{Name: "uuid", Pattern: `pfy/(?P<pipefy_uuid>[0-9a-fA-F-]{36})`},
		},
		AccountApps: []AccountApp{{Slug: "google_calendar"}},
		Kinds: []KindRule{
			{Kind: person.KindBot, On: FieldEmail, Glob: "*-bot@acme.com"},
			{Kind: person.KindOrganization, On: FieldExternalID, Pattern: `^customer_\d+$`},
		},
	}
}

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func decision(verb Verb, a, b *person.Identity, minute int) Decision {
	return Decision{Verb: verb, A: a.Key, B: b.Key, At: epoch.Add(time.Duration(minute) * time.Minute), By: "ops@acme.com"}
}

func mustNew(t testing.TB, rules Rules) *Linker {
	t.Helper()
	l, err := New(rules)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

func keyed(key, text string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(text))
	return strings.ToUpper(hex.EncodeToString(m.Sum(nil)))
}

// people gives the clusters as sets of places of the input.
func people(res Result) [][]int {
	of := make(map[int32][]int)
	for i, c := range res.Cluster {
		of[c] = append(of[c], i)
	}
	var out [][]int
	for _, c := range of {
		out = append(out, c)
	}
	slices.SortFunc(out, slices.Compare)
	return out
}

func TestStories(t *testing.T) {
	type story struct {
		name       string
		people     []*person.Identity
		decisions  []Decision
		mapping    []Mapping
		want       [][]int
		trust      []Trust // of the links, in order
		suggested  int
		conflicts  []ConflictReason
		contested  string
		wantedKind person.Kind // of the last identity
	}
	ann, annAtOther := pipedrive("1", "10", "Ann Lee", "ann@acme.com"), pipedrive("2", "10", "Ann Lee", "ann@other.com")
	annPipefy := pipefy("300", "77", "Ann Lee", "Ann@Acme.com ")
	bob, bobTwin := pipedrive("1", "11", "Bob Ray", "bob@acme.com"), pipedrive("1", "12", "Bob Ray", "bob.ray@acme.com")
	stories := []story{
		{name: "one address, verified by both vendors", people: []*person.Identity{ann, annPipefy}, want: [][]int{{0, 1}}, trust: []Trust{Verified}},
		{name: "an inviter typed the address", people: []*person.Identity{ann, unverified(pipefy("300", "77", "ann@acme.com", "ann@acme.com"))},
			want: [][]int{{0, 1}}, trust: []Trust{Claimed}},
		{name: "plus tag and alias domain", people: []*person.Identity{ann, pipefy("300", "77", "Ann", "ann+pipefy@acme.io")}, want: [][]int{{0, 1}}, trust: []Trust{Verified}},
		{name: "plus tags mean nothing where the domain has no rule", people: []*person.Identity{pipedrive("1", "10", "Ann", "a@x.org"), pipefy("300", "77", "Ann", "a+b@x.org")},
			want: [][]int{{0}, {1}}},
		{name: "dots of a mail provider", people: []*person.Identity{pipedrive("1", "10", "", "ann.lee@gmail.com"), pipefy("300", "77", "", "annlee+x@googlemail.com")},
			want: [][]int{{0, 1}}, trust: []Trust{Verified}},
		{name: "one user of two companies", people: []*person.Identity{ann, annAtOther}, want: [][]int{{0, 1}}, trust: []Trust{Verified}},
		{name: "one Pipefy user in two organizations", people: []*person.Identity{annPipefy, pipefy("301", "77", "Ann", "ann@new.com")}, want: [][]int{{0, 1}}, trust: []Trust{Verified}},
		{name: "namesakes elsewhere are suggested, not merged", people: []*person.Identity{ann, pipefy("300", "9", "ann  LEE", "lee@else.org")}, want: [][]int{{0}, {1}}, suggested: 1},
		{name: "namesakes in one company are not even suggested", people: []*person.Identity{bob, bobTwin}, want: [][]int{{0}, {1}}},
		{name: "a first name alone suggests nothing", people: []*person.Identity{pipedrive("1", "10", "Ann", "a@acme.com"), pipefy("300", "9", "Ann", "b@acme.com")}, want: [][]int{{0}, {1}}},
		{name: "an address given on to a new colleague",
			people:    []*person.Identity{in(person.StateInactive, pipedrive("1", "10", "Jane Roe", "j@acme.com")), pipedrive("1", "99", "Jim Poe", "j@acme.com"), pipefy("300", "77", "Jim Poe", "j@acme.com"), external("j@acme.com")},
			want:      [][]int{{0}, {1}, {2}, {3}},
			conflicts: []ConflictReason{ConflictContestedEmail}, contested: "j@acme.com", suggested: 1},
		{name: "an old record holds the address of somebody new elsewhere",
			people: []*person.Identity{in(person.StateInactive, pipedrive("1", "10", "Jane Smith", "smith@acme.com")), pipefy("300", "77", "John Smith", "smith@acme.com"), external("smith@acme.com")},
			want:   [][]int{{0}, {1}, {2}}, conflicts: []ConflictReason{ConflictContestedEmail}, contested: "smith@acme.com"},
		{name: "a leaver is still one person", people: []*person.Identity{in(person.StateInactive, pipedrive("1", "10", "Ann M. Lee", "ann@acme.com")), annPipefy, external("ann@acme.com")},
			want: [][]int{{0, 1, 2}}, trust: []Trust{Verified, Claimed}},
		{name: "names without anything in common", people: []*person.Identity{pipedrive("1", "10", "Robert Miller", "crew@acme.com"), pipefy("300", "77", "Wei Chen", "crew@acme.com")},
			want: [][]int{{0}, {1}}, conflicts: []ConflictReason{ConflictContestedEmail}, contested: "crew@acme.com"},
		{name: "nicknames and scripts are no contradiction", people: []*person.Identity{pipedrive("1", "10", "Иван Петров", "ivan@acme.com"), pipefy("300", "77", "Ivan Petrov", "ivan@acme.com")},
			want: [][]int{{0, 1}}, trust: []Trust{Verified}},
		{name: "a shared mailbox", people: []*person.Identity{pipedrive("1", "10", "Ann Lee", "Support@acme.com"), pipefy("300", "77", "Bo Ek", "support@acme.com"), external("support@acme.com"), external(sum("support@acme.com"))},
			want: [][]int{{0}, {1}, {2}, {3}}, contested: "support@acme.com"},
		{name: "erased users keep no address", people: []*person.Identity{in(person.StateErased, pipedrive("1", "10", "Ann", "ann@acme.com")), annPipefy}, want: [][]int{{0}, {1}}},
		{name: "external ids of the operator's own backend", people: []*person.Identity{ann, external("pipedrive:10")}, want: [][]int{{0, 1}}, trust: []Trust{Verified}},
		{name: "external ids that anybody may choose", people: []*person.Identity{ann, annAtOther, annPipefy, external("acme:2:10"), external("user-77")},
			want: [][]int{{0, 1, 2, 3, 4}}, trust: []Trust{Verified, Verified, Claimed, Claimed}},
		{name: "the company in an id counts", people: []*person.Identity{ann, external("acme:2:10")}, want: [][]int{{0}, {1}}},
		{name: "hashes of addresses", people: []*person.Identity{pipedrive("1", "10", "", "Ann+x@acme.com"), external(sum("ann+x@acme.com")), external(sum("ann@acme.com")), external("k:" + keyed("pepper", "ann@acme.com")), external("k:" + sum("ann@acme.com"))},
			want: [][]int{{0, 1, 2, 3}, {4}}, trust: []Trust{Claimed, Claimed, Claimed}},
		{name: "a uuid read by a pattern", people: []*person.Identity{annPipefy, external("pfy/" + annPipefy.Pipefy.UUID)}, want: [][]int{{0, 1}}, trust: []Trust{Claimed}},
		{name: "a hash of a contested address", people: []*person.Identity{pipedrive("1", "10", "A B", "ab@acme.com"), pipedrive("1", "11", "C D", "ab@acme.com"), external(sum("ab@acme.com"))},
			want: [][]int{{0}, {1}, {2}}, conflicts: []ConflictReason{ConflictContestedEmail}, contested: "ab@acme.com"},
		{name: "a stranger names an account after the chief executive", people: []*person.Identity{ann, external("u_1", account("slack", "ann@acme.com"))}, want: [][]int{{0}, {1}}, suggested: 1},
		{name: "an account of a trusted app", people: []*person.Identity{ann, external("u_1", account("google_calendar", "Ann@acme.com"))}, want: [][]int{{0, 1}}, trust: []Trust{Claimed}},
		{name: "accounts of several people tell nothing about one", people: []*person.Identity{ann, bob, external("u_1", account("google_calendar", "ann@acme.com"), account("google_calendar", "bob@acme.com"))},
			want: [][]int{{0}, {1}, {2}}, suggested: 2},
		{name: "an id speaks louder than an account", people: []*person.Identity{ann, bob, external("pipedrive:10", account("google_calendar", "bob@acme.com"))},
			want: [][]int{{0, 2}, {1}}, trust: []Trust{Verified}},
		{name: "an organization's account is nobody's", people: []*person.Identity{ann, external("customer_7", account("google_calendar", "ann@acme.com"))}, want: [][]int{{0}, {1}}, wantedKind: person.KindOrganization},
		{name: "a shared constant", people: []*person.Identity{ann, external("default", account("google_calendar", "ann@acme.com"))}, want: [][]int{{0}, {1}}, wantedKind: person.KindOrganization},
		{name: "a service account is a bot", people: []*person.Identity{ann, ofKind(person.KindBot, pipefy("300", "77", "Sync", "ann@acme.com"))}, want: [][]int{{0}, {1}}, suggested: 1, wantedKind: person.KindBot},
		{name: "the operator's pattern beats the source", people: []*person.Identity{ofKind(person.KindHuman, pipefy("300", "77", "Sync", "sync-bot@acme.com"))}, want: [][]int{{0}}, wantedKind: person.KindBot},
		{name: "two users of one company through a third record", people: []*person.Identity{pipedrive("1", "10", "A B", "a@acme.com"), pipedrive("1", "11", "C D", "c@acme.com"), pipedrive("2", "11", "A B", "a@acme.com")},
			want: [][]int{{0}, {1, 2}}, trust: []Trust{Verified}, conflicts: []ConflictReason{ConflictSameAccount}},
		{name: "a mapping file", people: []*person.Identity{ann, external("8f14e45f")}, mapping: []Mapping{{Keys: []person.Key{external("8f14e45f").Key}, Emails: []string{"Ann@acme.com"}, At: epoch}},
			want: [][]int{{0, 1}}, trust: []Trust{Confirmed}},
		{name: "a mapping may not merge two users of a company", people: []*person.Identity{ann, bob}, mapping: []Mapping{{Keys: []person.Key{ann.Key, bob.Key}}},
			want: [][]int{{0}, {1}}, conflicts: []ConflictReason{ConflictSameAccount}},
		{name: "a mapping by a contested address", people: []*person.Identity{bob, pipedrive("1", "13", "Al", "bob@acme.com"), external("x1")}, mapping: []Mapping{{Keys: []person.Key{external("x1").Key}, Emails: []string{"bob@acme.com"}}},
			want: [][]int{{0}, {1}, {2}}, conflicts: []ConflictReason{ConflictContestedEmail}, contested: "bob@acme.com"},
		{name: "a human joins two users of a company", people: []*person.Identity{bob, bobTwin}, decisions: []Decision{decision(Join, bob, bobTwin, 0)}, want: [][]int{{0, 1}}, trust: []Trust{Confirmed}},
		{name: "joined users no longer contest their address", people: []*person.Identity{bob, pipedrive("1", "13", "Bob Ray", "bob@acme.com"), pipefy("300", "5", "Bob Ray", "bob@acme.com")},
			decisions: []Decision{{Verb: Join, A: bob.Key, B: pipedrive("1", "13", "", "").Key}}, want: [][]int{{0, 1, 2}}, trust: []Trust{Confirmed, Verified, Verified}},
		{name: "a human keeps apart what an address joins", people: []*person.Identity{ann, annPipefy}, decisions: []Decision{decision(Apart, annPipefy, ann, 0)},
			want: [][]int{{0}, {1}}, conflicts: []ConflictReason{ConflictDecision}},
		{name: "apart also through others: the weakest evidence gives way", people: []*person.Identity{ann, annPipefy, external("user-77")}, decisions: []Decision{decision(Apart, ann, external("user-77"), 0)},
			want: [][]int{{0, 1}, {2}}, trust: []Trust{Verified}, conflicts: []ConflictReason{ConflictDecision}},
		{name: "the later decision about a pair wins", people: []*person.Identity{ann, bob}, decisions: []Decision{decision(Join, ann, bob, 5), decision(Apart, bob, ann, 1)}, want: [][]int{{0, 1}}, trust: []Trust{Confirmed}},
		{name: "contrary decisions of one instant", people: []*person.Identity{ann, bob}, decisions: []Decision{decision(Join, ann, bob, 1), decision(Apart, bob, ann, 1)}, want: [][]int{{0}, {1}}, conflicts: []ConflictReason{ConflictDecision}},
		{name: "decisions that contradict each other: the oldest join gives way", people: []*person.Identity{ann, bob, external("x1")},
			decisions: []Decision{decision(Join, ann, external("x1"), 1), decision(Join, bob, external("x1"), 2), decision(Apart, ann, bob, 0)},
			want:      [][]int{{0}, {1, 2}}, trust: []Trust{Confirmed}, conflicts: []ConflictReason{ConflictDecision}},
		{name: "decisions about strangers", people: []*person.Identity{ann}, decisions: []Decision{decision(Join, ann, bob, 1)}, want: [][]int{{0}}},
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			rules := published()
			rules.Mapping = s.mapping
			res := mustNew(t, rules).Link(s.people, s.decisions)
			if got := people(res); !slices.EqualFunc(got, s.want, slices.Equal) {
				t.Errorf("people %v, want %v; links %+v", got, s.want, res.Links)
			}
			var trust []Trust
			for _, l := range res.Links {
				trust = append(trust, l.Trust)
			}
			if !slices.Equal(trust, s.trust) {
				t.Errorf("trust of links %v, want %v: %+v", trust, s.trust, res.Links)
			}
			var reasons []ConflictReason
			for _, c := range res.Conflicts {
				reasons = append(reasons, c.Reason)
				if len(c.Members) < 2 {
					t.Errorf("a conflict of fewer than two: %+v", c)
				}
			}
			if !slices.Equal(reasons, s.conflicts) {
				t.Errorf("conflicts %v, want %v", res.Conflicts, s.conflicts)
			}
			if len(res.Suggestions) != s.suggested {
				t.Errorf("suggestions %+v, want %d", res.Suggestions, s.suggested)
			}
			if s.contested == "" && len(res.Contested) > 0 || s.contested != "" && len(res.Contested[s.contested]) < 2 {
				t.Errorf("contested %v, want %q", res.Contested, s.contested)
			}
			if last := res.Kind[len(res.Kind)-1]; s.wantedKind != person.KindUnknown && last != s.wantedKind {
				t.Errorf("kind %v, want %v", last, s.wantedKind)
			}
		})
	}
}
