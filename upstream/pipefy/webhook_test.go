package pipefy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipefy"
)

// delivered is an organization's delivery about Ana, user 9 of organization 7.
func delivered(action, rest string) string {
	return `{"data":{"payload_id":41,"action":"` + action + `","user":{"id":9,"name":"Ana","username":"ana","email":"ana@acme.example"},
		"action_done_by":{"id":1,"name":"Boss"},"action_done_at":"2022-03-22 20:06:14 -0300"` + rest + `}}`
}

const toSeven = `,"to":{"organization_id":7,"name":"Acme"}`

func parse(t *testing.T, body string) pipefy.Webhook {
	t.Helper()
	w, err := pipefy.ParseWebhook([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// ana is who the deliveries are about, with a pipe beside the organization.
func ana() *person.Identity {
	b := converted(pipefy.Member{Role: "normal", User: pipefy.User{ID: "9", Name: "Ana", Email: "ana@acme.example", Username: "ana", Confirmed: yes()}})
	i := b.Identities[0]
	pipe := &person.Resource{Key: person.ResourceKey{System: person.Pipefy, Account: "7", Kind: person.ResourcePipe, ID: "301"}, Parent: b.Resources[0]}
	i.Grants = append(i.Grants, person.Grant{Resource: pipe, Level: person.LevelMember, Role: "member"})
	return i
}

func TestWebhookAltersWhatItTells(t *testing.T) {
	role := func(role string, level person.Level) func(*person.Identity) {
		return func(i *person.Identity) {
			i.Pipefy.OrganizationRole, i.Grants[0].Role, i.Grants[0].Level = role, role, level
		}
	}
	nothing := func(*person.Identity) {}
	for name, c := range map[string]struct {
		body             string
		edit             func(*person.Identity)
		doubt, explained bool
	}{
		"a role":                     {delivered("user.role_set", toSeven+`,"previous_role":null,"new_role":"admin"`), role("admin", person.LevelAdmin), false, true},
		"a guest's role takes pipes": {delivered("user.role_set", toSeven+`,"new_role":"company_guest"`), role("company_guest", person.LevelGuest), false, false},
		"a role in a pipe":           {delivered("user.role_set", `,"to":{"pipe_id":301,"name":"Hiring"},"new_role":"admin"`), nothing, false, false},
		"a role somewhere":           {delivered("user.role_set", `,"new_role":"admin"`), nothing, false, false},
		"a role in a pipe, in full":  {delivered("user.role_set", `,"to":{"pipe_id":301,"organization_id":7},"new_role":"admin"`), nothing, false, false},
		"gone from a pipe":           {delivered("user.removal_from_pipe", `,"from":{"pipe_id":301}`), nothing, false, false},
		"gone from a table":          {delivered("user.removal_from_table", ``), nothing, false, false},
		"invited":                    {delivered("user.invitation_sent", toSeven), nothing, false, false},
		"accepted":                   {delivered("user.invitation_acceptance", toSeven), nothing, false, false},
		"accepted, as the changelog": {delivered("user.invitation_accepted", toSeven), nothing, false, false},
		"a new address, seen by nobody": {`{"action":"user.role_set","user":{"id":"9","email":"ceo@acme.example","name":"Ana B"},"to":{"organization_id":"7"},"new_role":"normal"}`,
			func(i *person.Identity) { i.Name, i.Email, i.EmailVerified = "Ana B", "ceo@acme.example", false }, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			known, want := ana(), ana()
			c.edit(want)
			w := parse(t, c.body)
			now, doubt := w.Alter(known)
			if diff := cmp.Diff(want, now); diff != "" {
				t.Errorf("altered (-want +got):\n%s", diff)
			}
			if w.UserID != "9" || doubt != c.doubt || w.Explained() != c.explained {
				t.Errorf("user %q, doubt %v, explained %v; want %v, %v", w.UserID, doubt, w.Explained(), c.doubt, c.explained)
			}
			if diff := cmp.Diff(ana(), known); diff != "" {
				t.Errorf("what was known was written to:\n%s", diff)
			}
		})
	}
}

func TestWebhookRemovesFromTheOrganization(t *testing.T) {
	w := parse(t, delivered("user.removal_from_org", `,"from":{"organization_id":7,"name":"Acme"}`))
	now, doubt := w.Alter(ana())
	if now != nil || doubt || !w.Explained() || w.OrganizationID != "7" {
		t.Errorf("removed: %+v, doubt %v, explained %v, organization %q", now, doubt, w.Explained(), w.OrganizationID)
	}
	if want := time.Date(2022, 3, 22, 23, 6, 14, 0, time.UTC); !w.At.Equal(want) {
		t.Errorf("at %v, want %v", w.At, want)
	}
}

func TestWebhookOfAStrangerOnlyDoubts(t *testing.T) {
	for _, action := range []string{"user.invitation_sent", "user.role_set", "user.something_new"} {
		if now, doubt := parse(t, delivered(action, toSeven+`,"new_role":"admin"`)).Alter(nil); now != nil || !doubt {
			t.Errorf("%s made %+v, doubt %v", action, now, doubt)
		}
	}
}

func TestWebhookRoleWithoutAPlaceInTheOrganization(t *testing.T) {
	guest := ana()
	guest.Grants = guest.Grants[1:]
	if _, doubt := parse(t, delivered("user.role_set", toSeven+`,"new_role":"admin"`)).Alter(guest); !doubt {
		t.Error("a role without the organization among the grants is not doubted")
	}
}

func TestWebhookTimes(t *testing.T) {
	for written, want := range map[string]time.Time{
		"2022-03-22 20:06:14 UTC":   time.Date(2022, 3, 22, 20, 6, 14, 0, time.UTC),
		"2022-03-22 20:06:14 +0200": time.Date(2022, 3, 22, 18, 6, 14, 0, time.UTC),
		"2022-03-22T20:06:14Z":      time.Date(2022, 3, 22, 20, 6, 14, 0, time.UTC),
		"yesterday":                 {},
		"":                          {},
	} {
		if w := parse(t, `{"data":{"action":"user.invitation_acceptance","accepted_at":"`+written+`"}}`); !w.At.Equal(want) {
			t.Errorf("%q is %v, want %v", written, w.At, want)
		}
	}
}

func TestWebhookOfOtherMatter(t *testing.T) {
	for _, action := range []string{"card.move", "audit_log.export_finished"} {
		if _, err := pipefy.ParseWebhook([]byte(delivered(action, ""))); !errors.Is(err, pipefy.ErrOtherMatter) {
			t.Errorf("%s: %v", action, err)
		}
	}
	if w := parse(t, `{"data":{}}`); w.UserID != "" || w.Explained() {
		t.Errorf("nothing tells %+v", w)
	}
}

func FuzzWebhook(f *testing.F) {
	f.Add([]byte(delivered("user.role_set", toSeven+`,"new_role":"admin"`)))
	f.Add([]byte(delivered("user.removal_from_org", `,"from":{"organization_id":7}`)))
	f.Add([]byte(`{"data":[],"action":"user.x","user":{"id":1e99}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		w, err := pipefy.ParseWebhook(body)
		if err != nil {
			return
		}
		if now, _ := w.Alter(nil); now != nil {
			t.Fatalf("a stranger became %+v", now)
		}
		now, _ := w.Alter(ana())
		if now == nil {
			if w.Action != "user.removal_from_org" {
				t.Fatalf("%q removed somebody", w.Action)
			}
			return
		}
		if now.Email != ana().Email && now.EmailVerified || len(now.Grants) != 2 {
			t.Fatalf("told %+v", now)
		}
		if again, _ := w.Alter(now); !cmp.Equal(now, again) {
			t.Fatalf("a replay changes more: %s", cmp.Diff(now, again))
		}
	})
}
