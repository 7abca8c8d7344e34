package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// renewer is a people.Renewer that counts who was asked for.
type renewer struct {
	asked int
	err   error
	renew func()
}

func (r *renewer) Renew(_ context.Context, _ people.Asker, users []*person.Identity) []people.Renewal {
	r.asked += len(users)
	if r.renew != nil {
		r.renew()
	}
	return []people.Renewal{{Source: "pd", Cost: people.Cost{Calls: 1, Tokens: 20}, Err: r.err}}
}

func (o *office) say(t *testing.T, query, word string) answer {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"query": query})
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Cache-Control", word)
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r.WithContext(access.With(r.Context(), access.NewPrincipal("test", access.ReadScopes...))))
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return a
}

func TestWhatIsTooOldIsReadAnewFirst(t *testing.T) {
	o, ids := newOffice(t)
	r := &renewer{}
	o.root.Renewer = r
	o.now = noon.Add(2 * time.Minute)
	r.renew = func() { o.employ(t, ids, "zoe") } // as of noon still: the fixture's clock stands
	a := o.say(t, names, "max-age=60")
	if got := first(t, a, "displayName"); got != "zoe" || r.asked != 2 || a.Extensions.Manifold.Cost["pd"].Spent != 20 {
		t.Errorf("%v, %d asked for, %+v", got, r.asked, a.Extensions.Manifold)
	}
	if w := a.Extensions.Manifold.Warnings; len(w) != 1 || w[0].Path != "people" {
		t.Errorf("it is too old all the same: %+v", w)
	}
	if o.say(t, `{ people { totalCount } }`, "max-age=60"); r.asked != 2 {
		t.Error("a count was read anew")
	}
}

func TestStaleBeatsNullUnlessTheCallerSaysOtherwise(t *testing.T) {
	o, _ := newOffice(t)
	r := &renewer{err: &fault.Error{Kind: fault.BudgetExhausted, Message: "Spent.", Source: "pd"}}
	o.root.Renewer = r
	o.now = noon.Add(2 * time.Minute)
	a := o.say(t, names, "max-age=60")
	if got := first(t, a, "displayName"); got != "ann" || len(a.Extensions.Manifold.Warnings) != 1 || a.Extensions.Manifold.Warnings[0].Extensions["code"] != "BUDGET_EXHAUSTED" {
		t.Errorf("%v, %+v", got, a.Extensions.Manifold.Warnings)
	}
	if a := o.say(t, names, "max-age=60, max-stale=30"); len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BUDGET_EXHAUSTED" || a.Data["people"] != nil {
		t.Errorf("%+v", a)
	}
	asked := r.asked
	if a := o.say(t, names, "max-age=60, only-if-cached"); len(a.Errors) > 0 || r.asked != asked {
		t.Errorf("only-if-cached: %+v, %d asked for", a.Errors, r.asked-asked)
	}
}

// An answer from memory is one for a caller who wants nothing old only if nothing in it is.
func TestMemoryAnswersOnlyWhatIsYoungEnough(t *testing.T) {
	o, _ := newOffice(t)
	r := &renewer{}
	o.root.Renewer = r
	o.ask(t, names)
	asked := r.asked
	if o.say(t, names, "max-age=3600"); r.asked != asked {
		t.Error("what is young was read anew")
	}
	o.now = noon.Add(2 * time.Hour)
	if o.say(t, names, "max-age=3600"); r.asked == asked {
		t.Error("what is old was answered from memory")
	}
}
