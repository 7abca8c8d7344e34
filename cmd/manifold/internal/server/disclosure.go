package server

import (
	"context"
	"regexp"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/manifold-graph/manifold/graph/fault"
)

// Disclosure is what a client may learn of the schema by asking. The zero Disclosure tells all.
type Disclosure struct {
	// NoIntrospection refuses __schema, __type and _service. __typename always works.
	NoIntrospection bool
	// NoSuggestions keeps every name of the schema that the client did not send out of what is said about its document.
	NoSuggestions bool
}

// Apply makes h tell no more than d allows. It is called after h has its error presenter, which it wraps.
func (d Disclosure) Apply(h *handler.Server, schema *ast.Schema, present graphql.ErrorPresenterFunc) {
	if d.NoIntrospection {
		h.Use(noIntrospection{})
	}
	if !d.NoSuggestions {
		return
	}
	h.SetDisableSuggestion(true)
	h.SetValidationRulesFn(withoutSuggestions)
	known := namesOf(schema)
	h.Use(sentNames{known})
	h.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		shown := present(ctx, err)
		if shown.Extensions["code"] == fault.BadUserInput.Code() {
			shown.Message = known.hush(shown.Message, sentIn(ctx))
		}
		return shown
	})
}

// withoutSuggestions are the rules of validation, those that suggest replaced. The executor replaces those about fields itself.
func withoutSuggestions() *rules.Rules {
	r := rules.NewDefaultRules()
	for _, loud := range []string{rules.KnownArgumentNamesRule.Name, rules.KnownTypeNamesRule.Name, rules.ValuesOfCorrectTypeRule.Name} {
		r.RemoveRule(loud)
	}
	r.AddRule(rules.KnownArgumentNamesRuleWithoutSuggestions.Name, rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc)
	r.AddRule(rules.KnownTypeNamesRuleWithoutSuggestions.Name, rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc)
	r.AddRule(rules.ValuesOfCorrectTypeRuleWithoutSuggestions.Name, rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
	return r
}

// noIntrospection refuses what asks for the schema, in either of its forms. All these fields exist at the root alone.
type noIntrospection struct{}

// ExtensionName implements graphql.HandlerExtension.
func (noIntrospection) ExtensionName() string { return "NoIntrospection" }

// Validate implements graphql.HandlerExtension.
func (noIntrospection) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator.
func (noIntrospection) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if asksForSchema(op.Operation.SelectionSet, map[string]bool{}) {
		return gqlerror.Wrap(fault.New(fault.Forbidden, "Introspection is off here. The command \"manifold schema\" prints the schema, with --federation as a subgraph; the operator turns introspection on with \"introspection: on\" in the configuration."))
	}
	op.DisableIntrospection = true
	return nil
}

func asksForSchema(set ast.SelectionSet, seen map[string]bool) bool {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			switch s.Name {
			case "__schema", "__type", "_service":
				return true
			}
		case *ast.InlineFragment:
			if asksForSchema(s.SelectionSet, seen) {
				return true
			}
		case *ast.FragmentSpread:
			if !seen[s.Name] && s.Definition != nil {
				seen[s.Name] = true
				if asksForSchema(s.Definition.SelectionSet, seen) {
					return true
				}
			}
		}
	}
	return false
}

// names are those that a schema made up, beside what GraphQL itself brings.
type names map[string]struct{}

func namesOf(schema *ast.Schema) names {
	all := names{}
	for name, def := range schema.Types {
		if def.BuiltIn {
			continue
		}
		all[name] = struct{}{}
		for _, f := range def.Fields {
			all[f.Name] = struct{}{}
			for _, a := range f.Arguments {
				all[a.Name] = struct{}{}
			}
		}
		for _, v := range def.EnumValues {
			all[v.Name] = struct{}{}
		}
	}
	return all
}

var (
	name   = regexp.MustCompile(`[_A-Za-z][_0-9A-Za-z]*`)
	quoted = regexp.MustCompile("\"[^\"]*\"|'[^']*'|`[^`]*`|\\$[.\\[\\]_0-9A-Za-z]+")
)

// hush takes every name out of a message that the client did not send. Between quotes each name of the schema is one;
// outside of them stand the words of a sentence, so there it must look like none.
func (n names) hush(message string, sent names) string {
	hidden := func(word string) bool {
		_, known := n[word]
		_, said := sent[word]
		return known && !said
	}
	mask := func(text string, of func(string) bool) string {
		return name.ReplaceAllStringFunc(text, func(word string) string {
			if of(word) {
				return "…"
			}
			return word
		})
	}
	message = quoted.ReplaceAllStringFunc(message, func(q string) string { return mask(q, hidden) })
	return mask(message, func(word string) bool {
		return hidden(word) && (strings.ToLower(word) != word || strings.Contains(word, "_"))
	})
}

const sentExtension = "SentNames"

// sentNames notes what a client has sent, for those of its names that the schema has may be said back to it.
type sentNames struct{ known names }

// sent is the names of one request that the schema has. They are looked for once, when the first thing is wrong: what is
// right pays nothing, and an answer with two hundred errors pays as much as one with a single one.
type sent struct {
	request *graphql.RawParams
	known   names
	once    sync.Once
	names   names
}

// ExtensionName implements graphql.HandlerExtension.
func (sentNames) ExtensionName() string { return sentExtension }

// Validate implements graphql.HandlerExtension.
func (sentNames) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements graphql.OperationParameterMutator. It changes nothing.
func (s sentNames) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	graphql.GetOperationContext(ctx).Stats.SetExtension(sentExtension, &sent{request: request, known: s.known})
	return nil
}

func sentIn(ctx context.Context) names {
	if !graphql.HasOperationContext(ctx) {
		return nil
	}
	s, _ := graphql.GetOperationContext(ctx).Stats.GetExtension(sentExtension).(*sent)
	if s == nil {
		return nil
	}
	s.once.Do(func() {
		s.names = names{}
		s.document(s.request.Query)
		s.value(s.request.Variables)
	})
	return s.names
}

// document notes every word of a text. It reads bytes, for a regular expression takes ten times as long.
func (s *sent) document(text string) {
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && isNamePart(text[i]) {
			i++
		}
		if i == start {
			i++
			continue
		}
		s.word(text[start:i])
	}
}

func isNamePart(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func (s *sent) word(word string) {
	if _, ok := s.known[word]; ok {
		s.names[word] = struct{}{}
	}
}

func (s *sent) value(value any) {
	switch v := value.(type) {
	case string:
		s.word(v)
	case []any:
		for _, each := range v {
			s.value(each)
		}
	case map[string]any:
		for key, each := range v {
			s.word(key)
			s.value(each)
		}
	}
}
