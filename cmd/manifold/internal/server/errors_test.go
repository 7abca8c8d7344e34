package server_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

func TestAnAnswerSaysAHundredErrorsAndHowManyMore(t *testing.T) {
	for failed, said := range map[int]int{100: 100, 101: 101, 5000: 101} {
		es := tiny{exec: func(context.Context) *graphql.Response {
			r := &graphql.Response{Data: json.RawMessage(`{"who":"somebody"}`)}
			for range failed {
				r.Errors = append(r.Errors, gqlerror.Errorf("it failed"))
			}
			return r
		}}
		a := send(t, "POST", start(t, api(es, server.Limits{}), server.Options{})+"/graphql", ask("{who}"), asJSON)
		var got struct {
			Data   struct{ Who string }
			Errors []struct{ Message string }
		}
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || got.Data.Who != "somebody" || len(got.Errors) != said {
			t.Errorf("%d failed: %d errors, %v, data %+v", failed, len(got.Errors), err, got.Data)
			continue
		}
		if last := got.Errors[said-1].Message; failed == 5000 && !strings.Contains(last, "4900 more fields failed") {
			t.Errorf("the last error says %q", last)
		}
	}
}
