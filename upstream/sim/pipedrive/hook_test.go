package pipedrive_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/sim/hook"
	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

// TestWebhooksAreAsDocumented: ids are strings, the time is in seconds, access is null, previous is what changed.
func TestWebhooksAreAsDocumented(t *testing.T) {
	bodies := make(chan map[string]any, 10)
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		if user, password, _ := r.BasicAuth(); json.Unmarshal(raw, &body) != nil || user != "pd" || password != "secret" {
			t.Errorf("%q with %s %s", raw, user, password)
		}
		bodies <- body
	}))
	defer there.Close()
	outbox := hook.NewOutbox(chaos.New(chaos.Vendor{}), &hook.Record{})
	defer outbox.Close()
	at := time.Date(2026, 6, 9, 10, 13, 20, 0, time.UTC)
	s := pipedrive.New(state(), pipedrive.Options{Now: func() time.Time { return at }, Outbox: outbox})
	s.Subscribe(7001, pipedrive.Subscription{ID: 9001, URL: there.URL, User: "pd", Password: "secret"})
	if !s.Edit(7001, 2, func(u *pipedrive.User) { u.Active = false }) || s.Edit(7001, 99, func(*pipedrive.User) {}) {
		t.Error("one of two users is not there")
	}
	s.Edit(7002, 1, func(u *pipedrive.User) { u.Active = false }) // nobody has subscribed there
	r := httptest.NewRequest("POST", "/v1/users", nil)
	r.Header.Set("x-api-token", adminToken)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Body = io.NopCloser(strings.NewReader("email=third%40acme.example"))
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}

	change, create := <-bodies, <-bodies
	meta, data := change["meta"].(map[string]any), change["data"].(map[string]any)
	if meta["action"] != "change" || meta["entity"] != "user" || meta["entity_id"] != "2" || meta["id"] != "2" || meta["company_id"] != "7001" ||
		meta["timestamp"] != float64(at.Unix()) || meta["attempt"] != 1.0 || meta["correlation_id"] == "" {
		t.Errorf("meta is %v", meta)
	}
	access, present := data["access"]
	if data["id"] != "2" || data["active_flag"] != false || access != nil || !present || data["role_id"] != nil || data["lang"] == 1.0 {
		t.Errorf("data is %v", data)
	}
	if got := fmt.Sprint(change["previous"]); got != "map[active_flag:true modified:<nil>]" {
		t.Errorf("previous is %s", got)
	}
	if create["meta"].(map[string]any)["action"] != "create" || create["previous"] != nil {
		t.Errorf("a new user is told as %v", create)
	}
	if tokens := s.Usage().Tokens[7001]; tokens != 10 {
		t.Errorf("%d tokens; adding a user is 10, and webhooks are free", tokens)
	}
}
