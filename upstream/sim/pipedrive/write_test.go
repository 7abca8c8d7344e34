package pipedrive_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

func TestAddUserInvites(t *testing.T) {
	h := start(t, pipedrive.Options{})
	r := h.do(http.MethodPost, "/v1/users", adminToken, `{"email":"eve@acme.example"}`)
	u := r.object(t)
	if r.status != http.StatusOK || u["name"] != "eve@acme.example" || u["active_flag"] != true {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	if access := u["access"].([]any); len(access) != 1 || access[0].(map[string]any)["app"] != "sales" {
		t.Errorf("default access: %v", access)
	}
	if n := len(h.get("/v1/users", adminToken).list(t)); n != 5 {
		t.Errorf("the list has %d users", n)
	}
	again := h.do(http.MethodPost, "/v1/users", adminToken, `{"email":"EVE@acme.example"}`).object(t)
	if again["id"] != u["id"] {
		t.Errorf("a known address made a second user: %v", again)
	}
	elsewhere := h.do(http.MethodPost, "/v1/users", adminToken, `{"email":"ann@borealis.example"}`).object(t)
	if elsewhere["id"] == float64(1) {
		t.Error("the id of a colleague was given away")
	}
	there := h.do(http.MethodPost, "/v1/users", otherToken, `{"email":"bo@acme.example"}`).object(t)
	if there["id"] != float64(2) {
		t.Errorf("the same human has id %v in the other company", there["id"])
	}
}

func TestAddUserRefuses(t *testing.T) {
	h := start(t, pipedrive.Options{RefuseDuplicates: true})
	for body, status := range map[string]int{
		`{"email":"ann@acme.example"}`: 400, `{}`: 400, `{`: 400,
		`{"email":"x@acme.example","access":[{"admin":true}]}`: 400,
	} {
		if r := h.do(http.MethodPost, "/v1/users", adminToken, body); r.status != status {
			t.Errorf("%s: %d %s", body, r.status, r.raw)
		}
	}
}

func TestUpdateSetsActiveFlag(t *testing.T) {
	for name, tc := range map[string]struct {
		kind, body string
		active     bool
	}{
		"boolean": {"application/json", `{"active_flag":false}`, false},
		"number":  {"application/json", `{"active_flag":0}`, false},
		"form":    {"application/x-www-form-urlencoded", `active_flag=0`, false},
		"back on": {"application/json", `{"active_flag":1}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, pipedrive.Options{})
			h.clock.Advance(time.Hour)
			r := h.send(http.MethodPut, "/v1/users/2", http.Header{"X-Api-Token": {adminToken}, "Content-Type": {tc.kind}}, tc.body)
			if r.status != http.StatusOK || r.object(t)["active_flag"] != tc.active {
				t.Fatalf("%d %s", r.status, r.raw)
			}
			u := h.get("/v1/users/2", adminToken).object(t)
			if u["active_flag"] != tc.active || u["modified"] != "2026-06-07 13:00:00" {
				t.Errorf("afterwards: %v", u)
			}
		})
	}
}

func TestUpdateRefuses(t *testing.T) {
	h := start(t, pipedrive.Options{})
	for path, want := range map[string]int{"/v1/users/999": 404, "/v1/users/3": 404} {
		if r := h.do(http.MethodPut, path, adminToken, `{"active_flag":false}`); r.status != want {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	for _, body := range []string{``, `{}`, `{"active_flag":"maybe"}`} {
		if r := h.do(http.MethodPut, "/v1/users/2", adminToken, body); r.status != 400 {
			t.Errorf("%q: %d", body, r.status)
		}
	}
}

func TestWritesNeedAnAdminAndTheScope(t *testing.T) {
	h := start(t, pipedrive.Options{})
	for token, message := range map[string]string{plainToken: "You do not have permissions to do this.", bearerToken: "Scope and URL mismatch"} {
		for _, req := range [][2]string{{http.MethodPost, "/v1/users"}, {http.MethodPut, "/v1/users/2"}} {
			r := h.do(req[0], req[1], token, `{"email":"x@acme.example","active_flag":false}`)
			if r.status != http.StatusForbidden || r.json["error"] != message {
				t.Errorf("%s %s as %s: %d %s", req[0], req[1], token, r.status, r.raw)
			}
		}
	}
	if h.Usage().Refused["forbidden"] != 4 {
		t.Errorf("meter: %+v", h.Usage())
	}
}

func TestDeactivatedOwnerLosesTheToken(t *testing.T) {
	h := start(t, pipedrive.Options{})
	h.do(http.MethodPut, "/v1/users/2", adminToken, `{"active_flag":false}`)
	if r := h.get("/v1/users", plainToken); r.status != http.StatusForbidden {
		t.Errorf("%d %s", r.status, r.raw)
	}
}
