package config

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"
)

// placeholder is how a value of any type may be written when it comes from the environment.
const placeholder = `\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}`

// durations describes a setting that is one.
func durations(t reflect.Type) *jsonschema.Schema {
	if t != durationType {
		return nil
	}
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|` + placeholder}
}

// Schema is the JSON Schema of the file, for editors. Load is stricter: it knows which settings go together.
func Schema() ([]byte, error) {
	origin := (&jsonschema.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, DoNotReference: true, ExpandedStruct: true, Mapper: durations}).Reflect(&Origin{})
	origin.Version, origin.ID = "", ""
	r := jsonschema.Reflector{
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if t == secretType {
				return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, origin}}
			}
			return durations(t)
		},
	}
	s := r.Reflect(&Config{})
	s.ID = "https://github.com/manifold-graph/manifold/docs/manifold.schema.json"
	s.Title = "Manifold configuration"
	for _, def := range s.Definitions {
		for pair := def.Properties.Oldest(); pair != nil; pair = pair.Next() {
			pair.Value = allowPlaceholder(pair.Value)
		}
	}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("config schema: %w", err)
	}
	return append(out, '\n'), nil
}

// allowPlaceholder lets numbers, booleans and closed sets be written as ${NAME} too.
func allowPlaceholder(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Type != "integer" && s.Type != "number" && s.Type != "boolean" && len(s.Enum) == 0 {
		return s
	}
	outer := &jsonschema.Schema{Description: s.Description, Default: s.Default}
	s.Description, s.Default = "", nil
	outer.AnyOf = []*jsonschema.Schema{s, {Type: "string", Pattern: placeholder}}
	return outer
}
