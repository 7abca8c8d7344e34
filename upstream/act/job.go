package act

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// look reads how things stand, with the mutation's right to the last tokens.
func (j *job) look(ctx context.Context) (Sight, error) {
	bounded, cancel := context.WithTimeout(ctx, j.r.o.Call)
	defer cancel()
	return j.vendor.Look(bounded, j.work(), *j.step(), j.known)
}

// save keeps the action as it is now, with notes, in one transaction. Whoever cancels what has not begun is heeded; of a
// step that has begun nobody knows more than we do, so what came of it is kept beside what they changed.
func (j *job) save(ctx context.Context, notes ...action.Note) error {
	for {
		kept, err := j.r.store.Update(ctx, j.a, notes...)
		if err == nil {
			j.a = kept
			return nil
		}
		if !errors.Is(err, action.ErrChanged) {
			return err
		}
		now, again := j.r.store.Get(ctx, j.a.ID)
		if again != nil || now.Steps[j.n].State != action.StepRunning {
			return err
		}
		now.Steps[j.n], now.Fence = *j.step(), j.a.Fence
		j.a = now
		j.free()
		j.close()
	}
}

// close notes when an action's last step has ended.
func (j *job) close() {
	if _, open := j.a.DueAt(); !open {
		j.a.EndedAt = j.r.o.Now()
	}
}

// end writes a step's last state. It is written even while the process stops, for the vendor has answered.
func (j *job) end(ctx context.Context, state action.StepState, after string, f *fault.Error) (action.Action, error) {
	s := j.step()
	s.State, s.EndedAt, s.DueAt, s.Note, s.Code = state, j.r.o.Now(), time.Time{}, "", ""
	j.free()
	j.explain(f)
	j.close()
	if err := j.save(context.WithoutCancel(ctx), j.note(action.Outcome, "", after)); err != nil {
		return j.a, err
	}
	j.r.o.Crash("ended")
	return j.a, nil
}

// explain says in public why the step stands as it does; nil takes it back.
func (j *job) explain(f *fault.Error) {
	if f != nil {
		j.step().Note, j.step().Code = f.Message, f.Kind.Code()
	}
}

// free leaves the action the locks of its running steps alone.
func (j *job) free() {
	var holds []string
	for _, s := range j.a.Steps {
		if s.State == action.StepRunning {
			holds = with(holds, s)
		}
	}
	j.a.Holds = holds
}

// with adds the locks of a step.
func with(holds []string, s action.Step) []string {
	for _, lock := range s.Locks() {
		if !slices.Contains(holds, lock) {
			holds = append(holds, lock)
		}
	}
	return holds
}

// note is what the audit log is told of the step as it is now, with what was spent since the last one.
func (j *job) note(phase action.Phase, before, after string) action.Note {
	s := j.step()
	calls, tokens := j.gate.Spent()
	n := action.Note{
		Phase: phase, At: j.r.o.Now(), Actor: j.a.Actor, Client: j.a.Client, Act: j.a.Act, Action: j.a.ID, Step: j.n, Kind: s.Kind, State: s.State,
		Source: s.Source, Person: s.Person, Identity: s.Target, Place: s.Place, Email: s.Email, Reason: j.a.Reason,
		Before: before, After: after, Code: s.Code, RequestID: j.a.RequestID, Calls: calls - j.calls, Tokens: tokens - j.tokens,
		Correlation: j.gate.Traces(),
	}
	s.Calls, s.Tokens = s.Calls+n.Calls, s.Tokens+n.Tokens
	j.calls, j.tokens = calls, tokens
	return n
}

// show lets the picture follow.
func (r *Runner) show(source person.SourceID, changes []directory.Change, doubt bool) {
	if len(changes) > 0 {
		r.picture.Patch(changes)
	}
	if doubt && r.o.Dirty != nil {
		r.o.Dirty.MarkDirty(source)
	}
}

// passes tells whether the same step may succeed later without anybody changing the request.
func passes(err error, f *fault.Error) bool {
	switch wire.KindOf(err) {
	case wire.Denied, wire.PaymentRequired, wire.BadRequest, wire.NotFound, wire.Malformed, wire.TooLarge:
		return false
	}
	return f.Kind == fault.SourceUnavailable || f.Kind == fault.BudgetExhausted || f.Kind == fault.RateLimited
}

// pause is how long a step rests that has been tried in vain for so long: a second at first, and never more than five minutes.
func pause(tried time.Duration) time.Duration {
	return min(max(tried/2, time.Second), 5*time.Minute)
}
