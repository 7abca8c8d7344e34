package pipefy

import (
	"slices"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

func queryFields() fields {
	return fields{
		"me": func(r *request, _ any, _ exec.Args) (any, error) {
			u := r.state.byID[r.caller]
			if u == nil {
				return nil, nil
			}
			return userView{User: u, org: r.state.firstOrg(r.caller), self: true}, nil
		},
		"organization": func(r *request, _ any, a exec.Args) (any, error) {
			if o := r.organization(a.String("id")); o != nil {
				return o, nil
			}
			return nil, denied()
		},
		"organizations": func(r *request, _ any, a exec.Args) (any, error) {
			ids := a.Strings("ids")
			out := []any{}
			for _, o := range r.state.orgs {
				if o.people.has(r.caller) && (!a.Has("ids") || slices.Contains(ids, digits(o.ID))) {
					out = append(out, o)
				}
			}
			return out, nil
		},
		"pipe": func(r *request, _ any, a exec.Args) (any, error) {
			if p := r.pipe(a.String("id")); p != nil {
				return p, nil
			}
			return nil, denied()
		},
		"table": func(r *request, _ any, a exec.Args) (any, error) {
			if t := r.table(a.String("id")); t != nil {
				return t, nil
			}
			return nil, denied()
		},
		"pipes": func(r *request, _ any, a exec.Args) (any, error) {
			return byIDs(r, a, func(id string) (any, bool) { p := r.pipe(id); return p, p != nil })
		},
		"tables": func(r *request, _ any, a exec.Args) (any, error) {
			return byIDs(r, a, func(id string) (any, bool) { t := r.table(id); return t, t != nil })
		},
	}
}

// byIDs looks up a list of ids. What an unreadable one does is for the options to say.
func byIDs(r *request, a exec.Args, find func(id string) (any, bool)) (any, error) {
	out := []any{}
	for _, id := range a.Strings("ids") {
		found, ok := find(id)
		switch {
		case ok:
			out = append(out, found)
		case r.opts.BadIDs == BadIDFail:
			return nil, denied()
		case r.opts.BadIDs == BadIDNull:
			out = append(out, denied())
		}
	}
	return out, nil
}

// organization returns the organization when the caller may see it, else nil.
func (r *request) organization(id string) *org {
	if o := r.state.orgByID[id]; o != nil && o.people.has(r.caller) {
		return o
	}
	return nil
}

// pipe returns the pipe when the caller may see it, else nil.
func (r *request) pipe(id string) *pipe {
	if p := r.state.pipeByID[id]; p != nil && p.visible(r.caller) {
		return p
	}
	return nil
}

// table returns the table when the caller may see it, else nil.
func (r *request) table(id string) *table {
	if t := r.state.tableByID[id]; t != nil && t.visible(r.caller) {
		return t
	}
	return nil
}

func (s *State) firstOrg(user int64) *org {
	for _, o := range s.orgs {
		if o.people.has(user) {
			return o
		}
	}
	return nil
}
