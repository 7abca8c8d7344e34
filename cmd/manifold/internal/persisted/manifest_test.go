package persisted_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
)

func TestManifestsOfEveryTool(t *testing.T) {
	for name, each := range map[string]struct {
		text string
		want []persisted.Document
	}{
		"Apollo": {`{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"b","name":"B","type":"query","body":"query B { x }"},{"id":"a","name":"A","type":"mutation","body":"mutation A { y }","extra":1}]}`,
			[]persisted.Document{{ID: "b", Name: "B", Type: "query", Body: "query B { x }", File: "f"}, {ID: "a", Name: "A", Type: "mutation", Body: "mutation A { y }", File: "f"}}},
		"Relay":           {`{"0f34": "query B {\n  x\n}\n", "0a": "{ y }"}`, []persisted.Document{{ID: "0a", Body: "{ y }", File: "f"}, {ID: "0f34", Body: "query B {\n  x\n}\n", File: "f"}}},
		"an id of format": {`{"format": "{ y }"}`, []persisted.Document{{ID: "format", Body: "{ y }", File: "f"}}},
		"nothing yet":     {`{}`, nil},
		"nothing, Apollo": {`{"format":"apollo-persisted-query-manifest","version":1,"operations":[]}`, nil},
	} {
		got, err := persisted.ParseManifest("f", []byte(each.text))
		if err != nil || !reflect.DeepEqual(got, each.want) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	for text, says := range map[string]string{
		``:                            "is not a JSON object",
		`[]`:                          "is not a JSON object",
		`null`:                        "is not a JSON object",
		`{"a": "{ x }"} x`:            "is not a JSON object",
		`{"a": {"body": "x"}}`:        "neither the format",
		`{"a": " "}`:                  "without id or text, the 1st",
		`{"a": "{ x }", "": "{ y }"}`: "without id or text, the 1st",
		`{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}`:                                     "is not version 1",
		`{"format":"other","version":1,"operations":[]}`:                                                               "is not version 1",
		`{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"a","body":"{ x }"},{"id":"b"}]}`: "without id or text, the 2nd",
	} {
		if got, err := persisted.ParseManifest("f", []byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v %v, want %q", text, got, err, says)
		}
	}
}

func TestOneIDHasOneText(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	web, app, same := write("web.json", `{"a": "{ x }"}`), write("app.json", `{"a": "{ y }"}`), write("same.json", `{"a": "{ x }", "b": "{ y }"}`)
	if got, err := persisted.ReadManifests(web, same); err != nil || len(got) != 3 || got[0].File != web {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := persisted.ReadManifests(web, app); err == nil || !strings.Contains(err.Error(), web) || !strings.Contains(err.Error(), app+" has another text for the id") {
		t.Errorf("between files: %v", err)
	}
	if _, err := persisted.ReadManifests(write("twice.json", `{"a": "{ x }", "a": "{ y }"}`)); err == nil {
		t.Error("one id for two texts in a file")
	}
	if _, err := persisted.ReadManifests(filepath.Join(folder, "none.json")); err == nil || !strings.Contains(err.Error(), "none.json") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func FuzzManifest(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":"{ x }"}`, `{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"a","body":"{ x }"}]}`, `{"operations":[`, `null`, `{"a":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		documents, err := persisted.ParseManifest("f", data)
		if err != nil {
			return
		}
		known := persisted.New(true, documents)
		for _, d := range documents {
			if !known.Trusts(d.Body) {
				t.Fatalf("%q is not trusted", d.Body)
			}
			if _, ok := known.Trusted(d.ID); !ok {
				t.Fatalf("the id %q is not known", d.ID)
			}
		}
	})
}
