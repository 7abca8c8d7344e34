package pipedream_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func TestFailures(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	prose := `{"error":"ana@example.com ` + accessToken + clientSecret + `"}`
	for name, c := range map[string]struct {
		status int
		header []string
		kind   wire.Kind
		after  time.Duration
	}{
		"throttled":                     {429, []string{"Retry-After", "7", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1"}, wire.BurstLimited, 7 * time.Second},
		"throttled, reset alone":        {429, []string{"X-RateLimit-Reset", fmt.Sprint(now.Add(90 * time.Second).Unix())}, wire.BurstLimited, 90 * time.Second},
		"throttled, reset in the past":  {429, []string{"X-RateLimit-Reset", "12"}, wire.BurstLimited, 0},
		"throttled without any header":  {429, nil, wire.BurstLimited, 0},
		"too many accounts of one user": {413, nil, wire.TooLarge, 0},
		"scope":                         {403, nil, wire.Denied, 0},
		"absent":                        {404, nil, wire.NotFound, 0},
		"server":                        {500, nil, wire.ServerError, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := says(t, c.status, prose, c.header...)
			_, err := s.client(t, pipedream.Options{Clock: func() time.Time { return now }}).UserAccounts(t.Context(), "ana@example.com", "slack")
			f, isFailure := err.(*wire.Failure)
			if !isFailure || f.Kind != c.kind || f.RetryAfter != c.after {
				t.Fatalf("got %v, retry after %v; want %v, %v", err, f.RetryAfter, c.kind, c.after)
			}
			_, err2 := s.logged(t, &log).UserAccounts(t.Context(), "ana@example.com", "slack")
			everything := fmt.Sprintf("%s %v %+v %v %v", log.String(), err, err2, fault.From(err), fault.From(err).Message)
			for _, private := range []string{"ana", accessToken, clientSecret, "slack"} {
				if strings.Contains(everything, private) {
					t.Errorf("%q was printed: %s", private, everything)
				}
			}
			if log.Len() == 0 {
				t.Error("the failed attempt left no line")
			}
		})
	}
}

func TestRevokedTokenIsFetchedAgainOnce(t *testing.T) {
	refuse := 1
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if refuse--; refuse >= 0 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"apps":[]}`)
	})
	transport := wire.NewTransport()
	defer transport.CloseIdleConnections()
	opt := pipedream.Options{Transport: transport}
	credential, err := pipedream.Credential("s", s.URL, "c1", clientSecret, "", opt)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pipedream.New("s", s.URL, prod, credential, opt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ProjectInfo(t.Context()); err != nil || s.tokens != 2 || len(s.calls()) != 2 {
		t.Errorf("%d tokens, %d calls, %v", s.tokens, len(s.calls()), err)
	}
	refuse = 99
	if _, err := c.ProjectInfo(t.Context()); wire.KindOf(err) != wire.Unauthorized || s.tokens != 3 || len(s.calls()) != 4 {
		t.Errorf("%d tokens, %d calls, %v", s.tokens, len(s.calls()), err)
	}
}
