package pipefy

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/manifold-graph/manifold/upstream/wire"
)

var (
	errNothing = errors.New("the answer holds neither data nor errors")
	errNull    = errors.New("the answer is null without a reason")
)

// answer is the envelope of every GraphQL answer, and its judge.
type answer struct {
	// into takes the data; nil leaves them in roots.
	into any
	// write makes an unexplained null a doubt instead of a missing record.
	write bool
	// many says that each root stands for itself: an answer that refuses all of
	// them one by one is still an answer.
	many bool

	// roots holds the root fields by name; nil when data was null or absent.
	roots    map[string]json.RawMessage
	problems []problem
}

// UnmarshalJSON forgets an earlier attempt first.
func (a *answer) UnmarshalJSON(body []byte) error {
	a.roots, a.problems = nil, nil
	var raw struct {
		Data   json.RawMessage `json:"data"`
		Errors any             `json:"errors"`
		Error  any             `json:"error"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return err
	}
	a.problems = append(problemsOf(raw.Errors, len(raw.Data) > 0), problemsOf(raw.Error, len(raw.Data) > 0)...)
	if len(raw.Data) == 0 || isNull(raw.Data) {
		return nil
	}
	if err := json.Unmarshal(raw.Data, &a.roots); err != nil || a.into == nil {
		return err
	}
	return json.Unmarshal(raw.Data, a.into)
}

// Judge implements wire.Judge: an answer with a root field in it is good, though
// perhaps in part.
func (a *answer) Judge() wire.Verdict {
	for _, root := range a.roots {
		if !isNull(root) {
			return wire.Verdict{}
		}
	}
	switch {
	case len(a.problems) > 0:
		worst := a.problems[0]
		for _, p := range a.problems[1:] {
			if rank[p.kind] < rank[worst.kind] {
				worst = p
			}
		}
		if a.many && a.roots != nil && worst.kind != wire.Unauthorized && worst.kind != wire.ServerError {
			return wire.Verdict{}
		}
		if a.many && worst.kind == wire.Timeout {
			// Smaller documents help, the same one again does not.
			worst.kind = wire.TooLarge
		}
		return wire.Verdict{Kind: worst.kind, Cause: rejection(a.problems)}
	case a.many && a.roots != nil:
		return wire.Verdict{}
	case len(a.roots) == 0:
		return wire.Verdict{Kind: wire.Malformed, Cause: errNothing}
	case a.write:
		return wire.Verdict{Kind: wire.Malformed, Cause: errNull}
	}
	return wire.Verdict{Kind: wire.NotFound, Cause: errNull}
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }
