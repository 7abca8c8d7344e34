package app_test

import (
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

const batchKey = "batch-key-0123456789-0123456789"

const dear = `{ people(first: 30) { nodes { pipedriveUsers { permissions { name } } } } }`

// An operation that its client may not afford is refused with the figures, before any call.
func TestPriceIsRefusedWithTheFigures(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: func(c *config.Config) {
		c.APIKeys = []config.APIKey{{Name: "batch", Key: batchKey, MaxOperationTokens: 200}}
	}})
	before := s.callCount()
	r := s.post(body(dear, nil), "X-Api-Key: "+batchKey)
	if len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "COST_LIMIT_EXCEEDED" || r.Data != nil {
		t.Fatalf("%.400s", r.raw)
	}
	for _, figure := range []string{`"limit":200`, `"tokens":300`, `"field":"PipedriveUser.permissions"`, `"reads":30`} {
		if !strings.Contains(r.raw, figure) {
			t.Errorf("%s is missing in %s", figure, r.raw)
		}
	}
	if n := s.callCount() - before; n != 0 {
		t.Errorf("the refusal made %d calls", n)
	}
}

func TestTheCallersWordIsFollowed(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: func(c *config.Config) {
		c.APIKeys = []config.APIKey{{Name: "batch", Key: batchKey}}
	}})
	key := "X-Api-Key: " + batchKey
	s.until("every source is read", func() bool { return s.app.Read() })
	one := body(`{ people(first: 1, filter: {systems: [PIPEDRIVE]}) { nodes { sourceStates { source { name } state age code } pipedriveUsers { permissions { name } } } } }`, nil)
	before := s.callCount()
	if r := s.post(one, key, "Cache-Control: only-if-cached"); len(r.Errors) == 0 || r.Errors[0].Extensions.Code != "SOURCE_UNAVAILABLE" || s.callCount() != before {
		t.Errorf("only-if-cached, and nothing is: %d calls, %.300s", s.callCount()-before, r.raw)
	}
	if r := s.post(one, key, "Cache-Control: no-cache"); len(r.Errors) > 0 || !strings.Contains(r.raw, "cache:bypass") || !strings.Contains(r.raw, `"FORBIDDEN"`) {
		t.Errorf("no-cache without its scope: %.300s", r.raw)
	}
	if r := s.post(one, key, "Cache-Control: max-age=x"); len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "BAD_USER_INPUT" || r.Data != nil {
		t.Errorf("a malformed age: %.300s", r.raw)
	}
	r := s.post(one, key, "Cache-Control: only-if-cached")
	states := items(r.Data, "people", "nodes", 0, "sourceStates")
	if len(r.Errors) > 0 || len(states) != 5 {
		t.Fatalf("held by now: %.300s", r.raw)
	}
	for _, state := range states {
		if age, ok := dig(state, "age").(float64); text(state, "state") != "FRESH" || !ok || age < 0 || dig(state, "code") != nil {
			t.Errorf("%v", state)
		}
	}
	spent := s.post(body(`{ sources { system budget { spent spentBy(by: [CLIENT, FIELD]) { client operation field class calls tokens } } } }`, nil), key)
	rows := append(items(spent.Data, "sources", 0, "budget", "spentBy"), items(spent.Data, "sources", 1, "budget", "spentBy")...)
	found := false
	for _, row := range rows {
		found = found || text(row, "client") == "key:batch" && text(row, "field") == "PipedriveUser.permissions" && dig(row, "operation") == nil
	}
	if !found {
		t.Errorf("nobody is said to have spent: %.600s", spent.raw)
	}
}
