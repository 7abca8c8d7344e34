package action

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/graph/requestid"
)

// Runner runs what is in the store. Declared here, by who waits for it.
type Runner interface {
	// Await has an action run, and answers it once it has ended, waits for a later time, or ctx is over.
	Await(ctx context.Context, id ID) (Action, error)
}

// Desk takes acts: it says what is wrong with an input, previews, decides, and hands over to the runner.
type Desk struct {
	directory people.Directory
	ids       *nodeid.Codec
	store     Store
	runner    Runner
	// details read deployed triggers, live.
	details people.Details
	price   Price
	now     func() time.Time
	random  io.Reader
	news    News
}

// DeskOptions are what a Desk needs; all of it is required.
type DeskOptions struct {
	Directory people.Directory
	IDs       *nodeid.Codec
	Store     Store
	Runner    Runner
	Details   people.Details
	Price     Price
	Now       func() time.Time
	Random    io.Reader
	News      News
}

// NewDesk makes a Desk.
func NewDesk(o DeskOptions) *Desk {
	return &Desk{o.Directory, o.IDs, o.Store, o.Runner, o.Details, o.Price, o.Now, o.Random, o.News}
}

// Payload answers every act: what is wrong, or what would be done, or what is being done.
type Payload struct {
	Action     *Shown
	Plan       *ShownPlan
	PlanToken  *string
	UserErrors []people.UserError
}

// order is one act on its way through the desk.
type order struct {
	desk *Desk
	who  access.Principal
	view directory.View
	act  Act
	Order
	Taking
	// essence is what an idempotency key is bound to.
	essence any
	// tokened: carrying it out takes a plan's token.
	tokened bool
	plan    Plan
	errs    []people.UserError
}

func (d *Desk) order(who access.Principal, act Act, o Order, t Taking, essence any) *order {
	r := &order{desk: d, who: who, view: d.directory.Current().View(who), act: act, Order: o, Taking: t, essence: essence, plan: Plan{Act: act}}
	r.checkOrder()
	return r
}

const (
	maxReason = 500
	maxKey    = 200
)

func (o *order) checkOrder() {
	o.Reason = strings.TrimSpace(o.Reason)
	if n := utf8.RuneCountInString(o.Reason); n == 0 || n > maxReason || !utf8.ValidString(o.Reason) {
		o.wrong(people.ErrorInvalid, "Say why, in 1 to 500 characters: the audit log keeps it.", "reason")
	}
	if k := o.IdempotencyKey; k != nil && (len(*k) == 0 || len(*k) > maxKey || strings.ContainsFunc(*k, func(r rune) bool { return !unicode.IsPrint(r) })) {
		o.wrong(people.ErrorInvalid, "An idempotency key has 1 to 200 printable characters.", "idempotencyKey")
	}
	if o.Force && !o.who.Has(access.ScopeActsForce) {
		o.wrong(people.ErrorInvalid, "force needs the scope "+string(access.ScopeActsForce)+".", "force")
	}
}

// wrong notes a problem at a place of the input.
func (o *order) wrong(code people.UserErrorCode, message string, field ...string) {
	o.errs = append(o.errs, people.UserError{Code: code, Message: message, Field: append([]string{"input"}, field...)})
}

// key is the client's idempotency key, bound to what it asked for.
func (o *order) key() Key {
	k := Key{Actor: o.who.Name}
	if o.IdempotencyKey != nil {
		k.Value = *o.IdempotencyKey
	}
	raw, err := json.Marshal([]any{o.act, o.Reason, o.Force, o.essence})
	if err != nil {
		panic(err) // inputs are plain values
	}
	k.Input = sha256.Sum256(raw)
	return k
}

// replay answers what an earlier request with the same key has brought about; nil where there was none.
func (o *order) replay(ctx context.Context) (*Payload, error) {
	if o.DryRun || o.IdempotencyKey == nil || len(o.errs) > 0 {
		return nil, nil
	}
	a, err := o.desk.store.ByKey(ctx, o.key())
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case errors.Is(err, ErrKeyReused):
		return o.reused(), nil
	case err != nil:
		return nil, unkept(err)
	}
	return o.await(ctx, a)
}

func (o *order) reused() *Payload {
	o.wrong(people.ErrorKeyReused, "This idempotency key was used for another input. Give every act a key of its own.", "idempotencyKey")
	return &Payload{UserErrors: o.errs}
}

// decide previews, or carries out.
func (o *order) decide(ctx context.Context) (*Payload, error) {
	o.plan.price(o.desk.price)
	shown := &ShownPlan{o.plan, o.view, o.desk.ids}
	if o.DryRun {
		p := &Payload{Plan: shown, UserErrors: o.errs}
		if len(o.errs) == 0 {
			token := o.desk.ids.Cursor(o.tokenName(), o.plan.bytes())
			p.PlanToken = &token
		}
		if len(o.plan.Steps) == 0 {
			p.Plan = nil
		}
		return p, nil
	}
	o.checkToken()
	if len(o.errs) > 0 {
		return &Payload{UserErrors: o.errs}, nil
	}
	a, err := o.action(ctx)
	if err != nil {
		return nil, err
	}
	kept, _, err := o.desk.store.Create(ctx, a, o.key(), noted(Note{
		Phase: Decided, At: a.CreatedAt, Actor: a.Actor, Client: a.Client, Act: a.Act, Action: a.ID, Step: -1, Reason: a.Reason, RequestID: a.RequestID,
	}, a.People())...)
	switch {
	case errors.Is(err, ErrKeyReused):
		return o.reused(), nil
	case err != nil:
		return nil, unkept(err)
	}
	return o.await(ctx, kept)
}

func (o *order) tokenName() string { return "plan of " + string(o.act) }

// checkToken refuses to carry out what nobody has seen, or what has changed since.
func (o *order) checkToken() {
	if o.PlanToken == nil {
		if o.tokened && len(o.errs) == 0 {
			o.wrong(people.ErrorInvalid, "This takes something away that cannot be given back. Ask with dryRun first, look at the plan, and pass its planToken.", "planToken")
		}
		return
	}
	raw, err := o.desk.ids.DecodeCursor(*o.PlanToken, o.tokenName())
	switch {
	case err != nil:
		o.wrong(people.ErrorInvalid, "This is not a planToken of this act. Pass one as dryRun gave it, unchanged.", "planToken")
	case len(o.errs) == 0 && !o.plan.is(raw):
		o.wrong(people.ErrorConflict, "The plan has changed since it was previewed. Ask with dryRun again, look at what is different, and pass the new planToken.", "planToken")
	}
}

// action is what was decided, ready to be kept.
func (o *order) action(ctx context.Context) (Action, error) {
	now := o.desk.now()
	id, err := NewID(now, o.desk.random)
	if err != nil {
		return Action{}, err
	}
	a := Action{ID: id, Act: o.act, Actor: o.who.Name, Client: requestid.ClientFrom(ctx), Reason: o.Reason, Forced: o.Force, RequestID: requestid.From(ctx), CreatedAt: now, Rows: o.who.Rows().Key(), Steps: o.plan.Steps}
	open := false
	for n := range a.Steps {
		s := &a.Steps[n]
		if s.State == StepSkipped {
			s.EndedAt = now
			continue
		}
		s.State, s.DueAt, open = StepPending, now, true
		if o.plan.At.After(now) {
			s.DueAt = o.plan.At
		}
	}
	if !open {
		a.EndedAt = now
	}
	return a, nil
}

// noted is a note of a whole action once for each person that it is about, so that the log tells it of everybody.
func noted(n Note, about []person.ID) []Note {
	if len(about) == 0 {
		return []Note{n}
	}
	notes := make([]Note, len(about))
	for i, whom := range about {
		notes[i] = n
		notes[i].Person = whom
	}
	return notes
}

func (o *order) await(ctx context.Context, a Action) (*Payload, error) {
	soft := ctx
	if deadline, ok := ctx.Deadline(); ok { // an answer takes a moment too
		var cancel context.CancelFunc
		soft, cancel = context.WithDeadline(ctx, deadline.Add(-time.Until(deadline)/5))
		defer cancel()
	}
	now, err := o.desk.runner.Await(soft, a.ID)
	if err != nil {
		now = a // it is decided and kept; what became of it can be asked for
	}
	return &Payload{Action: o.desk.shown(o.who, now), UserErrors: []people.UserError{}}, nil
}

// unkept is a store that failed: nothing was done at a vendor.
func unkept(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	return fault.Wrap(fault.Internal, err, "Manifold could not write down what it was asked to do, so it did nothing. Ask again with the same idempotencyKey.")
}
