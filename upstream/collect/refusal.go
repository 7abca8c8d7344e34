package collect

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/budget"
)

// refusal is why a call did not leave, as a client may see it.
func refusal(source string, err error) *fault.Error {
	var f *fault.Error
	switch r, ok := errors.AsType[*budget.Refusal](err); {
	case !ok && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)):
		f = fault.Wrap(fault.RateLimited, err, "%s has more to answer than fits into its request limit. Ask again in a moment.", source)
		f.RetryAfter = time.Second
	case !ok:
		f = fault.Wrap(fault.Internal, err, "Manifold cannot tell what may still be spent on %s. Ask again later.", source)
	default:
		kind, sentence := refused(r.Because)
		if r.RetryIn <= 0 {
			sentence = strings.Replace(sentence, "after the given time", "later", 1)
		}
		f = fault.Wrap(kind, err, sentence, source)
		f.RetryAfter = r.RetryIn
	}
	f.Source = source
	return f
}

// word is why Admit failed, as Attempt.Refusal spells it.
func word(err error) string {
	if r, ok := errors.AsType[*budget.Refusal](err); ok {
		return r.Because.Word()
	}
	switch fault.KindOf(err) {
	case fault.SourceUnavailable:
		return "breaker_open"
	case fault.RateLimited:
		return "gave_up"
	}
	return "failed"
}

// resting is the refusal of a source whose breaker is open.
func resting(source string, wait time.Duration) *fault.Error {
	f := fault.New(fault.SourceUnavailable, "%s has failed again and again and is left alone for a moment. Ask again after the given time.", source)
	f.Source, f.RetryAfter = source, wait
	return f
}

// refused renders a Decision's reason. This is the only place that does.
func refused(because budget.Reason) (fault.Kind, string) {
	switch because {
	case budget.BurstFull, budget.Queued:
		return fault.RateLimited, "%s has more to answer than fits into its request limit. Ask again after the given time."
	case budget.Unsettled:
		return fault.RateLimited, "Requests under way may need what is left of the budget of %s. Ask again after the given time."
	case budget.Recovering:
		return fault.RateLimited, "The ledger that replicas share is out of reach, or recovering what was spent on %s. Ask again after the given time."
	case budget.AllowanceSpent:
		return fault.BudgetExhausted, "This client's allowance at %s is spent. Ask again after the given time, or have the allowance raised."
	case budget.BurstPaused:
		return fault.RateLimited, "%s has asked for a pause. Ask again after the given time."
	case budget.Blocked:
		return fault.SourceUnavailable, "%s has blocked this gateway's traffic. Stop other traffic of the same credential and wait."
	case budget.FloorReached, budget.RefreshSpent:
		return fault.BudgetExhausted, "What is left of the budget of %s is kept for more urgent work. Ask again after the given time."
	case budget.VendorSpent:
		return fault.BudgetExhausted, "%s has no requests left for today, whoever used them. Ask again after its budget is reset."
	}
	return fault.BudgetExhausted, "Manifold's share of the budget of %s is spent. Ask again after the given time, or raise the share."
}
