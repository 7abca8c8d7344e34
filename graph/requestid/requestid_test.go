package requestid_test

import (
	"context"
	"testing"

	"github.com/manifold-graph/manifold/graph/requestid"
)

func TestRequestIsKnownByItsID(t *testing.T) {
	outside := t.Context()
	inside := requestid.With(outside, "r-1")
	deeper, cancel := context.WithCancel(inside)
	defer cancel()
	if got := [3]string{requestid.From(outside), requestid.From(inside), requestid.From(deeper)}; got != [3]string{"", "r-1", "r-1"} {
		t.Errorf("%q", got)
	}
}
