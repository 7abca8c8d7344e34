package resolvers_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

const permissions = `{ people(first: 1) { nodes { displayName pipedriveUsers { permissions { name } } } } }`

// A cause never reaches a client, and always reaches the log.
func TestCausesStayInTheLog(t *testing.T) {
	for name, failure := range map[string]error{
		"an error nobody thought of": errors.New("token=s3cret"),
		"a fault with a cause":       fault.Wrap(fault.SourceUnavailable, errors.New("token=s3cret"), "pd did not answer."),
	} {
		o, _ := newOffice(t)
		o.permissions = func(*person.Identity) people.Detail[[]person.Permission] {
			return people.Detail[[]person.Permission]{Err: failure}
		}
		a := o.ask(t, permissions)
		if len(a.Errors) != 1 || strings.Contains(a.Errors[0].Message, "s3cret") || a.Errors[0].Extensions["code"] == nil {
			t.Errorf("%s reaches the client as %+v", name, a.Errors)
		}
		if !strings.Contains(o.log.String(), "s3cret") {
			t.Errorf("%s is not in the log: %s", name, &o.log)
		}
	}
}

func TestAPanicIsOneFieldsError(t *testing.T) {
	o, _ := newOffice(t)
	o.permissions = func(*person.Identity) people.Detail[[]person.Permission] { panic("a mistake of ours") }
	a := o.ask(t, permissions)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "INTERNAL" || strings.Contains(a.Errors[0].Message, "mistake") {
		t.Errorf("%+v", a.Errors)
	}
	if got := first(t, answer{Data: a.Data}, "displayName"); got != "ann" {
		t.Errorf("its sibling is %v", got)
	}
}

func TestTheExecutorsComplaintsAreBadInput(t *testing.T) {
	o, _ := newOffice(t)
	for _, query := range []string{`{ nobody }`, `{`, `{ person(by: {id: "x", email: "y"}) { id } }`, `{ people(first: "ten") { totalCount } }`} {
		a := o.ask(t, query)
		if len(a.Errors) == 0 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" || a.Data["people"] != nil {
			t.Errorf("%s: %+v", query, a.Errors)
		}
	}
}
