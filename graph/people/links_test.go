package people_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// desk is where the office's links are decided about.
type desk struct {
	*people.Links
	office  *office
	journal *people.MemoryJournal
	who     access.Principal
}

// Decide implements people.LinkFollower.
func (o *office) Decide(decisions []link.Decision, _ int64) { o.snap = o.snap.Decide(decisions) }

func (o *office) directory() people.Directory { return o }

func newDesk(t *testing.T, edits ...func(*directory.Input)) *desk {
	t.Helper()
	o := newOffice(t, edits...)
	d := &desk{office: &o, journal: &people.MemoryJournal{}, who: access.NewPrincipal("key:admin", access.Scopes...)}
	o.Service = people.New(d.office.directory(), o.ids, o.Now)
	d.office.Service = o.Service
	d.Links = people.NewLinks(o.Service, d.journal, d.office)
	return d
}

var (
	ann      = pipedriveKey("1")
	bob      = pipedriveKey("2")
	cy       = pipedriveKey("3")
	di       = pipedriveKey("4")
	annPipe  = person.Key{System: person.Pipefy, Account: "301", ID: "900"}
	annDream = person.Key{System: person.Pipedream, Account: "proj_a/production", ID: "ann@example.com"}
)

func (d *desk) ids(keys ...person.Key) []string {
	var out []string
	for _, k := range keys {
		out = append(out, d.office.ids.Identity(k))
	}
	return out
}

func (d *desk) linked(keys ...person.Key) people.LinkInput {
	return people.LinkInput{IdentityIDs: d.ids(keys...), Reason: "I know them"}
}

// together tells whether accounts are one person in the picture.
func (d *desk) together(a, b person.Key) bool {
	v := d.office.snap.View(d.who)
	x, _ := v.Identity(a)
	y, _ := v.Identity(b)
	return x.Person().ID() == y.Person().ID()
}

func done(t *testing.T) func(*people.LinkOutcome, error) *people.LinkDecision {
	return func(o *people.LinkOutcome, err error) *people.LinkDecision {
		t.Helper()
		if err != nil || len(o.UserErrors) > 0 || o.Decision == nil || o.People == nil {
			t.Fatalf("not decided: %+v, %v", o, err)
		}
		return o.Decision
	}
}

func refused(t *testing.T, code people.UserErrorCode, field string) func(*people.LinkOutcome, error) people.UserError {
	return func(o *people.LinkOutcome, err error) people.UserError {
		t.Helper()
		if err != nil || o.Decision != nil || o.People != nil {
			t.Fatalf("%+v, %v", o, err)
		}
		for _, e := range o.UserErrors {
			if e.Code == code && strings.Join(e.Field, ".") == field {
				return e
			}
		}
		t.Fatalf("%+v, want %s at %s", o.UserErrors, code, field)
		return people.UserError{}
	}
}

func TestWhatIsDecidedIsSeenOnTheLink(t *testing.T) {
	d := newDesk(t)
	if d.together(cy, di) {
		t.Fatal("a contested address links")
	}
	decision := done(t)(d.Link(t.Context(), d.who, d.linked(cy, di)))
	if !d.together(cy, di) {
		t.Fatal("the picture does not follow")
	}
	if !decision.JoinsSameAccount || !decision.IsInForce || decision.DecidedBy != "key:admin" || !decision.DecidedAt.Equal(noon) || decision.Reason != "I know them" {
		t.Errorf("%+v", decision)
	}
	x, _ := d.office.snap.View(d.who).Identity(cy)
	links := x.Links()
	if i := slices.IndexFunc(links, func(l directory.Link) bool { return l.Basis() == link.BasisDecision }); i < 0 {
		t.Error("no link says that it was decided")
	} else if l := links[i]; *l.DecidedBy() != "key:admin" || !l.DecidedAt().Equal(noon) || *l.Reason() != "I know them" || l.Trust() != link.Confirmed {
		t.Errorf("%+v", l.Evidence())
	}
	some := access.Grant("intern", access.Role{Scopes: access.Scopes, Rows: access.Rows{Sources: access.Only("pd")}})
	if y, _ := d.office.snap.View(some).Identity(cy); len(y.Links()) == 0 || y.Links()[0].Reason() != nil {
		t.Error("who may see a part reads a reason, which may speak of the rest")
	}
	record := d.journal.Audited()[0]
	if record.Act != "linkIdentities" || record.Phase != audit.Note || record.Actor.Principal != "key:admin" || len(record.Identities) != 2 ||
		record.Person == (person.ID{}) || record.Personal[0].Text != "I know them" {
		t.Errorf("%+v", record)
	}
}

func TestOfContraryDecisionsTheLaterWinsAndSaysSo(t *testing.T) {
	d := newDesk(t)
	first := done(t)(d.Link(t.Context(), d.who, d.linked(cy, di)))
	second := done(t)(d.Unlink(t.Context(), d.who, people.UnlinkInput{IdentityID: d.ids(cy)[0], Reason: "I was wrong"}))
	if d.together(cy, di) || !slices.Equal(second.Supersedes, []string{first.ID}) {
		t.Errorf("together: %v, supersedes %v", d.together(cy, di), second.Supersedes)
	}
	third := done(t)(d.Link(t.Context(), d.who, d.linked(di, cy)))
	if !d.together(cy, di) || !slices.Equal(third.Supersedes, []string{second.ID}) {
		t.Errorf("together: %v, supersedes %v", d.together(cy, di), third.Supersedes)
	}
	refused(t, people.ErrorConflict, "input.identityIds")(d.Link(t.Context(), d.who, d.linked(cy, di)))
	// Taking the last one back brings the one before into force again.
	undo := done(t)(d.Undo(t.Context(), d.who, people.UndoInput{DecisionID: third.ID, Reason: "no"}))
	if d.together(cy, di) || *undo.Undoes != third.ID {
		t.Error("the undo has no effect")
	}
	refused(t, people.ErrorConflict, "input.decisionId")(d.Undo(t.Context(), d.who, people.UndoInput{DecisionID: third.ID, Reason: "again"}))
	done(t)(d.Undo(t.Context(), d.who, people.UndoInput{DecisionID: undo.ID, Reason: "yes"}))
	if !d.together(cy, di) {
		t.Error("an undone undo has an effect")
	}
	page, err := d.Decisions(t.Context(), d.office.snap.View(d.who), d.who, people.Paging{First: new(2)})
	if err != nil || page.TotalCount() != 5 || page.Nodes()[0].Act != link.ActUndo || !page.PageInfo().HasNextPage {
		t.Errorf("%+v, %v", page, err)
	}
	next, err := d.Decisions(t.Context(), d.office.snap.View(d.who), d.who, people.Paging{After: page.PageInfo().EndCursor})
	if err != nil || len(next.Nodes()) != 3 || next.Nodes()[2].ID != first.ID || next.Nodes()[2].IsInForce {
		t.Errorf("%+v, %v", next, err)
	}
}

func TestAnUnlinkedAccountStaysApartOverEveryRule(t *testing.T) {
	d := newDesk(t)
	if !d.together(ann, annPipe) {
		t.Fatal("the rules do not link Ann")
	}
	unlinked := done(t)(d.Unlink(t.Context(), d.who, people.UnlinkInput{IdentityID: d.ids(annPipe)[0], Reason: "her successor's"}))
	if d.together(ann, annPipe) || d.together(annDream, annPipe) || len(unlinked.IdentityIDs) != 3 {
		t.Errorf("it is linked: %+v", unlinked)
	}
	// Joining what an earlier decision keeps apart through others is refused, and says by which.
	e := refused(t, people.ErrorConflict, "input.identityIds")(d.Link(t.Context(), d.who, d.linked(annDream, annPipe)))
	if !strings.Contains(e.Message, unlinked.ID) {
		t.Error(e.Message)
	}
	done(t)(d.Link(t.Context(), d.who, d.linked(ann, annDream, annPipe)))
	if !d.together(ann, annPipe) {
		t.Error("all were named, and they are not joined")
	}
}

func TestAJoinThatWouldTearPeopleApartIsRefused(t *testing.T) {
	d := newDesk(t)
	// Bob with Ann's Pipefy account: Ann and Bob are two users of one company, and neither is named.
	refused(t, people.ErrorConflict, "input.identityIds")(d.Link(t.Context(), d.who, d.linked(bob, annPipe)))
	if d.together(bob, annPipe) || !d.together(ann, annPipe) {
		t.Error("something was done")
	}
}

func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	d := newDesk(t)
	gone := pipedriveKey("404")
	in := people.LinkInput{IdentityIDs: append(d.ids(bob, bob, gone), "x", d.office.ids.Source("pd")), Reason: " ", IdempotencyKey: new("a\x00")}
	out, err := d.Link(t.Context(), d.who, in)
	if err != nil {
		t.Fatal(err)
	}
	for field, code := range map[string]people.UserErrorCode{
		"input.reason": people.ErrorInvalid, "input.idempotencyKey": people.ErrorInvalid, "input.identityIds.1": people.ErrorInvalid,
		"input.identityIds.2": people.ErrorNotFound, "input.identityIds.3": people.ErrorInvalid, "input.identityIds.4": people.ErrorInvalid,
	} {
		refused(t, code, field)(out, nil)
	}
	if len(out.UserErrors) != 6 {
		t.Errorf("%d errors: %+v", len(out.UserErrors), out.UserErrors)
	}
	many := d.linked(slices.Repeat([]person.Key{bob}, 11)...)
	refused(t, people.ErrorInvalid, "input.identityIds")(d.Link(t.Context(), d.who, many))
	refused(t, people.ErrorInvalid, "input.reason")(d.Link(t.Context(), d.who, people.LinkInput{IdentityIDs: d.ids(ann, bob), Reason: strings.Repeat("é", 501)}))
	refused(t, people.ErrorConflict, "input.identityId")(d.Unlink(t.Context(), d.who, people.UnlinkInput{IdentityID: d.ids(bob)[0], Reason: "alone"}))
	refused(t, people.ErrorInvalid, "input.from")(d.Unlink(t.Context(), d.who, people.UnlinkInput{IdentityID: d.ids(bob)[0], From: d.ids(bob), Reason: "self"}))
	refused(t, people.ErrorInvalid, "input.decisionId")(d.Undo(t.Context(), d.who, people.UndoInput{DecisionID: "x", Reason: "r"}))
	refused(t, people.ErrorNotFound, "input.decisionId")(d.Undo(t.Context(), d.who, people.UndoInput{DecisionID: d.office.ids.LinkDecision(9), Reason: "r"}))
	refused(t, people.ErrorNotFound, "input.identityIds")(d.Confirm(t.Context(), d.who, d.linked(bob, cy)))
	refused(t, people.ErrorNotFound, "input.identityIds")(d.Dismiss(t.Context(), d.who, d.linked(bob, cy)))
	if len(d.journal.Audited()) != 0 {
		t.Error("something was decided")
	}
}

func TestARepeatedRequestAnswersTheFirstOutcome(t *testing.T) {
	d := newDesk(t)
	in := d.linked(cy, di)
	in.IdempotencyKey = new("k1")
	first := done(t)(d.Link(t.Context(), d.who, in))
	undo := people.UndoInput{DecisionID: first.ID, Reason: "no", IdempotencyKey: new("k2")}
	done(t)(d.Undo(t.Context(), d.who, undo))
	again := done(t)(d.Link(t.Context(), d.who, in)) // by now it would be something to do
	done(t)(d.Undo(t.Context(), d.who, undo))        // by now it would be a conflict
	if again.ID != first.ID || again.IsInForce || len(d.journal.Audited()) != 2 {
		t.Errorf("%+v; %d decisions", again, len(d.journal.Audited()))
	}
	in.Reason = "another"
	refused(t, people.ErrorKeyReused, "input.idempotencyKey")(d.Link(t.Context(), d.who, in))
	other := access.NewPrincipal("key:other", access.Scopes...)
	done(t)(d.Link(t.Context(), other, in)) // keys are each client's own
}

func TestASuggestionIsConfirmedOrDismissed(t *testing.T) {
	namesakes := func(in *directory.Input) {
		in.Batches[1].Identities = append(in.Batches[1].Identities, &person.Identity{
			Key: person.Key{System: person.Pipefy, Account: "301", ID: "901"}, Source: "pf", Name: "Bob Builder", Email: "bob@elsewhere.example", Pipefy: &person.PipefyUser{UserID: "901"},
		})
	}
	bobPipe := person.Key{System: person.Pipefy, Account: "301", ID: "901"}
	d := newDesk(t, namesakes)
	suggested := func() bool { return d.office.snap.View(d.who).Suggested(bobPipe, bob) }
	if !suggested() {
		t.Fatal("nothing is suggested")
	}
	dismissed := done(t)(d.Dismiss(t.Context(), d.who, d.linked(bob, bobPipe)))
	if suggested() || d.together(bob, bobPipe) {
		t.Error("it is still suggested")
	}
	refused(t, people.ErrorNotFound, "input.identityIds")(d.Confirm(t.Context(), d.who, d.linked(bob, bobPipe)))
	done(t)(d.Undo(t.Context(), d.who, people.UndoInput{DecisionID: dismissed.ID, Reason: "look again"}))
	if !suggested() {
		t.Error("an undone dismissal suggests nothing")
	}
	if c := done(t)(d.Confirm(t.Context(), d.who, d.linked(bob, bobPipe))); c.Act != link.ActConfirm || c.JoinsSameAccount || suggested() || !d.together(bob, bobPipe) {
		t.Errorf("%+v", c)
	}
}

// hasty is a journal in which somebody else is always faster, n times.
type hasty struct {
	people.LinkJournal
	n int
}

func (h *hasty) AppendLinkDecision(ctx context.Context, last int64, e link.Entry, r audit.Record) (int64, error) {
	if h.n > 0 {
		h.n--
		other := link.Entry{Act: link.ActUnlink, Keys: []person.Key{cy, bob}, By: "key:other", Reason: "mine", At: noon}
		if h.n%2 == 1 {
			other = link.Entry{Act: link.ActUndo, Undoes: last, By: "key:other", Reason: "mine", At: noon}
		}
		if _, err := h.LinkJournal.AppendLinkDecision(ctx, last, other, r); err != nil {
			return 0, err
		}
	}
	return h.LinkJournal.AppendLinkDecision(ctx, last, e, r)
}

func TestWhoeverIsSecondThinksAgain(t *testing.T) {
	d := newDesk(t)
	d.Links = people.NewLinks(d.office.Service, &hasty{d.journal, 1}, d.office)
	got := done(t)(d.Link(t.Context(), d.who, d.linked(bob, cy)))
	if len(got.Supersedes) != 1 {
		t.Errorf("it does not know what came between: %+v", got)
	}
	d = newDesk(t)
	d.Links = people.NewLinks(d.office.Service, &hasty{d.journal, 100}, d.office)
	var f *fault.Error
	if _, err := d.Link(t.Context(), d.who, d.linked(ann, bob)); !errors.As(err, &f) || f.Kind != fault.Conflict {
		t.Errorf("for ever: %v", err)
	}
}

func TestWhoMaySeeAPartDecidesNothing(t *testing.T) {
	d := newDesk(t)
	some := access.Grant("intern", access.Role{Scopes: access.Scopes, Rows: access.Rows{Sources: access.Only("pd")}})
	if some.Has(access.ScopeLinksWrite) || some.Has(access.ScopeHistoryRead) {
		t.Error("the scopes are theirs")
	}
	var f *fault.Error
	if _, err := d.Link(t.Context(), some, d.linked(cy, di)); !errors.As(err, &f) || f.Kind != fault.Forbidden {
		t.Error(err)
	}
	if _, err := d.Decisions(t.Context(), d.office.snap.View(some), some, people.Paging{}); !errors.As(err, &f) || f.Kind != fault.Forbidden {
		t.Error(err)
	}
}
