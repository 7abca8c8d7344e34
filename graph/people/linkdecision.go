package people

import (
	"context"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/link"
)

// LinkDecision is what a human decided about links, as clients read it.
type LinkDecision struct {
	ID          string
	Act         link.Act
	IdentityIDs []string
	// Identities are those that are there now.
	Identities       []Account
	DecidedAt        time.Time
	DecidedBy        string
	Reason           string
	JoinsSameAccount bool
	Supersedes       []string
	Undoes           *string
	IsInForce        bool
}

// The pages of decisions that the schema names.
type (
	LinkDecisionPage = Page[LinkDecision]
	LinkDecisionEdge = Edge[LinkDecision]
)

// Decisions answers a page of what was decided, the newest first. It is refused to who may not see all rows: decisions
// name accounts, and reasons speak of them.
func (l *Links) Decisions(ctx context.Context, v directory.View, who access.Principal, p Paging) (*LinkDecisionPage, error) {
	if !v.ShowsAll() {
		return nil, fault.New(fault.Forbidden, "linkDecisions is shown to those who may see all accounts. Leave the field out.")
	}
	s, err := l.sync(ctx)
	if err != nil {
		return nil, err
	}
	newest := slices.Clone(s.Entries())
	slices.Reverse(newest)
	page, err := read(list{l.service.ids, "link decisions"}, p, func(w directory.Window) (directory.Page[link.Entry], error) {
		return slice(newest, func(e link.Entry) directory.Position {
			return binary.BigEndian.AppendUint64(nil, math.MaxUint64-uint64(e.Seq))
		}, w)
	})
	current := l.service.View(who) // what was read just now may be newer than v
	return reword(page, err, func(e link.Entry) LinkDecision { return *l.decision(current, s, e.Seq) })
}

func (l *Links) decision(v directory.View, s *link.Standing, seq int64) *LinkDecision {
	e, _ := s.Entry(seq)
	ids := l.service.ids
	d := &LinkDecision{
		ID: ids.LinkDecision(seq), Act: e.Act, DecidedAt: e.At, DecidedBy: e.By, Reason: e.Reason, JoinsSameAccount: e.SameAccount,
		IsInForce: s.InForce(seq), IdentityIDs: []string{}, Identities: []Account{}, Supersedes: []string{},
	}
	for _, k := range s.Concerned(seq) {
		d.IdentityIDs = append(d.IdentityIDs, ids.Identity(k))
		if i, there := v.Identity(k); there {
			d.Identities = append(d.Identities, AccountOf(i))
		}
	}
	for _, other := range e.Supersedes {
		d.Supersedes = append(d.Supersedes, ids.LinkDecision(other))
	}
	if e.Act == link.ActUndo {
		d.Undoes = new(ids.LinkDecision(e.Undoes))
	}
	return d
}
