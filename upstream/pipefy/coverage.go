package pipefy

import (
	"fmt"
	"strings"

	"github.com/manifold-graph/manifold/graph/person"
)

// coverage says how much of the organization was seen. A list longer than the
// vendor's count is complete: whether the count includes everybody who was
// invited is not known.
func (r *Reading) coverage(seen int) person.Coverage {
	c := person.Coverage{
		Seen: seen, Total: r.Members.Total,
		Complete: r.Members.Whole && r.Members.Total >= 0 && seen >= r.Members.Total,
	}
	gap := func(format string, args ...any) { c.Gaps = append(c.Gaps, fmt.Sprintf(format, args...)) }
	switch {
	case r.Members.Total < 0:
		gap("the organization does not tell how many members it has, so the list may not be complete")
	case seen < r.Members.Total:
		gap("the organization counts %d members, of whom %d were listed", r.Members.Total, seen)
	case !r.Members.Whole:
		gap("a part of the organization's member list could not be read")
	}
	listGap(gap, "pipes", len(r.Pipes.List), r.Pipes.Total, r.Pipes.Whole, r.PipesHidden)
	listGap(gap, "tables", len(r.Tables.List), r.Tables.Total, r.Tables.Whole, r.TablesHidden)
	rosterGaps(gap, "pipe", r.PipeRosters)
	rosterGaps(gap, "table", r.TableRosters)
	c.GrantsComplete = len(c.Gaps) == 0
	return c
}

func listGap(gap func(string, ...any), what string, listed, total int, whole, hidden bool) {
	switch {
	case hidden:
		gap("the credential may not list the %s", what)
	case listed < total:
		gap("the credential sees %d of %d %s", listed, total, what)
	case !whole:
		gap("a part of the list of %s could not be read", what)
	}
}

// named is how many ids one sentence spells out.
const named = 5

func rosterGaps(gap func(string, ...any), what string, rosters Rosters) {
	var partly []string
	for _, roster := range rosters.Read {
		if !roster.Whole {
			partly = append(partly, roster.ID)
		}
	}
	ids := map[GapReason][]string{}
	for _, g := range rosters.Gaps {
		ids[g.Reason] = append(ids[g.Reason], g.ID)
	}
	for _, reason := range []GapReason{GapHidden, GapTooBig, GapFailure} {
		if len(ids[reason]) > 0 {
			gap("the members of %s could not be read: %s", enumerated(what, ids[reason]), reason)
		}
	}
	if len(partly) > 0 {
		gap("the members of %s were read only in part", enumerated(what, partly))
	}
}

// enumerated spells ids out: "pipe 301", "pipes 1, 2, 3, 4, 5 and 7 more".
func enumerated(what string, ids []string) string {
	switch {
	case len(ids) == 1:
		return what + " " + ids[0]
	case len(ids) <= named:
		return what + "s " + strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%ss %s and %d more", what, strings.Join(ids[:named], ", "), len(ids)-named)
}
