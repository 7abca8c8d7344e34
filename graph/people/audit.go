package people

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// AuditLog reads what was done. Its errors are faults where a client can do something about them.
type AuditLog interface {
	// AuditPage answers at most limit entries that f accepts, newest first, of those with a number below before (0: all).
	AuditPage(ctx context.Context, f audit.Filter, before int64, limit int) ([]audit.Row, error)
}

// AuditFilter says which entries, as clients ask. All conditions hold.
type AuditFilter struct {
	// Person is an id of the graph: entries on them, and on accounts that are theirs now.
	Person *string
	// Actor is a principal's name, Act the name of an act.
	Actor, Act *string
	// From is the first moment, To the first no more.
	From, To *time.Time
}

// AuditPage is a page of entries, which are not counted.
type AuditPage struct{ *Page[AuditEntry] }

// TotalCount is always nil.
func (AuditPage) TotalCount() *int { return nil }

// AuditEdge is an entry with its cursor.
type AuditEdge = Edge[AuditEntry]

// AuditEntry is an entry as a client sees it.
type AuditEntry struct {
	audit.Row
	ids  *nodeid.Codec
	view directory.View
}

// Audit answers a page of the audit log, newest first.
func (s *Service) Audit(ctx context.Context, log AuditLog, v directory.View, who access.Principal, f *AuditFilter, p Paging) (*AuditPage, error) {
	if _, ok := who.Allowed("Query", "auditLog"); !ok || !who.Rows().All() {
		return nil, needsScope("The audit log", access.ScopeAuditRead)
	}
	filter, err := s.auditFilter(v, f)
	if err != nil {
		return nil, err
	}
	page, err := Forward(s.ids, "audit log", p, func(w directory.Window) (directory.Page[AuditEntry], error) {
		before := int64(0)
		if w.After != nil {
			if len(w.After) != 8 {
				return directory.Page[AuditEntry]{}, fault.New(fault.BadUserInput, "This cursor is of no entry. Start this list again without a cursor.")
			}
			before = int64(binary.BigEndian.Uint64(w.After))
		}
		rows, err := log.AuditPage(ctx, filter, before, w.First+1)
		if err != nil {
			return directory.Page[AuditEntry]{}, err
		}
		part := directory.Page[AuditEntry]{HasNext: len(rows) > w.First, HasPrevious: w.After != nil}
		for _, r := range rows[:min(w.First, len(rows))] {
			part.Entries = append(part.Entries, directory.Entry[AuditEntry]{
				Node: AuditEntry{r, s.ids, v}, Position: binary.BigEndian.AppendUint64(nil, uint64(r.Seq)),
			})
		}
		return part, nil
	})
	if err != nil {
		return nil, err
	}
	return &AuditPage{page}, nil
}

func (s *Service) auditFilter(v directory.View, f *AuditFilter) (audit.Filter, error) {
	var out audit.Filter
	if f == nil {
		return out, nil
	}
	if f.Person != nil {
		id, err := s.ids.Decode(*f.Person)
		if err != nil {
			return out, err
		}
		whose, ok := id.Person()
		if !ok {
			return out, fault.New(fault.BadUserInput, "filter.person is the id of a %s. Give a person's.", id.Kind())
		}
		// Whoever has left is still in the log, under the id that was theirs.
		out.People = []person.ID{whose}
		if now, found := v.Person(whose); found {
			if id := now.ID(); id != whose {
				out.People = append(out.People, id)
			}
			for _, i := range now.Identities() {
				out.Identities = append(out.Identities, i.Raw().Key)
			}
		}
	}
	if f.Actor != nil {
		out.Actor = *f.Actor
	}
	if f.Act != nil {
		out.Act = *f.Act
	}
	if f.From != nil {
		out.From = *f.From
	}
	if f.To != nil {
		out.To = *f.To
	}
	if !out.To.IsZero() && !out.From.Before(out.To) {
		return out, fault.New(fault.BadUserInput, "filter.from must be before filter.to.")
	}
	return out, nil
}

// Number counts entries from 1.
func (e AuditEntry) Number() int { return int(e.Seq) }

// Head is the entry's number and seal, as manifold audit verify takes it.
func (e AuditEntry) Head() string { return audit.Head{Seq: e.Seq, MAC: e.MAC}.String() }

// Principal is who acted.
func (e AuditEntry) Principal() string { return e.Actor.Principal }

// Client is the program that asked; nil where it did not say.
func (e AuditEntry) Client() *string { return optional.Text(e.Actor.Client) }

// PersonID is who it was about, by the id of then; nil for nobody.
func (e AuditEntry) PersonID() *string {
	if e.Row.Person == (person.ID{}) {
		return nil
	}
	return new(e.ids.Person(e.Row.Person))
}

// Person is who that is now; nil where nobody is.
func (e AuditEntry) Person() *directory.Person {
	if p, ok := e.view.Person(e.Row.Person); ok {
		return &p
	}
	return nil
}

// SourceName is where it was done; nil where it was done in Manifold alone.
func (e AuditEntry) SourceName() *string { return optional.Text(string(e.Source)) }

// PlaceID is the organization, pipe or table concerned.
func (e AuditEntry) PlaceID() *string {
	if e.Place == (person.ResourceKey{}) {
		return nil
	}
	return new(e.ids.Resource(e.Place))
}

// ActionID is the running act that it was a part of.
func (e AuditEntry) ActionID() *string {
	raw, err := hex.DecodeString(e.Action)
	if err != nil || len(raw) != 16 {
		return nil
	}
	return new(e.ids.Action([16]byte(raw)))
}

// Step, RequestID, Result and Code are nil where there is none.
func (e AuditEntry) Step() *string      { return optional.Text(e.Row.Step) }
func (e AuditEntry) RequestID() *string { return optional.Text(e.Request) }
func (e AuditEntry) Result() *string    { return optional.Text(e.Row.Result.String()) }
func (e AuditEntry) Code() *string      { return optional.Text(e.Row.Code) }

// Phase is INTENT, OUTCOME or NOTE.
func (e AuditEntry) Phase() string { return e.Row.Phase.String() }

// CorrelationIDs are the vendors' ids of the calls.
func (e AuditEntry) CorrelationIDs() []string { return append([]string{}, e.Correlations...) }

// AuditAccount is an account that an entry concerns.
type AuditAccount struct {
	System  person.System
	Account string
	view    directory.View
	id      *string
}

// SourceID is the account's id at its vendor; nil once it was erased. It is Forbidden where it may be an address, to who
// may not see those.
func (a AuditAccount) SourceID() (*string, error) {
	if a.id == nil {
		return nil, nil
	}
	id, err := vendorID(a.view, *a.id)
	return &id, err
}

// Accounts are those that it concerns.
func (e AuditEntry) Accounts() []AuditAccount {
	out := []AuditAccount{}
	for i, k := range e.Identities() {
		a := AuditAccount{System: k.System, Account: k.Account, view: e.view}
		if !e.IDs[i].Erased {
			a.id = &k.ID
		}
		out = append(out, a)
	}
	return out
}

// AuditCost is what an act cost at one source.
type AuditCost struct {
	SourceName    string
	Calls, Tokens int
}

// Costs is what it cost, by source.
func (e AuditEntry) Costs() []AuditCost {
	out := []AuditCost{}
	for _, c := range e.Row.Costs {
		out = append(out, AuditCost{string(c.Source), c.Calls, c.Tokens})
	}
	return out
}

func (e AuditEntry) value(name string) *string {
	t, erased, ok := e.Value(name)
	if !ok || erased {
		return nil
	}
	return &t
}

// Reason, Before, After and Address are nil where there was none, and once they were erased.
func (e AuditEntry) Reason() *string  { return e.value(audit.Reason) }
func (e AuditEntry) Before() *string  { return e.value(audit.Before) }
func (e AuditEntry) After() *string   { return e.value(audit.After) }
func (e AuditEntry) Address() *string { return e.value(audit.Address) }

// IsErased tells that something personal that the entry commits to is no longer there.
func (e AuditEntry) IsErased() bool {
	gone := func(k audit.Kept) bool { return k.Erased }
	return slices.ContainsFunc(e.IDs, gone) || slices.ContainsFunc(e.Texts, gone)
}

// ViewerCanReadAddress tells whether Address would be answered.
func (e AuditEntry) ViewerCanReadAddress() bool {
	return e.view.Can("AuditEntry", "viewerCanReadAddress")
}
