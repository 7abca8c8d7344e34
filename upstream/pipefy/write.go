package pipefy

import (
	"errors"
	"net/http"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipefy/scalar"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// Outcome is what became of one row of a write.
type Outcome uint8

// The outcomes. Unclear is neither confirmed nor refused: read again before
// anything is repeated. Applied is the vendor's word, which has been wrong: a
// caller that must be sure reads again too.
const (
	Unclear Outcome = iota
	Applied
	Rejected
)

var (
	errNotApplied = errors.New("the vendor says that nothing was changed")
	errNoOutcome  = errors.New("the vendor does not say whether anything was changed")
	errOtherRole  = errors.New("the vendor reports another role than the one that was set")
	errNotListed  = errors.New("the vendor reports success without the member that was removed")
)

// where fills the one input field that names p; ok is false for other places.
func (p Place) where() (organization, pipe, table scalar.Text, ok bool) {
	id := scalar.Text(p.ID)
	switch p.Kind {
	case person.ResourceOrganization:
		return id, "", "", id != ""
	case person.ResourcePipe:
		return "", id, "", id != ""
	case person.ResourceTable:
		return "", "", id, id != ""
	}
	return "", "", "", false
}

// wrong refuses a write before the network.
func (c *Client) wrong(needs string) error {
	e := fault.New(fault.BadUserInput, "%s needs %s.", c.wire.Source(), needs)
	e.Source = c.wire.Source()
	return e
}

// refused is a write that the vendor says it did not make.
func (c *Client) refused(operation string) error {
	return c.failure(operation, wire.BadRequest, errNotApplied)
}

// doubt is a write whose effect the answer leaves open.
func (c *Client) doubt(operation string, cause error) error {
	f := c.failure(operation, wire.Malformed, cause)
	f.Ambiguous = true
	return f
}

// failure is one that the client itself reads out of a good answer.
func (c *Client) failure(operation string, kind wire.Kind, cause error) *wire.Failure {
	return &wire.Failure{Kind: kind, Source: c.wire.Source(), Operation: operation, Status: http.StatusOK, Sent: true, Cause: cause}
}
