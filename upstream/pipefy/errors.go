package pipefy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// problem is one entry of an answer's errors: what it means and where it struck,
// without the vendor's words.
type problem struct {
	kind wire.Kind
	// code is the vendor's code, "" when it has none that is fit for a log.
	code string
	// correlation is the vendor's trace id, "" likewise.
	correlation string
	// root is the root field or alias that the path names; "" without a path.
	root string
}

// rank orders the kinds of problems: an answer that failed for several reasons
// failed for the first of these.
var rank = map[wire.Kind]int{
	wire.Unauthorized: 0, wire.TooLarge: 1, wire.Timeout: 2, wire.ServerError: 3,
	wire.Malformed: 4, wire.BadRequest: 5, wire.Denied: 6, wire.NotFound: 7,
}

// codes are the documented values of extensions.code, letter case and
// underscores aside. Missing and forbidden are often not told apart.
var codes = map[string]wire.Kind{
	"PERMISSIONDENIED":                    wire.Denied,
	"FORBIDDEN":                           wire.Denied,
	"FEATURENOTALLOWEDBYORGANIZATIONPLAN": wire.Denied,
	"USAGELIMITEXCEEDED":                  wire.Denied,
	"RESOURCENOTFOUND":                    wire.NotFound,
	"RECORDNOTFOUND":                      wire.NotFound,
	"NOTFOUND":                            wire.NotFound,
	"RECORDINVALID":                       wire.BadRequest,
	"INVALIDINPUT":                        wire.BadRequest,
	"INVALIDROLE":                         wire.BadRequest,
	"INTERNALSERVERERROR":                 wire.ServerError,
}

// problemsOf reads errors in any of the vendor's forms: a list of objects, or
// one object. ran says that data came beside them, so that something was executed.
func problemsOf(raw any, ran bool) []problem {
	switch v := raw.(type) {
	case nil:
		return nil
	case []any:
		found := make([]problem, 0, len(v))
		for _, one := range v {
			if one != nil {
				found = append(found, problemOf(one, ran))
			}
		}
		return found
	}
	return []problem{problemOf(raw, ran)}
}

func problemOf(raw any, ran bool) problem {
	e, _ := raw.(map[string]any)
	var p problem
	if path, _ := e["path"].([]any); len(path) > 0 {
		p.root, _ = path[0].(string)
	}
	code := ""
	for _, in := range []any{e["extensions"], e["details"], e} {
		place, _ := in.(map[string]any)
		if code == "" {
			code = spelled(place["code"])
		}
		if p.correlation == "" {
			p.correlation = token(spelled(place["correlation_id"]))
		}
	}
	p.code = token(code)
	p.kind = meaning(code, p.root != "", strings.ToLower(spelled(e["message"])+" "+spelled(e["title"])))
	if p.kind == wire.Malformed && code == "" && !ran && aboutDocument(e) {
		p.kind = wire.BadRequest
	}
	return p
}

// aboutDocument tells whether an error points into the document and to no field
// of the answer, as those of syntax and schema do.
func aboutDocument(e map[string]any) bool {
	at, _ := e["locations"].([]any)
	path, _ := e["path"].([]any)
	return len(at) > 0 && len(path) == 0
}

// meaning reads the code first, and the words only for what has no code: limits
// on a document's complexity and time.
func meaning(code string, placed bool, words string) wire.Kind {
	plain := strings.ToUpper(strings.NewReplacer("_", "", "-", "").Replace(code))
	if kind, ok := codes[plain]; ok {
		return kind
	}
	if plain == "UNAUTHORIZED" || plain == "" && strings.TrimSpace(words) == "unauthorized" {
		// Said of the whole request it means the token; said of a field, the field.
		if placed {
			return wire.Denied
		}
		return wire.Unauthorized
	}
	words += " " + strings.ToLower(plain)
	for _, w := range []string{"complexity", "too complex", "max depth"} {
		if strings.Contains(words, w) {
			return wire.TooLarge
		}
	}
	for _, w := range []string{"timeout", "timed out", "time limit", "execution expired"} {
		if strings.Contains(words, w) {
			return wire.Timeout
		}
	}
	if validation(code) {
		return wire.BadRequest
	}
	return wire.Malformed
}

// validation tells whether a code is one of the schema validator's, which are
// spelled in camelCase (missingRequiredInputObjectAttribute).
func validation(code string) bool {
	return code != "" && code[0] >= 'a' && code[0] <= 'z' && strings.ToLower(code) != code && !strings.Contains(code, "_")
}

// spelled is a string or a number as text; "" for anything else.
func spelled(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return fmt.Sprint(v)
	}
	return ""
}

// token is s where it can be nothing but a code or an id, "" otherwise: anything
// longer or freer could quote a person.
func token(s string) string {
	odd := func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_')
	}
	if len(s) > 64 || strings.ContainsFunc(s, odd) {
		return ""
	}
	return s
}

// rejection is the cause of a failure that the vendor explained: its codes and
// trace ids, for the log.
type rejection []problem

func (r rejection) Error() string {
	var said []string
	for _, p := range r {
		text := p.code
		if text == "" {
			text = p.kind.String() + " without a code"
		}
		if p.correlation != "" {
			text += " (correlation " + p.correlation + ")"
		}
		if !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	if len(said) > 3 {
		said = append(said[:3], fmt.Sprintf("%d more", len(said)-3))
	}
	return "the vendor answered " + strings.Join(said, ", ")
}

// partial is the error beside data that are not whole.
type partial struct{ problems []problem }

func (p *partial) Error() string { return rejection(p.problems).Error() }

// classify reads an answer that is not 2xx. The status decides, save that a
// document refused with 400 or 422 says why in its body.
func classify(a wire.Answer, now time.Time) wire.Verdict {
	var body answer
	if json.Unmarshal(a.Body, &body) != nil || len(body.problems) == 0 {
		return wire.Verdict{}
	}
	v := wire.Verdict{Kind: wire.ByStatus(a), RetryAfter: wire.RetryAfter(a.Header, now), Cause: rejection(body.problems)}
	if a.Status == http.StatusBadRequest || a.Status == http.StatusUnprocessableEntity {
		switch k := body.Judge().Kind; k {
		case wire.TooLarge, wire.Timeout, wire.Denied, wire.NotFound:
			v.Kind = k
		}
	}
	return v
}
