package people_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// representing is what JSON makes of representations.
func representing(t testing.TB, text string) []any {
	t.Helper()
	var all []any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// called is what a node is shown as; "" for none.
func called(n people.Node) string {
	switch n := n.(type) {
	case directory.Person:
		return n.DisplayName()
	case people.Account:
		return n.Entry().DisplayName()
	case directory.Resource:
		return n.Name()
	case directory.Source:
		return n.Name()
	}
	return ""
}

func TestEntitiesAreFoundByEveryKey(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	ann, _ := v.Identity(pipedriveKey("1"))
	pipefy := person.Key{System: person.Pipefy, Account: "301", ID: "900"}
	pipedream := person.Key{System: person.Pipedream, Account: "proj_a/production", ID: "ann@example.com"}
	resource := person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: "12"}
	for name, c := range map[string]struct {
		representation map[string]any
		want           string
	}{
		"a person":                         {map[string]any{"__typename": "Person", "id": o.ids.Person(ann.Person().ID())}, "Ann Example"},
		"a person by a retired id":         {map[string]any{"__typename": "Person", "id": o.ids.Person(o.ids.PersonID(pipefy))}, "Ann Example"},
		"a Pipedrive user":                 {map[string]any{"__typename": "PipedriveUser", "id": o.ids.Identity(pipedriveKey("2"))}, "Bob Builder"},
		"a Pipedrive user by number":       {map[string]any{"__typename": "PipedriveUser", "companyId": "7001", "sourceId": "2"}, "Bob Builder"},
		"an id before a number":            {map[string]any{"__typename": "PipedriveUser", "id": o.ids.Identity(pipedriveKey("2")), "companyId": "7001", "sourceId": "1"}, "Bob Builder"},
		"fields that are no key":           {map[string]any{"__typename": "PipedriveUser", "companyId": "7001", "sourceId": "2", "timezoneName": 7}, "Bob Builder"},
		"a Pipefy user":                    {map[string]any{"__typename": "PipefyUser", "id": o.ids.Identity(pipefy)}, "Ann E."},
		"a Pipefy user by number":          {map[string]any{"__typename": "PipefyUser", "organizationId": "301", "sourceId": "900"}, "Ann E."},
		"a Pipedream user":                 {map[string]any{"__typename": "PipedreamUser", "id": o.ids.Identity(pipedream)}, "ann@example.com"},
		"a Pipedream user by its id there": {map[string]any{"__typename": "PipedreamUser", "projectId": "proj_a", "environment": "production", "externalUserId": "ann@example.com"}, "ann@example.com"},
		"an account of any system":         {map[string]any{"__typename": "Identity", "id": o.ids.Identity(pipefy)}, "Ann E."},
		"a resource":                       {map[string]any{"__typename": "Resource", "id": o.ids.Resource(resource)}, "Pipe 12"},
		"a source":                         {map[string]any{"__typename": "Source", "id": o.ids.Source("pd")}, "pd"},
		"a source by name":                 {map[string]any{"__typename": "Source", "name": "pf"}, "pf"},
		"a Pipedrive user who is not":      {map[string]any{"__typename": "PipedriveUser", "companyId": "7001", "sourceId": "77"}, ""},
		"another company":                  {map[string]any{"__typename": "PipedriveUser", "companyId": "7002", "sourceId": "1"}, ""},
		"a source that is not":             {map[string]any{"__typename": "Source", "name": "px"}, ""},
	} {
		nodes, errs := o.Entities(v, who, []any{c.representation})
		if len(nodes) != 1 || len(errs) != 1 || errs[0] != nil || called(nodes[0]) != c.want {
			t.Errorf("%s: %q, %v", name, called(nodes[0]), errs)
		}
	}
}

func TestWhatIsWrongWithARepresentationIsSaidInItsPlace(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	of := func(id string) string { return `{"__typename": "Person", "id": "` + id + `"}` }
	for _, c := range []struct {
		representation, says string
		kind                 fault.Kind
	}{
		{`7`, "is an object", fault.BadUserInput},
		{`[]`, "is an object", fault.BadUserInput},
		{`{}`, "as __typename", fault.BadUserInput},
		{`{"__typename": {"a": 1}}`, "as __typename", fault.BadUserInput},
		{`{"__typename": "Desk", "id": "1"}`, "No type with a key", fault.BadUserInput},
		{`{"__typename": "Person"}`, "one key: id.", fault.BadUserInput},
		{`{"__typename": "Person", "id": 7}`, "one key: id.", fault.BadUserInput},
		{`{"__typename": "Person", "id": {"id": [["x"]]}}`, "one key: id.", fault.BadUserInput},
		{`{"__typename": "PipedriveUser", "companyId": "7001", "sourceId": null}`, "id; or companyId and sourceId", fault.BadUserInput},
		{of("never one of ours"), "not an id of this server", fault.BadUserInput},
		{of(o.ids.Identity(pipedriveKey("1"))), "something else than a Person", fault.BadUserInput},
		{`{"__typename": "PipefyUser", "id": "` + o.ids.Identity(pipedriveKey("1")) + `"}`, "something else than a PipefyUser", fault.BadUserInput},
		// pr-dev was never read: whoever is not found may be there.
		{`{"__typename": "PipedreamUser", "projectId": "proj_a", "environment": "development", "externalUserId": "x"}`, "pr-dev", fault.SourceUnavailable},
	} {
		all := representing(t, `[{"__typename": "Source", "name": "pd"}, `+c.representation+`, {"__typename": "Source", "name": "pf"}]`)
		nodes, errs := o.Entities(v, who, all)
		if called(nodes[0]) != "pd" || called(nodes[2]) != "pf" || errs[0] != nil || errs[2] != nil {
			t.Errorf("%s disturbs its neighbours: %v", c.representation, errs)
		}
		var f *fault.Error
		if nodes[1] != nil || !errors.As(errs[1], &f) || f.Kind != c.kind || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: %v, %v", c.representation, nodes[1], errs[1])
		}
	}
}

// Naming somebody by an id that may be an address is refused whether there is anybody or not.
func TestNoRepresentationTellsWhetherAnAddressIsThere(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ScopeDirectoryRead)
	said := ""
	for _, id := range []string{"ann@example.com", "nobody@example.com"} {
		nodes, errs := o.Entities(v, who, []any{map[string]any{"__typename": "PipedreamUser", "projectId": "proj_a", "environment": "production", "externalUserId": id}})
		if nodes[0] != nil || errs[0] == nil || said != "" && errs[0].Error() != said {
			t.Fatalf("%s: %v, %v", id, nodes[0], errs[0])
		}
		said = errs[0].Error()
	}
	nodes, errs := o.Entities(v, who, []any{map[string]any{"__typename": "Resource", "id": o.ids.Resource(person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: "12"})}})
	if nodes[0] != nil || errs[0] == nil {
		t.Errorf("a resource to who may not see any: %v, %v", nodes[0], errs[0])
	}
}

// FuzzRepresentations: whatever a router sends, each place holds what its representation names alone, nobody who is hidden
// is shown, and nothing but faults comes of it.
func FuzzRepresentations(f *testing.F) {
	o := newOffice(f)
	whole, _ := o.view(access.ReadScopes...)
	ann, _ := whole.Identity(pipedriveKey("1"))
	cy := o.ids.Identity(pipedriveKey("3"))
	for _, seed := range []string{
		`[]`, `[null, 1, "x", [], {}]`, `[{"__typename": null}, {"__typename": "Person", "id": {"id": "x"}}]`,
		`[{"__typename": "Person", "id": "` + o.ids.Person(ann.Person().ID()) + `"}, {"__typename": "PipedriveUser", "id": "` + cy + `"}]`,
		`[{"__typename": "PipedriveUser", "companyId": "7001", "sourceId": "3"}, {"__typename": "Identity", "id": "` + cy + `"}]`,
		`[{"__typename": "PipefyUser", "organizationId": "301", "sourceId": "900"}, {"__typename": "Source", "name": "pr-dev"}, {"__typename": "Source", "name": "pf"}]`,
		`[{"__typename": "PipedreamUser", "projectId": "proj_a", "environment": "production", "externalUserId": "ann@example.com"}]`,
		`[{"__typename": "Resource", "id": "` + o.ids.Resource(person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: "12"}) + `"}]`,
		`[{"__typename": "Person", "id": ` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}]`,
	} {
		f.Add([]byte(seed))
	}
	some := access.Grant("some", access.Role{Scopes: access.ReadScopes, Rows: access.Rows{Sources: access.Only("pd"), EmailDomains: access.Only("example.com")}})
	views := map[string]access.Principal{"all": access.NewPrincipal("all", access.ReadScopes...), "some": some, "few": access.NewPrincipal("few", access.ScopeDirectoryRead)}
	f.Fuzz(func(t *testing.T, text []byte) {
		var all []any
		if json.Unmarshal(text, &all) != nil {
			return
		}
		for name, who := range views {
			v := o.snap.View(who)
			nodes, errs := o.Entities(v, who, all)
			if len(nodes) != len(all) || len(errs) != len(all) {
				t.Fatalf("%d representations: %d answers, %d errors", len(all), len(nodes), len(errs))
			}
			for i := range all {
				alone, err := o.Entities(v, who, all[i:i+1])
				if !reflect.DeepEqual(nodes[i], alone[0]) || (err[0] == nil) != (errs[i] == nil) {
					t.Errorf("place %d holds %q, and alone %q", i, called(nodes[i]), called(alone[0]))
				}
				var told *fault.Error
				if errs[i] != nil && (nodes[i] != nil || !errors.As(errs[i], &told)) {
					t.Errorf("an answer beside an error, or one that is no fault: %v", errs[i])
				}
				if name == "some" && outside(nodes[i]) {
					t.Errorf("%q is shown to who may see one source alone", called(nodes[i]))
				}
				if _, is := nodes[i].(directory.Resource); is && name == "few" {
					t.Errorf("%q is shown to who may see no resource", called(nodes[i]))
				}
			}
		}
	})
}

// outside tells whether a node is of another source than pd.
func outside(n people.Node) bool {
	switch n := n.(type) {
	case directory.Person:
		for _, i := range n.Identities() {
			if i.Source().ID() != "pd" {
				return true
			}
		}
	case people.Account:
		return n.Entry().Source().ID() != "pd"
	case directory.Resource:
		return n.Source().ID() != "pd"
	case directory.Source:
		return n.ID() != "pd"
	}
	return false
}
