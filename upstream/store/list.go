package store

import (
	"fmt"
	"strings"
)

// list collects the arguments of a query whose conditions differ from call to call. Nothing that a caller gives becomes
// part of its text.
type list struct {
	in    []any
	where []string
}

// add takes an argument and gives its place.
func (l *list) add(v any) string {
	l.in = append(l.in, v)
	return fmt.Sprintf("$%d", len(l.in))
}

// any is the places of several arguments.
func addAll[T any](l *list, values []T) string {
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = l.add(v)
	}
	return strings.Join(places, ", ")
}

// places are those of all arguments.
func (l *list) places() string {
	places := make([]string, len(l.in))
	for i := range l.in {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(places, ", ")
}

// and adds a condition.
func (l *list) and(condition string) { l.where = append(l.where, condition) }

// sql is WHERE with all conditions; "" without any.
func (l *list) sql() string {
	if len(l.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(l.where, " AND ")
}
