package act

import (
	"context"
	"errors"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/graph/requestid"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// busyPause is how long a step waits for another act on the same person before it looks again.
const busyPause = 250 * time.Millisecond

// maxAttempts is how often a step is begun whose effect was looked for and not found.
const maxAttempts = 5

// advance takes every step of a claimed action as far as it goes now. One that
// has to wait does not hold the others up.
func (r *Runner) advance(ctx context.Context, a action.Action) error {
	ctx = requestid.With(ctx, a.RequestID)
	for n := range a.Steps {
		for a.Steps[n].State.Open() && !a.Steps[n].DueAt.After(r.o.Now()) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			next, err := r.step(ctx, a, n)
			if errors.Is(err, action.ErrChanged) { // somebody has cancelled
				fence := a.Fence
				if next, err = r.store.Get(ctx, a.ID); err == nil {
					next.Fence = fence
				}
			}
			if err != nil {
				return err
			}
			a = next
		}
	}
	return nil
}

// job is one step on its way.
type job struct {
	r      *Runner
	a      action.Action
	n      int
	vendor Vendor
	gate   *collect.Gate
	known  *person.Identity
	// calls and tokens are what notes have told of the gate's already.
	calls, tokens int
}

func (j *job) step() *action.Step { return &j.a.Steps[j.n] }

func (j *job) work() collect.Work { return collect.Work{Class: wire.Mutation, Gate: j.gate} }

// step takes one due step to its next state.
func (r *Runner) step(ctx context.Context, a action.Action, n int) (action.Action, error) {
	j := &job{r: r, a: a.Clone(), n: n, gate: r.costs.Gate(budget.Attribution{Client: a.Actor, Operation: string(a.Act), Field: "Mutation." + string(a.Act)})}
	s := j.step()
	vendor, ok := r.vendors[s.Source]
	if !ok {
		state := action.StepFailed
		if s.State == action.StepRunning { // a call may have been made
			state = action.StepUncertain
		}
		return j.end(ctx, state, "", fault.New(fault.NotFound, "There is no source named %s any more.", s.Source))
	}
	j.vendor = vendor
	if i, ok := r.picture.Current().View(access.Principal{}).Identity(s.Target); ok && !s.Target.IsZero() {
		j.known = i.Raw()
	}
	if s.State == action.StepRunning {
		return j.resume(ctx)
	}
	return j.begin(ctx)
}

// begin locks the person, looks, writes the intent, calls once and writes the outcome.
func (j *job) begin(ctx context.Context) (action.Action, error) {
	if j.step().FirstAt.IsZero() {
		j.step().FirstAt = j.r.o.Now()
	}
	j.free()
	j.a.Holds = with(j.a.Holds, *j.step())
	switch err := j.save(ctx); {
	case errors.Is(err, action.ErrBusy):
		j.free()
		j.step().DueAt = j.r.o.Now().Add(busyPause)
		return j.a, j.save(ctx)
	case err != nil:
		return j.a, err
	}
	j.r.o.Crash("locked")
	seen, err := j.look(ctx)
	if err != nil {
		return j.postpone(ctx, err, false)
	}
	if done, a, err := j.settled(ctx, seen, false); done {
		return a, err
	}
	if f := action.Bar(j.r.picture.Current().View(access.Principal{}), j.a, j.n); f != nil {
		return j.end(ctx, action.StepFailed, seen.Before, f)
	}
	return j.do(ctx, seen)
}

// resume finds out about a call whose answer nobody has: it is never made again
// unless a reading shows that it had no effect.
func (j *job) resume(ctx context.Context) (action.Action, error) {
	s := j.step()
	if s.Kind.Creates() {
		return j.uncertain(ctx)
	}
	seen, err := j.look(ctx)
	if err != nil {
		return j.postpone(ctx, err, true)
	}
	if done, a, err := j.settled(ctx, seen, true); done {
		return a, err
	}
	if seen.Standing == Unknown {
		return j.end(ctx, action.StepUncertain, seen.Before, fault.New(fault.SourceUnavailable,
			"%s did not say whether the change was made, and does not show it either. Look at the record there before you ask again.", s.Source))
	}
	if s.Attempts >= maxAttempts {
		return j.end(ctx, action.StepFailed, seen.Before, fault.New(fault.SourceUnavailable,
			"%s took the change %d times without an effect. Look at the record there, then ask again.", s.Source, s.Attempts))
	}
	return j.do(ctx, seen)
}

// settled ends a step that needs no call.
func (j *job) settled(ctx context.Context, seen Sight, begun bool) (bool, action.Action, error) {
	switch seen.Standing {
	case So:
		j.r.show(j.step().Source, seen.Changes, false)
		state := action.StepAlreadySo
		if begun {
			state, j.step().Reconciled = action.StepDone, true
		}
		a, err := j.end(ctx, state, seen.Before, nil)
		return true, a, err
	case Missing:
		j.r.show(j.step().Source, seen.Changes, false)
		a, err := j.end(ctx, action.StepFailed, seen.Before, fault.New(fault.NotFound,
			"%s does not know this record any more. There is nothing to change.", j.step().Source))
		return true, a, err
	}
	return false, j.a, nil
}

// do writes the intent, makes the one call, and writes what came of it.
func (j *job) do(ctx context.Context, seen Sight) (action.Action, error) {
	s, now := j.step(), j.r.o.Now()
	s.State, s.BegunAt, s.Note, s.Code = action.StepRunning, now, "", ""
	s.Attempts++
	// Whoever goes on after a crash leaves it alone for as long as the call could last.
	s.DueAt = now.Add(j.r.o.Call + j.r.o.Grace)
	if err := j.save(ctx, j.note(action.Intent, seen.Before, "")); err != nil {
		return j.a, err
	}
	j.r.o.Crash("intended")
	bounded, cancel := context.WithTimeout(ctx, j.r.o.Call)
	effect, err := j.vendor.Do(bounded, j.work(), *s, j.known, seen)
	cancel()
	j.r.o.Crash("called")
	f, _ := errors.AsType[*wire.Failure](err)
	switch {
	case f != nil && f.Ambiguous:
		return j.lost(ctx, f)
	case err != nil:
		return j.postpone(ctx, err, false)
	}
	j.r.show(s.Source, effect.Changes, effect.Doubt)
	if effect.Check {
		return j.check(ctx, effect)
	}
	state := action.StepDone
	if effect.Already {
		state = action.StepAlreadySo
	}
	return j.end(ctx, state, effect.After, nil)
}

// check reads whether a vendor's confirmation is true. Where it cannot be read, the confirmation counts.
func (j *job) check(ctx context.Context, effect Effect) (action.Action, error) {
	s := j.step()
	seen, err := j.look(ctx)
	if err != nil || seen.Standing != NotSo {
		j.r.show(s.Source, seen.Changes, false)
		return j.end(ctx, action.StepDone, effect.After, nil)
	}
	j.r.show(s.Source, nil, true)
	if s.Kind.Creates() { // the list may leave out whoever has not accepted yet, and a second one would be sent
		return j.end(ctx, action.StepUncertain, effect.After, fault.New(fault.Conflict,
			"%s confirmed the invitation and does not list the member. Look there for the address before you ask again.", s.Source))
	}
	return j.end(ctx, action.StepFailed, seen.Before, fault.New(fault.Conflict,
		"%s confirmed the change and does not show it: another right may stand behind it, such as a role in the organization. Look at the record there.", s.Source))
}

// lost leaves a call alone whose answer was lost, until it can be looked for.
func (j *job) lost(ctx context.Context, f *wire.Failure) (action.Action, error) {
	s := j.step()
	if s.Kind.Creates() {
		return j.uncertain(ctx)
	}
	if f.Status != 0 { // it has stopped working on it
		s.DueAt = j.r.o.Now().Add(j.r.o.Grace)
	}
	j.explain(fault.New(fault.SourceUnavailable, "%s did not say whether the change was made. It is read again before anything else is done.", s.Source))
	// The state stays; a shutdown must not keep the reason from the log.
	return j.a, j.save(context.WithoutCancel(ctx), j.note(action.Outcome, "", ""))
}

func (j *job) uncertain(ctx context.Context) (action.Action, error) {
	s := j.step()
	what := "the user"
	if s.Kind == action.Invite {
		what = "the invitation"
	}
	return j.end(ctx, action.StepUncertain, "", fault.New(fault.SourceUnavailable,
		"%s did not say whether %s was made, and a second one could be made. Look there for the address: if it is missing, ask again.", s.Source, what))
}

// postpone keeps for later what may help later, and fails the rest. Had says that an earlier call may have had an effect.
func (j *job) postpone(ctx context.Context, err error, had bool) (action.Action, error) {
	if ctx.Err() != nil { // we stop, and the vendor has nothing to do with it
		return j.a, context.Cause(ctx)
	}
	s, now, f := j.step(), j.r.o.Now(), fault.From(err)
	if tried := now.Sub(s.FirstAt); !passes(err, f) || tried >= j.r.o.Patience {
		if had {
			return j.end(ctx, action.StepUncertain, "", f)
		}
		return j.end(ctx, action.StepFailed, "", f)
	} else {
		s.DueAt = now.Add(max(f.RetryAfter, pause(tried)))
	}
	if !had {
		s.State = action.StepPending
		j.free()
	}
	j.explain(f)
	return j.a, j.save(ctx, j.note(action.Outcome, "", ""))
}
