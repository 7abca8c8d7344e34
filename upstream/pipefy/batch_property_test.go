package pipefy_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// How an id behaves when it is asked for.
const (
	readable    = iota
	denied      // null, with an error at its alias
	silent      // null, without a reason
	dropped     // not in the answer
	memberless  // there, but its list is null
	misshapen   // there, but of another shape
	destructive // the whole answer is data: null
)

// How a server refuses a document that is too much for it.
const (
	byComplexity = iota // no data
	byTimeoutAt         // the roots beyond what it can bear are null, each with a time-out
	by400
	by504
	byWholeTime // data: null, time-out
)

// Whatever subset of ids cannot be read, in whatever way, and whatever number of
// roots the server can bear at once: every readable id is read, every other one is
// a gap, and the calls are bounded.
func TestEveryIDIsReadOrAGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := numbered(rapid.IntRange(0, 130).Draw(t, "ids"))
		state := make(map[string]int, len(ids))
		for _, id := range ids {
			if rapid.IntRange(0, 9).Draw(t, "luck") < 3 {
				state[id] = rapid.IntRange(denied, destructive).Draw(t, "state")
			}
		}
		batch := rapid.IntRange(1, pipefy.MaxBatch).Draw(t, "batch")
		refuse := rapid.IntRange(byComplexity, byWholeTime).Draw(t, "refusal")
		bearable := rapid.IntRange(0, 60).Draw(t, "bearable")
		if refuse == by504 {
			// A server that answers 504 to everything is down, not choosy.
			bearable = max(bearable, 1)
		}

		var calls [][]string
		server := roots(&calls, func(w http.ResponseWriter, asked []string) {
			if len(asked) > bearable {
				switch refuse {
				case byComplexity:
					_, _ = io.WriteString(w, `{"errors":[{"message":"Query has complexity of 1, which exceeds max complexity of 0"}]}`)
					return
				case by400:
					w.WriteHeader(http.StatusBadRequest)
					_, _ = io.WriteString(w, `{"errors":[{"message":"Query has complexity of 1, which exceeds max complexity of 0"}]}`)
					return
				case by504:
					w.WriteHeader(http.StatusGatewayTimeout)
					_, _ = io.WriteString(w, `<html>`)
					return
				case byWholeTime:
					_, _ = io.WriteString(w, `{"data":null,"errors":[{"message":"Execution timed out"}]}`)
					return
				}
			}
			var fields, errs []string
			for i, id := range asked {
				path := fmt.Sprintf(`"path":["a%d"]`, i)
				alias := fmt.Sprintf(`"a%d":`, i)
				if i >= bearable {
					fields, errs = append(fields, alias+`null`), append(errs, `{"message":"Timeout on Query.pipe",`+path+`}`)
					continue
				}
				switch state[id] {
				case readable:
					fields = append(fields, alias+object(id))
				case denied:
					fields, errs = append(fields, alias+`null`), append(errs, `{"message":"no",`+path+`,"extensions":{"code":"PERMISSION_DENIED"}}`)
				case silent:
					fields = append(fields, alias+`null`)
				case memberless:
					fields = append(fields, alias+`{"id":"`+id+`","members":null}`)
				case misshapen:
					fields = append(fields, alias+`{"id":"`+id+`","members":"many"}`)
				case destructive:
					_, _ = io.WriteString(w, `{"data":null,"errors":[{"message":"no","extensions":{"code":"RESOURCE_NOT_FOUND"}}]}`)
					return
				}
			}
			_, _ = fmt.Fprintf(w, `{"data":{%s},"errors":[%s]}`, strings.Join(fields, ","), strings.Join(errs, ","))
		})
		got, err := must(pipefy.New(wire.Config{Source: "s", Transport: memory{server}, Limits: wire.Limits{MaxRetries: -1}},
			pipefy.Options{Batch: batch})).PipeMembers(context.Background(), ids)
		if err != nil {
			t.Fatal(err)
		}

		settled := map[string]bool{}
		for _, r := range got.Read {
			if settled[r.ID] || state[r.ID] != readable || bearable == 0 || !r.Whole || len(r.Members) != 1 || r.Members[0].User.ID != "u"+r.ID {
				t.Fatalf("unexpected roster %+v", r)
			}
			settled[r.ID] = true
		}
		for _, g := range got.Gaps {
			want := pipefy.GapHidden
			switch {
			case bearable == 0:
				want = pipefy.GapTooBig
			case state[g.ID] == misshapen:
				want = pipefy.GapFailure
			case state[g.ID] == readable:
				t.Fatalf("%s could have been read", g.ID)
			}
			if settled[g.ID] || g.Reason != want {
				t.Fatalf("gap %+v, want %q", g, want)
			}
			settled[g.ID] = true
		}
		if len(settled) != len(ids) {
			t.Fatalf("%d of %d ids are accounted for", len(settled), len(ids))
		}
		if len(calls) > 2*len(ids) {
			t.Fatalf("%d calls for %d ids", len(calls), len(ids))
		}
		for _, asked := range calls {
			if len(asked) > batch || len(asked) == 0 {
				t.Fatalf("one document asked for %d, with batches of %d", len(asked), batch)
			}
		}
	})
}
