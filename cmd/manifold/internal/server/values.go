package server

import (
	"fmt"

	"github.com/manifold-graph/manifold/graph/fault"
)

// inVariables is how many times more values than the document its variables may have: a router names a thousand objects in one
// list, each by up to four fields.
const inVariables = 3

// checkVariables bounds the values that came with a document, whatever the document makes of them.
func (l Limits) checkVariables(variables map[string]any) *fault.Error {
	v := values{Limits: l}
	if len(variables) > l.Variables {
		return fault.New(fault.CostLimitExceeded, "The request has more than %d variables. Put them into one input object.", l.Variables)
	}
	for _, value := range variables {
		v.count(value, 0)
	}
	return v.refused
}

type values struct {
	Limits
	n       int
	refused *fault.Error
}

func (v *values) count(value any, depth int) {
	if v.n++; (v.n-1)/inVariables >= v.Values {
		v.refuse("The variables hold more than %d values. Send them in several requests.", inVariables*v.Values)
	}
	if v.refused != nil {
		return
	}
	switch x := value.(type) {
	case []any:
		v.within(len(x), depth+1)
		for _, each := range x {
			v.count(each, depth+1)
		}
	case map[string]any:
		v.within(len(x), depth+1)
		for _, each := range x {
			v.count(each, depth+1)
		}
	}
}

func (v *values) within(members, depth int) {
	if depth > v.ValueDepth {
		v.refuse("The variables have more than %d lists and objects within each other. No argument nests that deep.", v.ValueDepth)
	}
	if members > v.ListLength {
		v.refuse("A variable has more than %d members in one list or object. Send them in several requests.", v.ListLength)
	}
}

func (v *values) refuse(format string, args ...any) {
	if v.refused == nil {
		v.refused = fault.New(fault.CostLimitExceeded, format, args...)
	}
}

// The bounds on the JSON of a request before any of it is decoded. Decoding takes many times the bytes it is given, and a
// reader of JSON goes as deep as it is told to.
const (
	maxNesting = 32
	maxMembers = 20_000
)

var errTooMuchJSON = bad(fmt.Sprintf("The request nests deeper than %d levels or has more than %d values. Send its variables in several requests.", maxNesting, maxMembers))

// tooMuchJSON tells whether body nests deeper or has more members than any request needs. It looks at brackets, commas and
// strings alone, so it also answers for what is no JSON.
func tooMuchJSON(body []byte) bool {
	depth, members, quoted := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			members++
		case c == ']' || c == '}':
			depth--
		case c == ',':
			members++
		}
		if depth > maxNesting || members > maxMembers {
			return true
		}
	}
	return false
}
