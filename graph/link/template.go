package link

import (
	"fmt"
	"regexp"
	"strings"
)

// idField is a field that an id rule reads out of an external user id.
type idField uint8

const (
	fieldAny idField = iota
	fieldEmail
	fieldEmailHash
	fieldPipedriveID
	fieldPipedriveCompany
	fieldPipefyID
	fieldPipefyUUID
	fieldCount
)

var idFields = map[string]idField{
	"any": fieldAny, "email": fieldEmail, "email_hash": fieldEmailHash,
	"pipedrive_id": fieldPipedriveID, "pipedrive_company": fieldPipedriveCompany, "company": fieldPipedriveCompany,
	"pipefy_id": fieldPipefyID, "pipefy_uuid": fieldPipefyUUID,
}

// reading is what one rule read out of one id; "" where it has no such field.
type reading [fieldCount]string

// idMatcher reads ids of one form.
type idMatcher interface {
	// read fills r and tells whether the whole id has the form.
	read(id string, r *reading) bool
	has(f idField) bool
}

// template is literal[0] field[0] literal[1] … field[n-1] literal[n].
type template struct {
	literals []string
	fields   []idField
}

func parseTemplate(text string) (*template, error) {
	t := &template{}
	for rest := text; ; {
		literal, after, found := strings.Cut(rest, "{")
		if strings.Contains(literal, "}") {
			return nil, fmt.Errorf("a } without its {")
		}
		t.literals = append(t.literals, literal)
		if !found {
			break
		}
		name, next, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf("a { without its }")
		}
		f, known := idFields[name]
		switch {
		case !known:
			return nil, fmt.Errorf("unknown field {%s}", name)
		case f != fieldAny && t.has(f):
			return nil, fmt.Errorf("field {%s} stands twice", name)
		case len(t.fields) > 0 && literal == "":
			return nil, fmt.Errorf("field {%s} needs text between it and the field before it", name)
		}
		t.fields = append(t.fields, f)
		rest = next
	}
	return t, checkFields(t)
}

func (t *template) has(f idField) bool {
	for _, x := range t.fields {
		if x == f {
			return true
		}
	}
	return false
}

func (t *template) read(id string, r *reading) bool {
	rest, ok := strings.CutPrefix(id, t.literals[0])
	if !ok {
		return false
	}
	for i, f := range t.fields {
		value, next := rest, ""
		if lit := t.literals[i+1]; i == len(t.fields)-1 {
			if value, ok = strings.CutSuffix(rest, lit); !ok {
				return false
			}
		} else if value, next, ok = strings.Cut(rest, lit); !ok {
			return false
		}
		if !validField(f, value) {
			return false
		}
		r[f] = value
		rest = next
	}
	return true
}

// expression is a regular expression with named groups.
type expression struct {
	re     *regexp.Regexp
	groups []idField // by index of the group; fieldAny is ignored
}

func parseExpression(text string) (*expression, error) {
	re, err := regexp.Compile(`\A(?:` + text + `)\z`)
	if err != nil {
		return nil, err
	}
	e := &expression{re: re, groups: make([]idField, re.NumSubexp()+1)}
	for i, name := range re.SubexpNames() {
		if name == "" {
			continue
		}
		f, known := idFields[name]
		switch {
		case !known:
			return nil, fmt.Errorf("unknown group %q", name)
		case f != fieldAny && e.has(f):
			return nil, fmt.Errorf("group %q stands twice", name)
		}
		e.groups[i] = f
	}
	return e, checkFields(e)
}

func (e *expression) has(f idField) bool {
	for _, x := range e.groups {
		if x == f {
			return true
		}
	}
	return false
}

func (e *expression) read(id string, r *reading) bool {
	m := e.re.FindStringSubmatchIndex(id)
	if m == nil {
		return false
	}
	for i, f := range e.groups {
		if f == fieldAny || m[2*i] < 0 {
			continue
		}
		if r[f] = id[m[2*i]:m[2*i+1]]; !validField(f, r[f]) {
			return false
		}
	}
	return true
}

// checkFields refuses rules that could never say who somebody is.
func checkFields(m idMatcher) error {
	if m.has(fieldPipedriveCompany) && !m.has(fieldPipedriveID) {
		return fmt.Errorf("pipedrive_company needs pipedrive_id beside it")
	}
	for _, f := range []idField{fieldEmail, fieldEmailHash, fieldPipedriveID, fieldPipefyID, fieldPipefyUUID} {
		if m.has(f) {
			return nil
		}
	}
	return fmt.Errorf("it reads no email, email_hash, pipedrive_id, pipefy_id or pipefy_uuid")
}

func validField(f idField, s string) bool {
	switch f {
	case fieldPipedriveID, fieldPipedriveCompany, fieldPipefyID:
		return number(s)
	case fieldEmailHash:
		return hexDigits(s) == 64 && len(s) == 64
	case fieldPipefyUUID:
		return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' && hexDigits(s) == 32
	}
	return s != ""
}

// number accepts ids as vendors write them: no sign, no leading zero.
func number(s string) bool {
	if s == "" || len(s) > 19 || s[0] == '0' {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func hexDigits(s string) int {
	n := 0
	for i := range len(s) {
		if c := s[i] | 0x20; '0' <= s[i] && s[i] <= '9' || 'a' <= c && c <= 'f' {
			n++
		}
	}
	return n
}
