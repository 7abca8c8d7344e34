package config_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

const committedSchema = "../../../../docs/manifold.schema.json"

func TestCommittedSchemaIsTheStructs(t *testing.T) {
	want, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(committedSchema, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(committedSchema)
	if err != nil || !bytes.Equal(have, want) {
		t.Errorf("docs/manifold.schema.json is not what the structs say (%v); write it anew: manifold config schema > docs/manifold.schema.json", err)
	}
}

// compiled is the committed schema, as an editor would use it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	raw, err := os.ReadFile(committedSchema)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func againstSchema(t *testing.T, file string) error {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return compiled(t).Validate(doc)
}

func TestSchemaAgreesWithLoading(t *testing.T) {
	for _, file := range []string{smallest, everything} {
		if err := againstSchema(t, file); err != nil {
			t.Errorf("the schema refuses a file that loads: %v", err)
		}
	}
	for name, file := range map[string]string{
		"unknown key":   "listne: 127.0.0.1:4000\n",
		"unknown enum":  "log: {level: loud}\n",
		"missing id":    "sources: [{system: pipefy}]\n",
		"wrong type":    "limits: {depth: deep}\n",
		"wrong nesting": "sources: {id: a}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if againstSchema(t, file) == nil {
				t.Error("the schema accepts it")
			}
			if _, err := config.Parse("m.yaml", []byte(file), none); err == nil {
				t.Error("loading accepts it")
			}
		})
	}
}
