package pipedream_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

func TestTriggerShapes(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	ms := float64(born.UnixMilli())
	for kind, want := range map[string]map[string]any{
		"source": {"id": "dc_1", "type": "DeployedComponent", "owner_id": "exu_1", "component_id": "sc_1", "component_key": "slack-new-message",
			"configurable_props": []any{}, "configured_props": map[string]any{"secret": "s3", "app0": map[string]any{"authProvisionId": "apn_1"}}, "active": true,
			"created_at": ms, "updated_at": ms, "name": "New message", "name_slug": "new-message", "webhook_signing_key": "signing"},
		"http":  {"id": "hi_1", "type": "HttpInterface", "key": "", "endpoint_url": "https://example.m.pipedream.net", "custom_response": false, "created_at": ms, "updated_at": ms},
		"timer": {"id": "ti_1", "type": "TimerInterface", "interval_seconds": 60.0, "timezone": "UTC", "schedule_changed_at": ms, "created_at": ms, "updated_at": ms},
		"email": {"id": "em_1", "type": "EmailInterface", "created_at": ms, "updated_at": ms},
	} {
		got := s.list(query("/deployed-triggers", "external_user_id", "ada", "emitter_type", kind, "limit", "1"))
		if d := cmp.Diff(want, got.Data[0]); d != "" {
			t.Errorf("%s: %s", kind, d)
		}
	}
	if got := s.list(query("/deployed-triggers", "external_user_id", "ada")).ids("id"); !cmp.Equal(got, []string{"dc_1", "dc_2"}) {
		t.Errorf("without emitter_type: %v", got)
	}
	if got := s.list(query("/deployed-triggers", "external_user_id", "nobody")); got.Page.Total != 0 || got.Page.End != nil {
		t.Errorf("unknown user: %+v", got)
	}
	s.get(base + "/deployed-triggers").want(400)
	s.get(query("/deployed-triggers", "external_user_id", "ada", "emitter_type", "sms")).want(400)
}

func TestCatalogue(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	if got := string(s.get(base + "/projects/info").want(200).raw); got != `{"apps":[{"id":"oa_slack1","name_slug":"slack"},{"id":"app_0a1b2c","name_slug":"openai"}]}` {
		t.Errorf("info: %s", got)
	}
	none := s.with(s.token, "")
	for path, want := range map[string][]string{
		"/v1/connect/apps": {"openai", "slack"},
		"/v1/connect/apps?sort_key=featured_weight&sort_direction=desc": {"slack", "openai"},
		"/v1/connect/apps?sort_key=name&sort_direction=desc":            {"slack", "openai"},
		"/v1/connect/apps?q=SLA":                                        {"slack"},
		"/v1/connect/apps?limit=1":                                      {"openai"},
		"/v1/connect/apps?after=b3BlbmFp":                               {"slack"},
		"/v1/connect/apps?before=c2xhY2s":                               {"openai"},
		"/v1/connect/apps?before=b3BlbmFp":                              {},
	} {
		if got := none.list(path).ids("name_slug"); !cmp.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	var app struct {
		Data map[string]any `json:"data"`
	}
	none.get("/v1/connect/apps/app_0a1b2c").want(200).decode(&app)
	if app.Data["name_slug"] != "openai" || app.Data["description"] != nil {
		t.Errorf("app %v", app.Data)
	}
	none.get("/v1/connect/apps/none").want(404)
	if got := none.list("/v1/connect/projects").ids("id"); !cmp.Equal(got, []string{project, "proj_other"}) {
		t.Errorf("projects %v", got)
	}
	var p map[string]any
	none.get("/v1/connect/projects/" + project).want(200).decode(&p)
	if p["app_name"] != nil || p["support_email"] != "help@example.com" {
		t.Errorf("project %v", p)
	}
	none.get("/v1/connect/projects/proj_none").want(404)
}
