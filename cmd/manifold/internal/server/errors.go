package server

import (
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/fault"
)

// maxAnswerErrors bounds what an answer says went wrong: one cause can fail at every item of every page.
const maxAnswerErrors = 100

// fewErrors keeps the first errors of an answer and says how many more there were. The fields that failed are null in
// the data all the same.
func fewErrors(errs gqlerror.List) gqlerror.List {
	if len(errs) <= maxAnswerErrors {
		return errs
	}
	more := gqlerror.Errorf("%d more fields failed. Their errors are left out; ask for fewer of them to see each.", len(errs)-maxAnswerErrors)
	more.Extensions = map[string]any{"code": fault.CostLimitExceeded.Code()}
	return append(errs[:maxAnswerErrors:maxAnswerErrors], more)
}

// tooEarly tells whether a request was refused only because its client must wait, and for how many seconds.
func tooEarly(errs gqlerror.List) (seconds int, limited bool) {
	for _, err := range errs {
		if err.Extensions["code"] == fault.RateLimited.Code() {
			seconds, _ = err.Extensions["retryAfter"].(int)
			return seconds, true
		}
	}
	return 0, false
}
