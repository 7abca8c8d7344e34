package pipedrive_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

func TestListIsTheWholeCompanyUnderBothPrefixes(t *testing.T) {
	h := start(t, pipedrive.Options{})
	for _, prefix := range []string{"/v1", "/api/v1"} {
		r := h.get(prefix+"/users", adminToken)
		if r.status != http.StatusOK || r.json["success"] != true || len(r.list(t)) != 4 {
			t.Fatalf("%s: %d %s", prefix, r.status, r.raw)
		}
		if _, paged := r.json["additional_data"]; paged {
			t.Error("the list pretends to be paged")
		}
	}
	if r := h.get("/api/v2/users", adminToken); r.status != http.StatusNotFound {
		t.Errorf("v2 has no users list, got %d", r.status)
	}
}

func TestUserObjectDependsOnWhoAsks(t *testing.T) {
	h := start(t, pipedrive.Options{})
	own, other := h.get("/v1/users/1", adminToken).object(t), h.get("/v1/users/1", plainToken).object(t)
	if own["is_you"] != true || other["is_you"] != false {
		t.Errorf("is_you: own %v, other %v", own["is_you"], other["is_you"])
	}
	if own["phone"] != "+3725550001" || other["phone"] != nil {
		t.Errorf("phone: own %v, other %v", own["phone"], other["phone"])
	}
	if m, there := own["modified"]; !there || m != nil {
		t.Errorf("account settings access sees modified as null when nothing changed, got %v %v", m, there)
	}
	if _, there := other["modified"]; there {
		t.Error("modified is shown to a caller without account settings")
	}
	if own["created"] != "2025-02-03 08:15:00" {
		t.Errorf("created %v is not UTC", own["created"])
	}
	if own["is_admin"] != float64(1) || other["is_admin"] != float64(1) {
		t.Errorf("is_admin %v", own["is_admin"])
	}
}

func TestErasedAndInvitedUsers(t *testing.T) {
	h := start(t, pipedrive.Options{})
	erased := h.get("/v1/users/3", adminToken).object(t)
	if erased["name"] != "(deleted user)" || erased["email"] != nil || erased["is_deleted"] != true || erased["active_flag"] != false {
		t.Errorf("erased: %v", erased)
	}
	invited := h.get("/v1/users/4", adminToken).object(t)
	if invited["name"] != "new@acme.example" || invited["last_login"] != nil {
		t.Errorf("invited: %v", invited)
	}
	if access := erased["access"].([]any); len(access) != 0 {
		t.Errorf("an app that is not granted has no entry, got %v", access)
	}
}

func TestMeNamesTheCompanyOfTheToken(t *testing.T) {
	h := start(t, pipedrive.Options{})
	a, b := h.get("/v1/users/me", adminToken).object(t), h.get("/v1/users/me", otherToken).object(t)
	if a["id"] != b["id"] {
		t.Error("one human has two ids")
	}
	if a["company_id"] != float64(7001) || b["company_id"] != float64(7002) || a["company_domain"] != "acme" || a["company_industry"] != nil {
		t.Errorf("me: %v / %v", a, b)
	}
	if lang, _ := a["language"].(map[string]any); lang["language_code"] != "en" {
		t.Errorf("language: %v", a["language"])
	}
}

func TestFind(t *testing.T) {
	h := start(t, pipedrive.Options{})
	for _, tc := range []struct {
		query string
		want  int
	}{
		{"term=ANN", 1}, {"term=acme.example", 1}, {"term=acme.example&search_by_email=1", 3},
		{"term=deleted", 0}, {"term=ann&search_by_email=0", 1}, {"term=nobody", 0},
	} {
		if got := h.get("/v1/users/find?"+tc.query, adminToken).list(t); len(got) != tc.want {
			t.Errorf("%s: %d users, want %d", tc.query, len(got), tc.want)
		}
	}
	if r := h.get("/v1/users/find", adminToken); r.status != http.StatusBadRequest || r.json["success"] != false {
		t.Errorf("no term: %d %s", r.status, r.raw)
	}
}

func TestPermissionsAndRoleSettings(t *testing.T) {
	h := start(t, pipedrive.Options{})
	admin, plain := h.get("/v1/users/1/permissions", adminToken).object(t), h.get("/v1/users/2/permissions", adminToken).object(t)
	if admin["can_export_data_from_lists"] != true || plain["can_export_data_from_lists"] != false || plain["can_use_api"] != true {
		t.Errorf("permissions: %v / %v", admin, plain)
	}
	if s := h.get("/v1/users/2/roleSettings", adminToken).object(t); len(s) != 1 || s["deal_default_visibility"] != float64(1) {
		t.Errorf("role settings: %v", s)
	}
}

func TestRoleAssignmentsArePagedByOffset(t *testing.T) {
	h := start(t, pipedrive.Options{})
	var names []string
	path, pages := "/v1/users/1/roleAssignments?limit=2", 0
	for path != "" {
		r := h.get(path, adminToken)
		for _, a := range r.list(t) {
			names = append(names, a.(map[string]any)["name"].(string))
		}
		page := r.json["additional_data"].(map[string]any)["pagination"].(map[string]any)
		next, there := page["next_start"]
		if more := page["more_items_in_collection"].(bool); more != there {
			t.Fatalf("more %v but next_start %v", more, next)
		}
		path, pages = "", pages+1
		if there {
			path = "/v1/users/1/roleAssignments?limit=2&start=2"
		}
	}
	if !slices.Equal(names, []string{"Top", "Sales", "Interns"}) || pages != 2 {
		t.Errorf("%v in %d pages", names, pages)
	}
	if parent := h.get("/v1/users/1/roleAssignments", adminToken).list(t)[0].(map[string]any)["parent_role_id"]; parent != nil {
		t.Errorf("the root's parent is %v", parent)
	}
	if r := h.get("/v1/users/1/roleAssignments?start=x", adminToken); r.status != http.StatusBadRequest {
		t.Errorf("bad start: %d", r.status)
	}
}

func TestFollowersArePagedByCursor(t *testing.T) {
	h := start(t, pipedrive.Options{})
	var ids []float64
	cursor, pages := "", 0
	for {
		r := h.get("/api/v2/users/1/followers?limit=3&cursor="+cursor, adminToken)
		for _, f := range r.list(t) {
			ids = append(ids, f.(map[string]any)["user_id"].(float64))
			if at := f.(map[string]any)["add_time"]; at != "2025-02-03T08:15:00Z" {
				t.Errorf("add_time %v", at)
			}
		}
		next := r.json["additional_data"].(map[string]any)["next_cursor"]
		pages++
		if next == nil {
			break
		}
		cursor = next.(string)
	}
	if len(ids) != 7 || pages != 3 || !slices.IsSorted(ids) {
		t.Errorf("%v in %d pages", ids, pages)
	}
	if r := h.get("/api/v2/users/2/followers?cursor="+cursor, adminToken); r.status != http.StatusBadRequest {
		t.Errorf("a cursor of another list: %d", r.status)
	}
	if old := h.get("/v1/users/1/followers", adminToken).list(t); len(old) != 7 || old[0] != float64(100) {
		t.Errorf("v1 followers: %v", old)
	}
}

func TestUnknownThings(t *testing.T) {
	h := start(t, pipedrive.Options{})
	for _, path := range []string{"/v1/users/999", "/v1/users/999/permissions", "/v1/users/nan/roleSettings", "/api/v2/users/999/followers", "/v1/users/999/roleAssignments"} {
		r := h.get(path, adminToken)
		if r.status != http.StatusNotFound || r.json["error"] != "User not found or not accessible." {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
	if r := h.do(http.MethodDelete, "/v1/users/1", adminToken, ""); r.status != http.StatusMethodNotAllowed || r.json["success"] != false {
		t.Errorf("DELETE: %d %s", r.status, r.raw)
	}
	if r := h.get("/v1/nothing", adminToken); r.status != http.StatusNotFound || r.json["success"] != false {
		t.Errorf("unknown path: %d %s", r.status, r.raw)
	}
}

func TestAuthentication(t *testing.T) {
	h := start(t, pipedrive.Options{})
	for name, tc := range map[string]struct {
		header http.Header
		status int
	}{
		"nothing":              {http.Header{}, 401},
		"unknown token":        {http.Header{"X-Api-Token": {"nope"}}, 401},
		"api token as bearer":  {http.Header{"Authorization": {"Bearer " + adminToken}}, 401},
		"bearer as api token":  {http.Header{"X-Api-Token": {bearerToken}}, 401},
		"malformed":            {http.Header{"Authorization": {"Bearer"}}, 400},
		"another scheme":       {http.Header{"Authorization": {"Basic abc"}}, 400},
		"bearer":               {http.Header{"Authorization": {"bearer " + bearerToken}}, 200},
		"both: api token wins": {http.Header{"Authorization": {"Bearer nope"}, "X-Api-Token": {adminToken}}, 200},
	} {
		r := h.send(http.MethodGet, "/v1/users/me", tc.header, "")
		if r.status != tc.status {
			t.Errorf("%s: %d, want %d: %s", name, r.status, tc.status, r.raw)
		}
		if (r.status == 401) != (r.header.Get("x-401-by-gw") == "true") {
			t.Errorf("%s: x-401-by-gw is %q", name, r.header.Get("x-401-by-gw"))
		}
		if len(strings.Split(r.header.Get("x-correlation-id"), "-")) != 5 {
			t.Errorf("%s: no correlation id", name)
		}
	}
	if m := h.Usage(); m.Refused["unauthorized"] != 4 || m.Tokens[7001] != 4 {
		t.Errorf("meter: %+v", m)
	}
}
