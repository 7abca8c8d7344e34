package webhook_test

import (
	"net/http"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/webhook"
)

// TestALockFollowsItsSecret: from the request after a rotation on, the new secret opens and the old one does not.
func TestALockFollowsItsSecret(t *testing.T) {
	now := "the-secret-of-yesterday"
	value := func() string { return now }
	hook := func(source person.SourceID, system person.System, lock webhook.Lock) webhook.Hook {
		return webhook.Hook{Source: source, System: system, Lock: lock.Renewed(value), Parse: parse(source)}
	}
	s := &station{sink: &sink{}}
	s.Receiver = webhook.New([]webhook.Hook{
		hook("crm", person.Pipedrive, webhook.Basic("hook", "of-the-start")),
		hook("cards", person.Pipefy, webhook.Header("of-the-start")),
		hook("product", person.Pipedream, webhook.Path("of-the-start")),
	}, s.sink, webhook.Options{})
	ask := func(secret string) [3]bool {
		return [3]bool{
			s.send("POST", "/webhooks/pipedrive/crm", tells(secret), basic("hook", secret)).Code == http.StatusNoContent,
			s.send("POST", "/webhooks/pipefy/cards", tells(secret), header(secret)).Code == http.StatusNoContent,
			s.send("POST", "/webhooks/pipedream/product/"+secret, tells(secret), nil).Code == http.StatusNoContent,
		}
	}
	all, none := [3]bool{true, true, true}, [3]bool{}
	if got := ask(now); got != all {
		t.Errorf("the secret opens %v", got)
	}
	before := now
	now = "the-secret-of-today"
	if got := ask(before); got != none {
		t.Errorf("the old secret still opens %v", got)
	}
	if got := ask(now); got != all {
		t.Errorf("the new secret opens %v", got)
	}
	if got := ask("of-the-start"); got != none {
		t.Errorf("a wrong one opens %v", got)
	}
}
