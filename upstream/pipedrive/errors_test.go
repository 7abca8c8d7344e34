package pipedrive_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"net/http"
	"net/http/httptest"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func TestFailures(t *testing.T) {
	const refused = `{"success":false,"error":"ann@example.com tok-7d1f-secret","error_info":"x","data":null}`
	for name, c := range map[string]struct {
		status int
		body   string
		header []string
		kind   wire.Kind
		after  time.Duration
	}{
		"daily by tokens":              {429, refused, []string{"x-daily-ratelimit-token-remaining", "0", "x-ratelimit-remaining", "0", "x-ratelimit-reset", "2"}, wire.DailyLimited, 0},
		"daily by burst slots left":    {429, refused, []string{"x-ratelimit-remaining", "17", "retry-after", "1"}, wire.DailyLimited, 0},
		"burst with its reset":         {429, refused, []string{"x-ratelimit-remaining", "0", "x-ratelimit-reset", "1"}, wire.BurstLimited, time.Second},
		"burst without its reset":      {429, refused, []string{"x-ratelimit-remaining", "0", "x-daily-ratelimit-token-remaining", "9000"}, wire.BurstLimited, 2 * time.Second},
		"burst with a garbage reset":   {429, refused, []string{"x-ratelimit-remaining", "0", "x-ratelimit-reset", "soon"}, wire.BurstLimited, 2 * time.Second},
		"burst by tokens left alone":   {429, ``, []string{"x-daily-ratelimit-token-remaining", "9000"}, wire.BurstLimited, 2 * time.Second},
		"429 unexplained":              {429, `Request over limit`, nil, wire.BurstLimited, 2 * time.Second},
		"429 unexplained, retry-after": {429, ``, []string{"retry-after", "5"}, wire.BurstLimited, 5 * time.Second},
		"401":                          {401, refused, []string{"x-401-by-gw", "true"}, wire.Unauthorized, 0},
		"402":                          {402, refused, nil, wire.PaymentRequired, 0},
		"403":                          {403, refused, nil, wire.Denied, 0},
		"403 of the edge":              {403, `<!DOCTYPE html><title>Attention</title>`, []string{"Content-Type", "text/html"}, wire.Blocked, 0},
		"404":                          {404, refused, nil, wire.NotFound, 0},
		"422":                          {422, refused, nil, wire.BadRequest, 0},
		"524":                          {524, `<html>`, nil, wire.ServerError, 0},
		"200 refused":                  {200, refused, nil, wire.BadRequest, 0},
		"200 refused as 0":             {200, `{"success":0,"data":[]}`, nil, wire.BadRequest, 0},
		"200 refused with a code":      {200, `{"success":false,"errorCode":401}`, nil, wire.Unauthorized, 0},
		"200 without data":             {200, `{"success":true}`, nil, wire.Malformed, 0},
		"200 with an object":           {200, `{"success":true,"data":{"id":1}}`, nil, wire.Malformed, 0},
		"200 with nobody":              {200, `{"success":true,"data":[]}`, nil, wire.Malformed, 0},
		"200 garbage":                  {200, `ann@example.com`, nil, wire.Malformed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			client := says(t, c.status, c.body, c.header...).client(t, slog.New(slog.NewTextHandler(&log, nil)))
			_, err := client.Users(t.Context())
			f, isFailure := err.(*wire.Failure)
			if !isFailure || f.Kind != c.kind || f.RetryAfter != c.after {
				t.Fatalf("got %v, retry after %v; want %v, %v", err, f.RetryAfter, c.kind, c.after)
			}
			_, found := client.FindUsers(t.Context(), "ann@example.com", true)
			everything := fmt.Sprintf("%s %v %+v %v", log.String(), err, found, fault.From(err))
			for _, private := range []string{token, "ann"} {
				if strings.Contains(everything, private) {
					t.Errorf("%q was printed: %s", private, everything)
				}
			}
		})
	}
}

// TestUnexplained429BecomesTheDaysBudget waits out two burst windows before it
// believes that no window explains the refusals.
func TestUnexplained429BecomesTheDaysBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := &ledger{}
		c, err := pipedrive.New("s", "http://x", pipedrive.TokenCredential(token), pipedrive.Options{Transport: always429{}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = c.As(wire.Refresh, gate).Users(t.Context())
		if wire.KindOf(err) != wire.DailyLimited || fault.KindOf(err) != fault.BudgetExhausted || time.Since(began) < 4*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if o := gate.outcomes; len(o) != 3 || o[0].Kind != wire.BurstLimited || o[2].Kind != wire.DailyLimited {
			t.Errorf("outcomes %+v", o)
		}
	})
}

type always429 struct{}

func (always429) RoundTrip(*http.Request) (*http.Response, error) {
	r := httptest.NewRecorder()
	r.WriteHeader(http.StatusTooManyRequests)
	return r.Result(), nil
}
