package pipefy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// roots plays a server that answers alias documents: answer gets the ids of one
// document in order and writes the whole answer.
func roots(calls *[][]string, answer func(w http.ResponseWriter, ids []string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Query     string
			Variables map[string]string
		}
		raw, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(raw, &q); err != nil {
			panic(err)
		}
		var ids []string
		for i := 0; strings.Contains(q.Query, fmt.Sprintf("  a%d: ", i)); i++ {
			ids = append(ids, q.Variables["i"+strconv.Itoa(i)])
		}
		*calls = append(*calls, ids)
		answer(w, ids)
	})
}

// object is what a readable pipe or table answers: one member, who is named after it.
func object(id string) string {
	return fmt.Sprintf(`{"id":%q,"members":[{"role_name":"member","user":{"id":"u%s"}}]}`, id, id)
}

func inMemory(t testing.TB, h http.RoundTripper, o pipefy.Options) *pipefy.Client {
	t.Helper()
	c, err := pipefy.New(wire.Config{Source: "s", Transport: h, Limits: wire.Limits{MaxRetries: -1}}, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	return ids
}

func sizes(calls [][]string) []int {
	var n []int
	for _, ids := range calls {
		n = append(n, len(ids))
	}
	return n
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func everyone(w http.ResponseWriter, ids []string) {
	var fields []string
	for i, id := range ids {
		fields = append(fields, fmt.Sprintf(`"a%d":%s`, i, object(id)))
	}
	_, _ = fmt.Fprintf(w, `{"data":{%s}}`, strings.Join(fields, ","))
}

func TestOneCallPerBatchWhenAllIsWell(t *testing.T) {
	var calls [][]string
	c := inMemory(t, memory{roots(&calls, everyone)}, pipefy.Options{})
	got, err := c.TableMembers(t.Context(), append(numbered(60), "3", "7"))
	if err != nil || len(got.Read) != 60 || len(got.Gaps) != 0 {
		t.Errorf("%d read, %d gaps, %v", len(got.Read), len(got.Gaps), err)
	}
	if d := cmp.Diff([]int{25, 25, 10}, sizes(calls)); d != "" {
		t.Error(d)
	}
	if _, err := c.PipeMembers(t.Context(), nil); err != nil || len(calls) != 3 {
		t.Errorf("nothing to ask for took a call, or %v", err)
	}
}

func TestTheBearableSizeIsLearned(t *testing.T) {
	var calls [][]string
	c := inMemory(t, memory{roots(&calls, func(w http.ResponseWriter, ids []string) {
		if len(ids) > 10 {
			_, _ = io.WriteString(w, `{"errors":[{"message":"too complex"}]}`)
			return
		}
		everyone(w, ids)
	})}, pipefy.Options{})
	got, err := c.PipeMembers(t.Context(), numbered(60))
	if err != nil || len(got.Read) != 60 {
		t.Errorf("%d read, %v", len(got.Read), err)
	}
	if d := cmp.Diff([]int{25, 13, 7, 6, 12, 6, 6, 7, 7, 7, 7, 7}, sizes(calls)); d != "" {
		t.Error(d)
	}
}

// A few troublesome ids must not make the rest dearer.
func TestTroublesomeIDsDoNotShrinkBatches(t *testing.T) {
	for name, c := range map[string]struct {
		ids    []string
		answer string
	}{
		"unreadable": {[]string{"0", "13"}, `{"data":null,"errors":[{"extensions":{"code":"PERMISSION_DENIED"}}]}`},
		"too large":  {[]string{"0"}, `{"errors":[{"message":"too complex"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			var calls [][]string
			got, err := inMemory(t, memory{roots(&calls, func(w http.ResponseWriter, asked []string) {
				for _, id := range c.ids {
					if slices.Contains(asked, id) {
						_, _ = io.WriteString(w, c.answer)
						return
					}
				}
				everyone(w, asked)
			})}, pipefy.Options{}).PipeMembers(t.Context(), numbered(75))
			if err != nil || len(got.Gaps) != len(c.ids) {
				t.Fatalf("%d gaps, %v", len(got.Gaps), err)
			}
			if d := cmp.Diff([]int{25, 25}, sizes(calls)[len(calls)-2:]); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPartsOfAnAliasAreKeptAndNamedPartial(t *testing.T) {
	for name, c := range map[string]struct {
		errs  string
		whole []bool
	}{
		"error inside the first alias": {`{"message":"x","path":["a0","members",3,"user"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}`, []bool{false, true}},
		"error without a path":         {`{"message":"x"}`, []bool{false, false}},
		"path of another form":         {`{"message":"x","path":[0,"members"]}`, []bool{false, false}},
		"no error":                     {``, []bool{true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			var calls [][]string
			got, err := client(t, roots(&calls, func(w http.ResponseWriter, _ []string) {
				_, _ = fmt.Fprintf(w, `{"data":{"a0":%s,"a1":%s},"errors":[%s]}`, object("1"), object("2"), c.errs)
			}), pipefy.Options{}).PipeMembers(t.Context(), []string{"1", "2"})
			if err != nil || len(got.Read) != 2 {
				t.Fatalf("got %+v, %v", got, err)
			}
			if d := cmp.Diff(c.whole, []bool{got.Read[0].Whole, got.Read[1].Whole}); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNullMembersLeaveARosterPartial(t *testing.T) {
	var calls [][]string
	got, err := client(t, roots(&calls, func(w http.ResponseWriter, _ []string) {
		_, _ = io.WriteString(w, `{"data":{"a0":{"members":[null,{"user":null},{"user":{"id":5}}]}}}`)
	}), pipefy.Options{}).TableMembers(t.Context(), []string{"ZdeRdE"})
	if err != nil || len(got.Read) != 1 || got.Read[0].Whole || got.Read[0].ID != "ZdeRdE" || got.Read[0].Members[0].User.ID != "5" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A source that is down is an error after a few documents, not a gap per pipe.
func TestAnOutageEndsTheReading(t *testing.T) {
	for name, answer := range map[string]string{
		"5xx page":       `502 <html>bad gateway</html>`,
		"garbage":        `surprise`,
		"internal":       `{"data":null,"errors":[{"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`,
		"every root":     `{"data":{"a0":null},"errors":[{"path":["a0"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`,
		"unknown schema": `{"errors":[{"message":"Field 'members' doesn't exist on type 'Pipe'"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var seen []request
			_, err := client(t, answering(t, &seen, answer), pipefy.Options{}).PipeMembers(t.Context(), numbered(200))
			failed(t, err)
			if len(seen) != 9 {
				t.Errorf("gave up after %d documents", len(seen))
			}
		})
	}
}

// What concerns the whole credential or the whole source is never tried in halves.
func TestRefusalsAreNotSplit(t *testing.T) {
	for answer, kind := range map[string]wire.Kind{
		`401 {"errors":[{"title":"Unauthorized"}]}`:                    wire.Unauthorized,
		`403 {"errors":[{"extensions":{"code":"PERMISSION_DENIED"}}]}`: wire.Denied,
		`403 <html>blocked</html>`:                                     wire.Blocked,
		`429 `:                                                         wire.BurstLimited,
		`404 {}`:                                                       wire.NotFound,
		`402 {}`:                                                       wire.PaymentRequired,
		`{"data":null,"errors":[{"extensions":{"code":"Unauthorized"}}]}`: wire.Unauthorized,
	} {
		var seen []request
		_, err := client(t, answering(t, &seen, answer), pipefy.Options{}).PipeMembers(t.Context(), numbered(30))
		if f := failed(t, err); f.Kind != kind || len(seen) != 1 {
			t.Errorf("%s: got %v after %d documents", answer, f, len(seen))
		}
	}
}

func TestAnErrorKeepsWhatWasReadBefore(t *testing.T) {
	var calls [][]string
	got, err := client(t, roots(&calls, func(w http.ResponseWriter, ids []string) {
		if len(calls) == 2 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		everyone(w, ids)
	}), pipefy.Options{}).PipeMembers(t.Context(), numbered(50))
	if f := failed(t, err); f.Kind != wire.BurstLimited || len(got.Read) != 25 {
		t.Errorf("%d read, %v", len(got.Read), err)
	}
}

// slow answers only documents of few roots; others it never answers.
type slow struct {
	limit int
	calls [][]string
}

func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	stuck := false
	h := roots(&s.calls, func(w http.ResponseWriter, ids []string) {
		if stuck = len(ids) > s.limit; !stuck {
			everyone(w, ids)
		}
	})
	res, err := memory{h}.RoundTrip(r)
	if stuck {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return res, err
}

func TestASilentServerIsAskedForLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{limit: 13}
		began := time.Now()
		got, err := inMemory(t, s, pipefy.Options{}).PipeMembers(t.Context(), numbered(25))
		if err != nil || len(got.Read) != 25 || len(s.calls) != 3 {
			t.Errorf("%d read in %d calls, %v", len(got.Read), len(s.calls), err)
		}
		if took := time.Since(began); took != 35*time.Second {
			t.Errorf("waited %v: Pipefy's own limit of 33 s must have its say first", took)
		}
	})
}

func TestTheCallersDeadlineIsNotASizeProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := inMemory(t, s, pipefy.Options{}).PipeMembers(ctx, numbered(25)); err == nil || len(s.calls) != 1 {
			t.Errorf("%d calls, %v", len(s.calls), err)
		}
	})
}
