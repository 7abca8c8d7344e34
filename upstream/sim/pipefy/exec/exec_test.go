package exec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

const schemaText = `
type Query {
  thing: Thing
  strict: Thing!
  echo(text: String = "none", ids: [ID], flag: Boolean, n: Int, in: In): String
  required(id: ID!): String
}
type Thing {
  id: ID!
  name: String
  broken: String
  brokenStrict: String!
  nothing: String!
  child: Thing
  list: [Thing]
  strictList: [Thing!]
  half: Thing
}
input In { a: String = "dflt" b: [In] c: Int! = 7 d: ID! }
type Mutation { bump: Int }
`

// counter is the environment: it counts resolver calls of Mutation.bump.
type counter struct{ n int }

func executor(t testing.TB) *exec.Executor[*counter] {
	t.Helper()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: schemaText})
	fixed := func(v any, err error) exec.Resolver[*counter] {
		return func(*counter, any, exec.Args) (any, error) { return v, err }
	}
	refused := &exec.Error{Message: "refused", Extensions: map[string]any{"code": "NO"}}
	x, err := exec.New(schema, exec.Resolvers[*counter]{
		"Query": {
			"thing": fixed("thing", nil), "strict": fixed("thing", nil),
			"echo": func(_ *counter, _ any, a exec.Args) (any, error) {
				out, err := json.Marshal(a)
				return string(out), err
			},
			"required": func(_ *counter, _ any, a exec.Args) (any, error) { return a.String("id"), nil },
		},
		"Thing": {
			"id": fixed(int64(7), nil), "name": fixed("näme \"q\"", nil), "broken": fixed(nil, errors.New("secret cause")),
			"brokenStrict": fixed(nil, refused), "nothing": fixed(nil, nil), "child": fixed("child", nil),
			"list": fixed([]any{"a", nil, refused, "b"}, nil), "strictList": fixed([]any{"a", nil}, nil), "half": fixed("half", refused),
		},
		"Mutation": {"bump": func(c *counter, _ any, _ exec.Args) (any, error) { c.n++; return c.n, nil }},
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// ask runs a document and returns the answer as JSON.
func ask(t testing.TB, query string, vars map[string]any) string {
	t.Helper()
	op, errs := executor(t).Prepare(exec.Request{Query: query, Variables: vars})
	answer := exec.Response{Errors: errs}
	if errs == nil {
		answer = op.Run(&counter{}, 0)
	}
	var b strings.Builder
	if _, err := answer.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if !json.Valid([]byte(b.String())) {
		t.Fatalf("not JSON: %s", b.String())
	}
	return b.String()
}

func TestAnswers(t *testing.T) {
	const at = `"locations":[{"line":1,"column":`
	for name, c := range map[string]struct {
		query string
		vars  map[string]any
		want  string
	}{
		"keys in the order asked": {`{thing{name i:id __typename}}`, nil, `{"data":{"thing":{"name":"näme \"q\"","i":"7","__typename":"Thing"}}}`},
		"selections merge":        {`{thing{child{id}} ...F} fragment F on Query{thing{child{name} id}}`, nil, `{"data":{"thing":{"child":{"id":"7","name":"näme \"q\""},"id":"7"}}}`},
		"skip and include":        {`query($y:Boolean!){thing @include(if:$y){id name @skip(if:$y)} strict @skip(if:$y){id} ... @include(if:false){thing{child{id}}}}`, map[string]any{"y": true}, `{"data":{"thing":{"id":"7"}}}`},
		"a cause stays inside":    {`{thing{id broken}}`, nil, `{"data":{"thing":{"id":"7","broken":null}},"errors":[{"message":"Internal server error",` + at + `11}],"path":["thing","broken"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`},
		"null climbs to the nearest nullable": {`{thing{id child{id brokenStrict}}}`, nil,
			`{"data":{"thing":{"id":"7","child":null}},"errors":[{"message":"refused",` + at + `20}],"path":["thing","child","brokenStrict"],"extensions":{"code":"NO"}}]}`},
		"null climbs to the top": {`{thing{id} strict{nothing}}`, nil,
			`{"data":null,"errors":[{"message":"Cannot return null for non-nullable field Thing.nothing",` + at + `19}],"path":["strict","nothing"]}]}`},
		"errors of items": {`{thing{list{id}}}`, nil,
			`{"data":{"thing":{"list":[{"id":"7"},null,null,{"id":"7"}]}},"errors":[{"message":"refused",` + at + `8}],"path":["thing","list",2],"extensions":{"code":"NO"}}]}`},
		"a strict list": {`{thing{strictList{id}}}`, nil,
			`{"data":{"thing":{"strictList":null}},"errors":[{"message":"Cannot return null for non-nullable field Thing.strictList",` + at + `8}],"path":["thing","strictList",1]}]}`},
		"a value with an error": {`{thing{half{id}}}`, nil, `{"data":{"thing":{"half":{"id":"7"}}},"errors":[{"message":"refused",` + at + `8}],"path":["thing","half"],"extensions":{"code":"NO"}}]}`},
		"mutations in order":    {`mutation{a:bump b:bump c:bump}`, nil, `{"data":{"a":1,"b":2,"c":3}}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ask(t, c.query, c.vars); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		vars  map[string]any
		want  string
	}{
		"default":                   {`{echo}`, nil, `{"text":"none"}`},
		"null is not left out":      {`{echo(text:null)}`, nil, `{"text":null}`},
		"unset variable":            {`query($t:String){echo(text:$t)}`, nil, `{"text":"none"}`},
		"integer ids":               {`{echo(ids:[1,"b",301345588])}`, nil, `{"ids":["1","b","301345588"],"text":"none"}`},
		"one where a list is meant": {`{echo(ids:5)}`, nil, `{"ids":["5"],"text":"none"}`},
		"one in a variable":         {`query($i:[ID]){echo(ids:$i)}`, map[string]any{"i": 301345588.0}, `{"ids":["301345588"],"text":"none"}`},
		"ids of large accounts":     {`query($i:[ID]){echo(ids:$i)}`, map[string]any{"i": []any{9007199254740991.0}}, `{"ids":["9007199254740991"],"text":"none"}`},
		"nested input":              {`{echo(in:{d:1,b:{d:"x",c:2}})}`, nil, `{"in":{"a":"dflt","b":[{"a":"dflt","c":2,"d":"x"}],"c":7,"d":"1"},"text":"none"}`},
		"nested input, variable":    {`query($in:In){echo(in:$in)}`, map[string]any{"in": map[string]any{"d": 1.0, "b": map[string]any{"d": "x", "c": 2.0}}}, `{"in":{"a":"dflt","b":[{"a":"dflt","c":2,"d":"x"}],"c":7,"d":"1"},"text":"none"}`},
		"int":                       {`{echo(n:-4,flag:false)}`, nil, `{"flag":false,"n":-4,"text":"none"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var got struct{ Data struct{ Echo string } }
			raw := ask(t, c.query, c.vars)
			if err := json.Unmarshal([]byte(raw), &got); err != nil {
				t.Fatal(err)
			}
			if got.Data.Echo != c.want {
				t.Errorf("got %s, want %s", raw, c.want)
			}
		})
	}
}

func TestRefusedRequests(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		vars  map[string]any
	}{
		"empty":                       {``, nil},
		"unknown field":               {`{nope}`, nil},
		"unused fragment":             {`{thing{id}} fragment F on Thing{id}`, nil},
		"fragment cycle":              {`{thing{...F}} fragment F on Thing{child{...F}}`, nil},
		"no selection":                {`{thing}`, nil},
		"int out of range":            {`{echo(n:2147483648)}`, nil},
		"string for int":              {`{echo(n:"1")}`, nil},
		"missing variable":            {`query($i:ID!){required(id:$i)}`, nil},
		"null by default's back door": {`query($i:ID="1"){required(id:$i)}`, map[string]any{"i": nil}},
		"missing input field":         {`{echo(in:{a:"x"})}`, nil},
		"unknown input field":         {`{echo(in:{d:1,z:2})}`, nil},
		"object for a scalar":         {`query($t:String){echo(text:$t)}`, map[string]any{"t": map[string]any{}}},
		"subscription":                {`subscription{x}`, nil},
		"only fragments":              {`fragment F on Thing{id}`, nil},
	} {
		if got := ask(t, c.query, c.vars); !strings.HasPrefix(got, `{"errors":[{"message":"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestNewRefusesGaps(t *testing.T) {
	null := func(*counter, any, exec.Args) (any, error) { return nil, nil }
	for name, c := range map[string]struct {
		schema    string
		resolvers exec.Resolvers[*counter]
	}{
		"no resolver":       {`type Query{a:Int b:Int}`, exec.Resolvers[*counter]{"Query": {"a": null}}},
		"no such field":     {`type Query{a:Int}`, exec.Resolvers[*counter]{"Query": {"a": null, "b": null}}},
		"no such type":      {`type Query{a:Int}`, exec.Resolvers[*counter]{"Query": {"a": null}, "X": {"y": null}}},
		"an abstract type":  {`type Query{a:Int} interface I{x:Int}`, exec.Resolvers[*counter]{"Query": {"a": null}}},
		"an abstract union": {`type Query{a:Int} union U=Query`, exec.Resolvers[*counter]{"Query": {"a": null}}},
	} {
		if _, err := exec.New(gqlparser.MustLoadSchema(&ast.Source{Input: c.schema}), c.resolvers); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestFragmentChains: a document whose fragments double at every step stays cheap.
func TestFragmentChains(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{thing{...F0 ...F0}}`)
	for i := range 12 {
		fmt.Fprintf(&b, ` fragment F%d on Thing{child{...F%d ...F%d}}`, i, i+1, i+1)
	}
	b.WriteString(` fragment F12 on Thing{id}`)
	op, errs := executor(t).Prepare(exec.Request{Query: b.String()})
	if errs != nil {
		t.Fatal(errs[0])
	}
	if op.Depth() != 14 || op.Complexity(1) != 14 {
		t.Errorf("depth %d, complexity %d, want 14 and 14", op.Depth(), op.Complexity(1))
	}
}

func TestDeadline(t *testing.T) {
	op, errs := executor(t).Prepare(exec.Request{Query: `{a:thing{id} b:thing{child{child{child{id}}}} c:thing{id}}`})
	if errs != nil {
		t.Fatal(errs[0])
	}
	got := op.Run(&counter{}, 4)
	if string(got.Data) != `{"a":{"id":"7"},"b":null,"c":null}` || len(got.Errors) != 2 || got.Errors[0].Message != "Timeout on Query.thing" {
		t.Errorf("data %s, errors %v", got.Data, got.Errors)
	}
}
