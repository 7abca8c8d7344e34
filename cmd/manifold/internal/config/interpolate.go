package config

import (
	"fmt"
	"regexp"
	"strings"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Lookup reads a variable of the environment, like os.LookupEnv.
type Lookup func(name string) (value string, ok bool)

// interpolate replaces ${NAME} and ${NAME:-default} by the environment's values and $$ by one dollar sign. A
// dollar sign before anything else stands for itself. What comes from the environment is not looked at again.
// Errors never hold a value.
func interpolate(text string, env Lookup) (string, error) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 || i+1 == len(text) {
			b.WriteString(text)
			return b.String(), nil
		}
		b.WriteString(text[:i])
		switch text = text[i:]; text[1] {
		case '$':
			b.WriteByte('$')
			text = text[2:]
		case '{':
			end := strings.IndexByte(text, '}')
			if end < 0 {
				return "", fmt.Errorf("a ${ has no closing brace; write $${ for the two characters themselves")
			}
			value, err := variable(text[2:end], env)
			if err != nil {
				return "", err
			}
			b.WriteString(value)
			text = text[end+1:]
		default:
			b.WriteByte('$')
			text = text[1:]
		}
	}
}

func variable(expression string, env Lookup) (string, error) {
	name, fallback, hasFallback := strings.Cut(expression, ":-")
	if !variableName.MatchString(name) {
		return "", fmt.Errorf("${…} takes a variable's name, or NAME:-default; write $${ for the two characters themselves")
	}
	value, ok := env(name)
	switch {
	case hasFallback && value == "":
		return fallback, nil
	case !ok:
		return "", fmt.Errorf("the environment has no variable %s; set it, or write ${%s:-default}", name, name)
	}
	return value, nil
}
