package exec

import (
	"errors"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Error is one entry of a response's errors. A Resolver fills Message and what comes after Path;
// the executor fills the place.
type Error struct {
	Message   string              `json:"message"`
	Locations []gqlerror.Location `json:"locations,omitempty"`
	Path      []any               `json:"path,omitempty"`
	// Code and Type are the older style, at the top of the entry.
	Code       int            `json:"code,omitempty"`
	Type       string         `json:"type,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

func (e *Error) Error() string { return e.Message }

// placed copies err as an entry at a path. An error that is not an *Error says nothing to clients.
func placed(err error, at []gqlerror.Location, path []any) *Error {
	entry := Error{Message: "Internal server error", Extensions: map[string]any{"code": "INTERNAL_SERVER_ERROR"}}
	if known, ok := errors.AsType[*Error](err); ok {
		entry = *known
	}
	entry.Locations, entry.Path = at, path
	return &entry
}

func requestErrors(list gqlerror.List) []*Error {
	out := make([]*Error, 0, len(list))
	for _, e := range list {
		entry := &Error{Message: e.Message, Locations: e.Locations}
		if e.Rule != "" {
			entry.Extensions = map[string]any{"rule": e.Rule}
		}
		out = append(out, entry)
	}
	return out
}
