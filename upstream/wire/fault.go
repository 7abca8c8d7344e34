package wire

import "github.com/manifold-graph/manifold/graph/fault"

// Fault is the failure as clients may see it: a sentence that names the source
// and says what to do, with the failure itself as the private cause.
func (f *Failure) Fault() *fault.Error {
	kind, sentence := f.public()
	e := fault.Wrap(kind, f, sentence, f.Source)
	e.Source, e.RetryAfter = f.Source, f.RetryAfter
	return e
}

// As lets fault.From find the Fault in any error that wraps a Failure.
func (f *Failure) As(target any) bool {
	if t, ok := target.(**fault.Error); ok {
		*t = f.Fault()
		return true
	}
	return false
}

func (f *Failure) public() (fault.Kind, string) {
	if f.Ambiguous {
		return fault.SourceUnavailable, "%s did not say whether the change was made. Look at the record there before you ask again."
	}
	switch f.Kind {
	case BadRequest:
		return fault.BadUserInput, "%s did not accept the request. Check the values that were given."
	case Unauthorized:
		return fault.SourceUnavailable, "%s is unavailable: its credential was refused. Check the token in the configuration."
	case PaymentRequired:
		return fault.SourceUnavailable, "%s is unavailable: the account is closed or unpaid. Check its subscription."
	case Denied:
		return fault.SourceUnavailable, "%s does not let its credential do this. Give the credential's owner the rights, or use another credential."
	case NotFound:
		return fault.NotFound, "%s does not know this record, or hides it from its credential."
	case BurstLimited:
		return fault.RateLimited, "%s is being asked too fast. Ask again after the given time."
	case DailyLimited:
		return fault.BudgetExhausted, "%s has no requests left for today. Ask again after its budget is reset."
	case Blocked:
		return fault.SourceUnavailable, "%s has blocked this gateway's traffic. Stop other traffic of the same credential and wait."
	case ServerError:
		return fault.SourceUnavailable, "%s failed to answer. Ask again later."
	case Timeout:
		return fault.SourceUnavailable, "%s did not answer in time. Ask again later."
	case Unreachable:
		return fault.SourceUnavailable, "%s cannot be reached. Check its base URL and the network."
	case Malformed:
		if f.Status >= 300 && f.Status < 400 {
			return fault.SourceUnavailable, "%s answered with a redirect, which is not followed. Check its base URL."
		}
		return fault.SourceUnavailable, "%s answered something that is not understood. Check its base URL."
	case TooLarge:
		return fault.SourceUnavailable, "%s answered more than the size limit allows. Raise the limit if this is expected."
	case Canceled:
		return fault.SourceUnavailable, "The request ended before %s answered."
	}
	return fault.Internal, "The call of %s failed inside Manifold. The log has the details."
}
