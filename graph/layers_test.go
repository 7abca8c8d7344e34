package graph_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/manifold-graph/manifold/"

// edge forbids packages under From to import packages under To, tests included.
type edge struct {
	From, To, Except string
	Why              string
}

var forbidden = []edge{
	{From: "resolvers", To: "upstream", Why: "resolvers ask use cases; where facts come from is not their business"},
	{From: "upstream", To: "resolvers", Why: "sources do not know how they are asked"},
	{From: "graph", To: "upstream", Why: "what is true does not depend on where it comes from"},
	{From: "graph", To: "resolvers", Except: "graph/generated", Why: "what is true does not depend on how it is asked"},
	{From: "graph/person", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/link", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/directory", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/people", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/access", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/nodeid", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/lineage", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/history", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/lineage", To: "graph/directory", Why: "who is called what is decided without pictures, so that every picture can ask"},
	{From: "graph/action", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/action", To: "graph/model", Why: "generated models are for the executor alone"},
	{From: "upstream/act", To: "upstream/store", Why: "what runs acts knows its store by the port alone"},
	{From: "graph/fault", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/audit", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/person", To: "graph/model", Why: "generated models are for the executor alone"},
	{From: "graph/link", To: "graph/model", Why: "generated models are for the executor alone"},
	{From: "graph/directory", To: "graph/model", Why: "generated models are for the executor alone"},
	{From: "graph/people", To: "graph/model", Why: "generated models are for the executor alone"},
	{From: "graph/access", To: "graph/model", Why: "generated models are for the executor alone"},
	{From: "graph/follow", To: "graph/generated", Why: "domain types back the schema, they are not generated from it"},
	{From: "graph/follow", To: "graph/model", Why: "generated models are for the executor alone"},
	{From: "upstream/notify", To: "graph", Why: "replicas tell each other that there is news, and never what: of people nothing"},
	{From: "graph/nodeid", To: "graph/model", Why: "generated models are for the executor alone"},
	{From: "graph/fault", To: "graph/model", Why: "generated models are for the executor alone"},
	{From: "upstream/sim", To: "upstream/pipedrive", Why: "a misreading shared by simulator and client would pass every test"},
	{From: "upstream/sim", To: "upstream/pipefy", Why: "a misreading shared by simulator and client would pass every test"},
	{From: "upstream/sim", To: "upstream/pipedream", Why: "a misreading shared by simulator and client would pass every test"},
	{From: "upstream/sim", To: "upstream/wire", Why: "a misreading shared by simulator and client would pass every test"},
	{From: "upstream/sim", To: "upstream/collect", Why: "the pretend world does not know who reads it"},
	{From: "upstream/pipedrive", To: "upstream/budget", Why: "a client is faithful and dumb; thrift is decided in collect"},
	{From: "upstream/pipefy", To: "upstream/budget", Why: "a client is faithful and dumb; thrift is decided in collect"},
	{From: "upstream/pipedream", To: "upstream/budget", Why: "a client is faithful and dumb; thrift is decided in collect"},
	{From: "upstream/pipedrive", To: "upstream/cache", Why: "a client is faithful and dumb; thrift is decided in collect"},
	{From: "upstream/pipefy", To: "upstream/cache", Why: "a client is faithful and dumb; thrift is decided in collect"},
	{From: "upstream/pipedream", To: "upstream/cache", Why: "a client is faithful and dumb; thrift is decided in collect"},
	{From: "upstream/wire", To: "upstream/budget", Why: "wire asks a Gate and does not know who answers"},
	{From: "upstream/budget", To: "upstream/wire", Why: "the arithmetic of budgets has nothing to do with HTTP"},
	{From: "graph", To: "cmd", Why: "nothing depends on how it is run"},
	{From: "upstream", To: "cmd", Why: "nothing depends on how it is run"},
	{From: "resolvers", To: "cmd", Why: "nothing depends on how it is run"},
}

// impure lists standard packages that would make graph/ depend on the world.
var impure = map[string]string{
	"net/http":     "what is true would still mean something without a network",
	"net":          "what is true would still mean something without a network",
	"os":           "values and decisions touch no disk and read no environment",
	"os/exec":      "values and decisions run nothing",
	"database/sql": "durable decisions are kept in upstream/store",
	"log":          "a decision is returned, not logged",
	"log/slog":     "a decision is returned, not logged",
	"math/rand":    "randomness enters as a source",
	"math/rand/v2": "randomness enters as a source",
}

type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func under(path, room string) bool { return path == room || strings.HasPrefix(path, room+"/") }

func violations(all []pkg) []string {
	var found []string
	for _, p := range all {
		from := strings.TrimPrefix(p.ImportPath, module)
		imports := append(append(append([]string(nil), p.Imports...), p.TestImports...), p.XTestImports...)
		for _, imp := range imports {
			to, ours := strings.CutPrefix(imp, module)
			for _, e := range forbidden {
				if ours && under(from, e.From) && under(to, e.To) && (e.Except == "" || !under(from, e.Except)) {
					found = append(found, from+" imports "+to+": "+e.Why)
				}
			}
		}
		if under(from, "graph") && !under(from, "graph/generated") && !under(from, "graph/model") {
			for _, imp := range p.Imports {
				if why, bad := impure[imp]; bad {
					found = append(found, from+" imports "+imp+": "+why)
				}
			}
		}
	}
	return found
}

func TestRoomsStayClean(t *testing.T) {
	all := packages(t)
	if len(all) < 5 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	for _, v := range violations(all) {
		t.Error(v)
	}
}

// TestLayerRulesCatch shows that the rules can fail: each row, once broken on paper, is reported.
func TestLayerRulesCatch(t *testing.T) {
	for _, e := range forbidden {
		broken := []pkg{{ImportPath: module + e.From + "/x", TestImports: []string{module + e.To}}}
		if len(violations(broken)) == 0 {
			t.Errorf("%s may import %s unnoticed", e.From, e.To)
		}
	}
	if len(violations([]pkg{{ImportPath: module + "graph/person", Imports: []string{"os"}}})) == 0 {
		t.Error("graph may read the disk unnoticed")
	}
}
