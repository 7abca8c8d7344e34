package pipedrive_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
)

// delivered is a delivery in the shape of version 2 about Ann, whom convert_test.go knows.
func delivered(action, data, previous string) string {
	return `{"meta":{"action":"` + action + `","entity":"user","entity_id":"20480117","id":"20480117","company_id":"7001",
		"correlation_id":"c0ffee00-1111-4222-8333-444455556666","timestamp":1781000000,"version":"2.0","attempt":1},
		"data":` + data + `,"previous":` + previous + `}`
}

// old is the same in the shape of version 1.
func old(action, current, previous string) string {
	return `{"v":1,"meta":{"v":1,"action":"` + action + `","object":"user","id":20480117,"company_id":7001,"timestamp":1781000000},
		"event":"` + action + `.user","retry":0,"current":` + current + `,"previous":` + previous + `}`
}

func parse(t *testing.T, body string) pipedrive.Webhook {
	t.Helper()
	w, err := pipedrive.ParseWebhook([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWebhookAltersWhatItTells(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		// edit makes what is wanted of what was known.
		edit             func(*person.Identity)
		doubt, explained bool
	}{
		"deactivated": {
			body: delivered("change", `{"id":"20480117","active_flag":false}`, `{"active_flag":true}`),
			edit: func(i *person.Identity) {
				i.State, i.EmailVerified, i.Grants, i.Pipedrive.ActiveFlag = person.StateInactive, false, nil, false
			},
			explained: true,
		},
		"deactivated, version 1": {
			body: old("updated", `[{"id":20480117,"active_flag":false,"access":[]}]`, `[{"active_flag":true}]`),
			edit: func(i *person.Identity) {
				i.State, i.EmailVerified, i.Grants, i.Pipedrive.ActiveFlag = person.StateInactive, false, nil, false
			},
			explained: true,
		},
		"renamed": {
			body:      delivered("change", `{"id":"20480117","name":"Ann Other","email":"ann@example.com","lang":"en-GB","access":null,"phone":null}`, `{"name":"Ann Example","modified":"x"}`),
			edit:      func(i *person.Identity) { i.Name = "Ann Other" },
			explained: true,
		},
		"a new address is seen by nobody": {
			body:  delivered("change", `{"email":"ceo@example.com"}`, `{"email":"ann@example.com"}`),
			edit:  func(i *person.Identity) { i.Email, i.EmailVerified = "ceo@example.com", false },
			doubt: true, explained: true,
		},
		"an address as a name is none": {
			body:      delivered("change", `{"name":"ANN@example.com"}`, `{"name":"Ann Example"}`),
			edit:      func(i *person.Identity) { i.Name = "" },
			explained: true,
		},
		"a login": {
			body: delivered("change", `{"last_login":"2026-06-09 10:13:20"}`, `{"last_login":"2026-06-07 11:12:13","modified":null}`),
			edit: func(i *person.Identity) {
				i.LastSeenAt = time.Date(2026, 6, 9, 10, 13, 20, 0, time.UTC)
				i.Pipedrive.LastLogin = i.LastSeenAt
			},
			explained: true,
		},
		"null and garbage tell nothing, but for the picture": {
			body:      delivered("change", `{"name":null,"email":[],"active_flag":"perhaps","last_login":null,"locale":{},"icon_url":null}`, `{"icon_url":"x"}`),
			edit:      func(i *person.Identity) { i.AvatarURL = "" },
			explained: true,
		},
		"a change without its subject is of roles or access": {
			body: delivered("change", `{"name":"Ann Example"}`, `{"modified":"2026-06-07 11:12:13"}`),
			edit: func(*person.Identity) {},
		},
		"a change of what no payload holds": {
			body: delivered("change", `{"name":"Ann Example"}`, `{"name":"Ann","role_id":3}`),
			edit: func(*person.Identity) {},
		},
		"deleted": {
			body: delivered("delete", `null`, `{"id":"20480117","name":"Ann Example","active_flag":true}`),
			edit: func(i *person.Identity) {
				i.State, i.EmailVerified, i.Grants, i.Pipedrive.ActiveFlag = person.StateInactive, false, nil, false
			},
			doubt: true,
		},
		"erased": {
			body: old("updated", `{"id":20480117,"is_deleted":true,"name":"(deleted user)"}`, `{"is_deleted":false}`),
			edit: func(i *person.Identity) {
				*i = person.Identity{Key: i.Key, Source: i.Source, State: person.StateErased, CreatedAt: i.CreatedAt,
					Pipedrive: &person.PipedriveUser{UserID: 20480117, CompanyID: 7001, IsDeleted: true, Modified: i.Pipedrive.Modified}}
			},
			explained: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			known := find(t, batch(t, annMe, annUser), "20480117")
			want := *known
			user := *known.Pipedrive
			want.Pipedrive = &user
			c.edit(&want)
			before, _ := json.Marshal(known)

			w := parse(t, c.body)
			if w.Key() != known.Key || !w.At.Equal(time.Unix(1781000000, 0)) {
				t.Errorf("it is about %v at %v", w.Key(), w.At)
			}
			now, doubt := w.Alter(known.Source, known)
			if diff := cmp.Diff(&want, now); diff != "" {
				t.Errorf("altered (-want +got):\n%s", diff)
			}
			if doubt != c.doubt || w.Explained() != c.explained {
				t.Errorf("doubt %v, explained %v; want %v, %v", doubt, w.Explained(), c.doubt, c.explained)
			}
			if after, _ := json.Marshal(known); !bytes.Equal(before, after) {
				t.Error("what was known was written to")
			}
		})
	}
}

func TestWebhookOfAStranger(t *testing.T) {
	w := parse(t, delivered("create", `{"id":"20480117","name":"new@example.com","email":"new@example.com","active_flag":true,"created":"2026-06-09 10:13:20"}`, `null`))
	now, doubt := w.Alter("crm", nil)
	if now == nil || !doubt || w.Explained() {
		t.Fatalf("a new user is %+v, doubt %v, explained %v: their access is to be read", now, doubt, w.Explained())
	}
	if now.Key != w.Key() || now.Source != "crm" || now.Name != "" || now.Email != "new@example.com" || now.EmailVerified ||
		now.State != person.StateUnconfirmed || now.CreatedAt.IsZero() || len(now.Grants) > 0 {
		t.Errorf("a new user is %+v", now)
	}
	if now, _ := parse(t, delivered("delete", `null`, `{}`)).Alter("crm", nil); now != nil {
		t.Errorf("a stranger was deleted, and is %+v", now)
	}
}

func TestWebhookBringsBackWithDoubt(t *testing.T) {
	off := parse(t, delivered("change", `{"active_flag":false}`, `{"active_flag":true}`))
	on := parse(t, delivered("change", `{"active_flag":true}`, `{"active_flag":false}`))
	gone, _ := off.Alter("crm", find(t, batch(t, annMe, annUser), "20480117"))
	back, doubt := on.Alter("crm", gone)
	if back.State != person.StateActive || !doubt || back.EmailVerified {
		t.Errorf("back as %+v, doubt %v: what they may reach has to be read", back, doubt)
	}
}

func TestWebhookKeepsTheErasedErased(t *testing.T) {
	erased := find(t, batch(t, annMe, `{"id":20480117,"is_deleted":true}`), "20480117")
	now, doubt := parse(t, delivered("change", `{"name":"Ann","email":"ann@example.com","active_flag":true}`, `{}`)).Alter("crm", erased)
	if now != erased || doubt {
		t.Errorf("an erased user came back as %+v", now)
	}
}

func TestWebhookDeliveriesAreTold(t *testing.T) {
	first := delivered("change", `{"name":"A"}`, `{"name":"B"}`)
	again := strings.Replace(first, `"attempt":1`, `"attempt":3`, 1)
	other := delivered("change", `{"name":"C"}`, `{"name":"A"}`)
	if a, b := parse(t, first).Delivery, parse(t, again).Delivery; a == "" || a != b {
		t.Error("the third attempt at one delivery looks like another")
	}
	if parse(t, first).Delivery == parse(t, other).Delivery {
		t.Error("two changes of one act look like one")
	}
	if parse(t, old("updated", `{}`, `{}`)).Delivery != "" {
		t.Error("version 1 has no correlation id")
	}
}

func TestWebhookOfOtherMatter(t *testing.T) {
	for _, body := range []string{`{}`, `{"meta":{"entity":"person","entity_id":"7"},"data":{}}`, `{"meta":{"object":"deal","id":7}}`} {
		if _, err := pipedrive.ParseWebhook([]byte(body)); !errors.Is(err, pipedrive.ErrOtherMatter) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if w := parse(t, `{"meta":{"entity":"user","action":"change"}}`); !w.Key().IsZero() || !w.At.IsZero() {
		t.Errorf("a user of no name is %v at %v", w.Key(), w.At)
	}
	if w := parse(t, `{"meta":{"entity":"user","timestamp":"2026-06-09T10:13:20.123Z"},"data":{"id":"7"}}`); w.UserID != 7 || w.At.Nanosecond() == 0 {
		t.Errorf("the record's own id and a time in words give %d at %v", w.UserID, w.At)
	}
}

func FuzzWebhook(f *testing.F) {
	f.Add([]byte(delivered("change", `{"name":"A","email":"a@example.com","active_flag":0}`, `{"name":"B"}`)))
	f.Add([]byte(old("deleted", `null`, `[{"id":7}]`)))
	f.Add([]byte(`{"meta":{"entity":"user","entity_id":-1,"timestamp":99999999999999}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		w, err := pipedrive.ParseWebhook(body)
		if err != nil {
			return
		}
		known := &person.Identity{Key: w.Key(), Name: "Ann", Email: "ann@example.com", EmailVerified: true, Pipedrive: &person.PipedriveUser{ActiveFlag: true}}
		for _, k := range []*person.Identity{nil, known} {
			now, _ := w.Alter("s", k)
			if now == nil {
				if k != nil {
					t.Fatal("a known user vanished: Pipedrive keeps its users")
				}
				continue
			}
			if now.Email != "ann@example.com" && now.EmailVerified || now.Name != "" && strings.EqualFold(now.Name, now.Email) {
				t.Fatalf("told %+v", now)
			}
			if now.State != person.StateActive && now.State != person.StateUnconfirmed && len(now.Grants) > 0 {
				t.Fatalf("%v and reaches %v", now.State, now.Grants)
			}
			if again, _ := w.Alter("s", now); !cmp.Equal(now, again) {
				t.Fatalf("a replay changes more: %s", cmp.Diff(now, again))
			}
		}
	})
}
