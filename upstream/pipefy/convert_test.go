package pipefy_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipefy"
)

// converted is the batch of a reading of one organization with these members.
func converted(members ...pipefy.Member) person.Batch {
	r := pipefy.Reading{
		Organization: pipefy.Organization{ID: "7", Name: "Acme"},
		Members:      pipefy.Members{List: members, Total: len(members), Whole: true},
	}
	return r.Batch("pipefy-acme", time.Time{})
}

func TestIdentityHoldsWhatTheVendorTells(t *testing.T) {
	made, seen := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := converted(pipefy.Member{Role: "normal", Billable: yes(), User: pipefy.User{
		ID: "9", UUID: "u-9", Name: "Ana", Email: "Ana@acme.example", Username: "ana", AvatarURL: "https://x/a.png",
		Locale: "pt-BR", Timezone: "UTC", CreatedAt: made, LastSignInAt: seen, Invited: no(), Confirmed: yes(),
	}})
	want := &person.Identity{
		Key: person.Key{System: person.Pipefy, Account: "7", ID: "9"}, Source: "pipefy-acme",
		Name: "Ana", Email: "Ana@acme.example", EmailVerified: true, AvatarURL: "https://x/a.png",
		State: person.StateActive, Kind: person.KindUnknown, CreatedAt: made, LastSeenAt: seen,
		Grants: []person.Grant{{Resource: b.Resources[0], Level: person.LevelMember, Role: "normal"}},
		Pipefy: &person.PipefyUser{
			UserID: "9", UUID: "u-9", Username: "ana", Locale: "pt-BR", Timezone: "UTC",
			Invited: no(), Confirmed: yes(), OrganizationRole: "normal", Billable: yes(),
		},
	}
	if d := cmp.Diff(want, b.Identities[0]); d != "" {
		t.Error(d)
	}
	wantResource := &person.Resource{
		Key:    person.ResourceKey{System: person.Pipefy, Account: "7", Kind: person.ResourceOrganization, ID: "7"},
		Source: "pipefy-acme", Name: "Acme", MembersComplete: true,
	}
	if d := cmp.Diff(wantResource, b.Resources[0]); d != "" {
		t.Error(d)
	}
}

func TestStateFollowsConfirmation(t *testing.T) {
	for name, c := range map[string]struct {
		invited, confirmed *bool
		email              string
		state              person.State
		verified           bool
	}{
		"confirmed":             {yes(), yes(), "a@b.c", person.StateActive, true},
		"invited, not accepted": {yes(), no(), "a@b.c", person.StateUnconfirmed, false},
		"not confirmed":         {nil, no(), "a@b.c", person.StateUnconfirmed, false},
		"not told":              {nil, nil, "a@b.c", person.StateActive, false},
		"confirmed, no address": {nil, yes(), "", person.StateActive, false},
	} {
		i := converted(pipefy.Member{User: pipefy.User{ID: "9", Email: c.email, Invited: c.invited, Confirmed: c.confirmed}}).Identities[0]
		if i.State != c.state || i.EmailVerified != c.verified {
			t.Errorf("%s: state %v, verified %v", name, i.State, i.EmailVerified)
		}
	}
}

func TestServiceAccountsAreBots(t *testing.T) {
	for email, kind := range map[string]person.Kind{
		"sync@pipefy-service.com":          person.KindBot,
		"sync@Acme-123.PIPEFY-SERVICE.com": person.KindBot,
		"sync@acme.example":                person.KindUnknown,
		"pipefy-service.com@acme.example":  person.KindUnknown,
		"pipefy-service.com":               person.KindUnknown,
		"":                                 person.KindUnknown,
		"sync@pipefy-service.com.example":  person.KindUnknown,
	} {
		if got := converted(pipefy.Member{User: pipefy.User{ID: "9", Email: email}}).Identities[0].Kind; got != kind {
			t.Errorf("%q: got %v", email, got)
		}
	}
}

func TestLevels(t *testing.T) {
	for role, want := range map[string]person.Level{
		"super_admin": person.LevelOwner, "admin": person.LevelAdmin, "Admin ": person.LevelAdmin,
		"normal": person.LevelMember, "member": person.LevelMember, "creator": person.LevelMember, "my_cards_only": person.LevelMember,
		"read_and_comment": person.LevelReader,
		"company_guest":    person.LevelGuest, "external_guest": person.LevelGuest, "guest": person.LevelGuest, "gest": person.LevelGuest,
		"Auditor (custom)": person.LevelOther, "": person.LevelOther,
	} {
		g := converted(pipefy.Member{Role: role, User: pipefy.User{ID: "9"}}).Identities[0].Grants[0]
		if g.Level != want || g.Role != role {
			t.Errorf("%q: got level %d, role %q", role, g.Level, g.Role)
		}
	}
}

func TestAUserMetOnlyInAPipeIsAnIdentity(t *testing.T) {
	r := pipefy.Reading{
		Organization: pipefy.Organization{ID: "7"},
		Members:      pipefy.Members{List: []pipefy.Member{{Role: "admin", User: pipefy.User{ID: "1"}}}, Total: 1, Whole: true},
		Pipes:        pipefy.Pipes{List: []pipefy.Pipe{{ID: "301"}, {ID: "302"}}, Total: 2, Whole: true},
		PipeRosters: pipefy.Rosters{
			Read: []pipefy.Roster{{ID: "301", Whole: true, Members: []pipefy.Member{
				{Role: "member", Billable: yes(), User: pipefy.User{ID: "2", Name: "Bia"}},
				{Role: "super_admin", User: pipefy.User{ID: "1", Email: "ana@acme.example", Confirmed: yes()}},
				{Role: "admin", User: pipefy.User{ID: "1"}},
			}}},
			Gaps: []pipefy.Gap{{ID: "302", Reason: pipefy.GapHidden}},
		},
	}
	b := r.Batch("pipefy-acme", time.Time{})
	if len(b.Identities) != 2 || b.Coverage.Seen != 1 || !b.Coverage.Complete {
		t.Fatalf("%d identities, coverage %+v", len(b.Identities), b.Coverage)
	}
	ana, bia := b.Identities[0], b.Identities[1]
	if bia.Name != "Bia" || bia.Pipefy.OrganizationRole != "" || bia.Pipefy.Billable != nil || len(bia.Grants) != 1 || bia.Grants[0].Resource.Key.ID != "301" {
		t.Errorf("got %+v with grants %+v", bia, bia.Grants)
	}
	if ana.Email != "ana@acme.example" || !ana.EmailVerified {
		t.Error("what the organization's list left out was not filled in from the pipe's")
	}
	if len(ana.Grants) != 2 || ana.Grants[1].Level != person.LevelOwner {
		t.Errorf("a member listed twice keeps one grant, the stronger: %+v", ana.Grants)
	}
	complete := map[string]bool{}
	for _, res := range b.Resources {
		complete[res.Key.ID] = res.MembersComplete
	}
	if d := cmp.Diff(map[string]bool{"7": true, "301": true, "302": false}, complete); d != "" {
		t.Error(d)
	}
}

func TestGrantsAreOrderedAndKeysUnique(t *testing.T) {
	r := pipefy.Reading{Organization: pipefy.Organization{ID: "7"}, Members: pipefy.Members{Total: -1}}
	for i := range 20 {
		id := strconv.Itoa(20 - i)
		m := []pipefy.Member{{User: pipefy.User{ID: "1"}}, {User: pipefy.User{ID: "2"}}}
		r.Pipes.List = append(r.Pipes.List, pipefy.Pipe{ID: id})
		r.PipeRosters.Read = append(r.PipeRosters.Read, pipefy.Roster{ID: id, Members: m})
		r.Tables.List = append(r.Tables.List, pipefy.Table{ID: id})
		r.TableRosters.Read = append(r.TableRosters.Read, pipefy.Roster{ID: id, Members: m})
	}
	b := r.Batch("pipefy-acme", time.Time{})
	if len(b.Identities) != 2 || len(b.Resources) != 41 {
		t.Fatalf("%d identities, %d resources", len(b.Identities), len(b.Resources))
	}
	for _, i := range b.Identities {
		if len(i.Grants) != 40 || !slices.IsSortedFunc(i.Grants, func(x, y person.Grant) int { return x.Resource.Key.Compare(y.Resource.Key) }) {
			t.Errorf("%d grants, or not in order", len(i.Grants))
		}
	}
}

// A gateway that cannot read hundreds of pipes says so in a few sentences.
func TestGapsAreSummed(t *testing.T) {
	r := pipefy.Reading{Organization: pipefy.Organization{ID: "7"}, Members: pipefy.Members{Total: 0, Whole: true},
		Pipes: pipefy.Pipes{Whole: true}, Tables: pipefy.Tables{Whole: true}}
	for i := range 228 {
		r.PipeRosters.Gaps = append(r.PipeRosters.Gaps, pipefy.Gap{ID: strconv.Itoa(i), Reason: pipefy.GapHidden})
	}
	r.TableRosters.Gaps = []pipefy.Gap{{ID: "Za", Reason: pipefy.GapTooBig}, {ID: "Zb", Reason: pipefy.GapTooBig}, {ID: "Zc", Reason: pipefy.GapFailure}}
	want := []string{
		"the members of pipes 0, 1, 2, 3, 4 and 223 more could not be read: missing, or hidden from the credential",
		"the members of tables Za, Zb could not be read: too large or too slow to list, even alone",
		"the members of table Zc could not be read: the source failed to list it",
	}
	if d := cmp.Diff(want, r.Batch("s", time.Time{}).Coverage.Gaps); d != "" {
		t.Error(d)
	}
}
