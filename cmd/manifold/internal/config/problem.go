package config

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong in the file. It never holds the value of a setting.
type Problem struct {
	// Path names the setting ("sources[1].token"); "" for the file as a whole.
	Path string
	// Line and Column are 1-based; 0 where the problem has no place.
	Line, Column int
	// Message says what is wrong and what to do.
	Message string
}

// Problems is everything that is wrong, in the order of the file.
type Problems struct {
	File string
	List []Problem
}

// Error has one line per problem, each beginning with file:line:column, so that an editor can jump there.
func (p *Problems) Error() string {
	var b strings.Builder
	for i, each := range p.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.File)
		if each.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", each.Line, each.Column)
		}
		b.WriteString(": ")
		if each.Path != "" {
			b.WriteString(each.Path + ": ")
		}
		b.WriteString(each.Message)
	}
	return b.String()
}

func (p *Problems) add(at place, path, format string, args ...any) {
	p.List = append(p.List, Problem{Path: path, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)})
}

func (p *Problems) err() error {
	if len(p.List) == 0 {
		return nil
	}
	slices.SortStableFunc(p.List, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return p
}

// place is where a setting stands in the file.
type place struct{ line, column int }

// places knows where each setting stands, by path.
type places map[string]place

// nearest is the place of path, or of the closest setting around it.
func (p places) nearest(path string) place {
	for path != "" {
		if at, ok := p[path]; ok {
			return at
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return p[""]
}
