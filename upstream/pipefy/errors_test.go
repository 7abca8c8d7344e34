package pipefy_test

import (
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// prose stands for anything that the vendor may say about people.
const prose = "Secret words about ana@acme.example"

func TestFailuresAreReadFromEveryForm(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		kind  wire.Kind
		says  string
		fault fault.Kind
	}{
		"null root, permission": {`{"data":{"organization":null},"errors":[{"message":"` + prose + `","path":["organization"],"extensions":{"code":"PERMISSION_DENIED","correlation_id":"abc123"}}]}`,
			wire.Denied, "PERMISSION_DENIED (correlation abc123)", fault.SourceUnavailable},
		"code in lower case": {`{"data":null,"errors":[{"message":"` + prose + `","extensions":{"code":"permission_denied"}}]}`,
			wire.Denied, "permission_denied", fault.SourceUnavailable},
		"not found":        {`{"data":{"organization":null},"errors":[{"message":"x","extensions":{"code":"RESOURCE_NOT_FOUND"}}]}`, wire.NotFound, "RESOURCE_NOT_FOUND", fault.NotFound},
		"invalid":          {`{"errors":[{"message":"x","extensions":{"code":"INVALID_INPUT"}}]}`, wire.BadRequest, "INVALID_INPUT", fault.BadUserInput},
		"validation code":  {`{"errors":[{"message":"x","locations":[],"path":["query"],"extensions":{"code":"undefinedField"}}]}`, wire.BadRequest, "undefinedField", fault.BadUserInput},
		"schema, no code":  {`{"errors":[{"message":"` + prose + `","locations":[{"line":1,"column":2}]}]}`, wire.BadRequest, "without a code", fault.BadUserInput},
		"located, but run": {`{"data":null,"errors":[{"message":"x","locations":[{"line":1,"column":2}]}]}`, wire.Malformed, "without a code", fault.SourceUnavailable},
		"old numeric code": {`{"data":{"organization":null},"errors":[{"message":"Something went wrong","code":30000,"type":"ExecutionError"}]}`,
			wire.Malformed, "30000", fault.SourceUnavailable},
		"internal":            {`{"data":null,"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`, wire.ServerError, "INTERNAL", fault.SourceUnavailable},
		"complexity":          {`{"errors":[{"message":"Query has complexity of 60000, which exceeds max complexity of 50000"}]}`, wire.TooLarge, "without a code", fault.SourceUnavailable},
		"time limit":          {`{"data":{"organization":null},"errors":[{"message":"Timeout on Query.organization","path":["organization"]}]}`, wire.Timeout, "without a code", fault.SourceUnavailable},
		"token in a 200":      {`{"data":null,"errors":[{"message":"x","extensions":{"code":"UNAUTHORIZED"}}]}`, wire.Unauthorized, "UNAUTHORIZED", fault.SourceUnavailable},
		"field, not token":    {`{"data":{"organization":null},"errors":[{"message":"x","path":["organization"],"extensions":{"code":"UNAUTHORIZED"}}]}`, wire.Denied, "UNAUTHORIZED", fault.SourceUnavailable},
		"401 by title":        {`401 {"errors":[{"title":"Unauthorized","detail":"` + prose + `"}]}`, wire.Unauthorized, "without a code", fault.SourceUnavailable},
		"error object":        {`{"error":{"message":"` + prose + `","details":{"code":"RECORD_NOT_FOUND","correlation_id":"e-1"}}}`, wire.NotFound, "RECORD_NOT_FOUND (correlation e-1)", fault.NotFound},
		"400 validation":      {`400 {"errors":[{"message":"` + prose + `","locations":[{"line":1}]}]}`, wire.BadRequest, "without a code", fault.BadUserInput},
		"400 complexity":      {`400 {"errors":[{"message":"complexity too high"}]}`, wire.TooLarge, "without a code", fault.SourceUnavailable},
		"422 with a code":     {`422 {"errors":[{"extensions":{"code":"RESOURCE_NOT_FOUND"}}]}`, wire.NotFound, "RESOURCE_NOT_FOUND", fault.NotFound},
		"403 in JSON":         {`403 {"errors":[{"extensions":{"code":"PERMISSION_DENIED"}}]}`, wire.Denied, "PERMISSION_DENIED", fault.SourceUnavailable},
		"403 page":            {`403 <html>blocked</html>`, wire.Blocked, "blocked", fault.SourceUnavailable},
		"429 without a time":  {`429 slow down`, wire.BurstLimited, "429", fault.RateLimited},
		"502 page":            {`502 <html>` + prose + `</html>`, wire.ServerError, "502", fault.SourceUnavailable},
		"page with 200":       {`<html>` + prose + `</html>`, wire.Malformed, "not one JSON value", fault.SourceUnavailable},
		"nothing at all":      {`{}`, wire.Malformed, "neither data nor errors", fault.SourceUnavailable},
		"null":                {`null`, wire.Malformed, "neither data nor errors", fault.SourceUnavailable},
		"data is a list":      {`{"data":[]}`, wire.Malformed, "unexpected shape", fault.SourceUnavailable},
		"null without reason": {`{"data":{"organization":null}}`, wire.NotFound, "null without a reason", fault.NotFound},
		"errors of odd types": {`{"data":null,"errors":["` + prose + `",null,7,{"path":7,"extensions":"x","message":{}}]}`, wire.Malformed, "without a code", fault.SourceUnavailable},
		"errors is a string":  {`{"data":null,"errors":"` + prose + `"}`, wire.Malformed, "without a code", fault.SourceUnavailable},
		"code that is prose":  {`{"data":null,"errors":[{"extensions":{"code":"` + prose + `","correlation_id":"` + prose + `"}}]}`, wire.Malformed, "without a code", fault.SourceUnavailable},
		"the worst one counts": {`{"data":null,"errors":[{"extensions":{"code":"RECORD_NOT_FOUND"}},{"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`,
			wire.ServerError, "RECORD_NOT_FOUND, INTERNAL_SERVER_ERROR", fault.SourceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, answering(t, nil, c.body), pipefy.Options{}).Organization(t.Context(), "7")
			f := failed(t, err)
			if f.Kind != c.kind || f.Ambiguous {
				t.Errorf("got %v (ambiguous %v), want %v", f.Kind, f.Ambiguous, c.kind)
			}
			if !strings.Contains(f.Error(), c.says) {
				t.Errorf("the log line %q does not say %q", f, c.says)
			}
			public := fault.From(err)
			if public.Kind != c.fault {
				t.Errorf("clients see %v, want %v", public.Kind.Code(), c.fault.Code())
			}
			for _, text := range []string{f.Error(), public.Error(), public.Message} {
				if strings.Contains(text, "Secret") || strings.Contains(text, "@") {
					t.Errorf("the vendor's prose got out: %q", text)
				}
			}
		})
	}
}

func TestManyErrorsMakeAShortLine(t *testing.T) {
	body := `{"data":null,"errors":[` + strings.Repeat(`{"extensions":{"code":"A_1"}},`, 50) +
		`{"extensions":{"code":"B"}},{"extensions":{"code":"C"}},{"extensions":{"code":"D"}},{"extensions":{"code":"E"}}]}`
	_, err := client(t, answering(t, nil, body), pipefy.Options{}).Me(t.Context())
	if got := failed(t, err).Cause.Error(); got != "the vendor answered A_1, B, C, 2 more" {
		t.Errorf("got %q", got)
	}
}
