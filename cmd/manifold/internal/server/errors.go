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
