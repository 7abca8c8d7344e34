package pipedream_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// canned answers every request with one body.
type canned string

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(c)))}, nil
}

// FuzzBodies lets every reading operation read any body. What comes out is either
// a failure or keeps the promises of the contract.
func FuzzBodies(f *testing.F) {
	f.Add(list("x", 2, anaAccount, user(1)))
	f.Add(list("", 1, `{"id":"dc_1","type":"DeployedComponent","external_id":"u","created_at":1780830733000,"active":null}`))
	f.Add(`[` + anaAccount + `]`)
	f.Add(`{"data":{"accounts":[{"id":"apn_1"}]}}`)
	f.Add(`{"apps":[null]}`)
	f.Add(`{"data":[],"page_info":{"end_cursor":7,"total_count":-1}}`)
	f.Fuzz(func(t *testing.T, body string) {
		c, err := pipedream.New("s", "http://x", prod, nil, pipedream.Options{Transport: canned(body), MaxPages: 5, Limits: wire.Limits{MaxRetries: -1}})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		users, usersErr := c.Users(ctx)
		accounts, accountsErr := c.Accounts(ctx, pipedream.AccountFilter{})
		if usersErr == nil && accountsErr == nil {
			keys := map[person.Key]bool{}
			b := pipedream.Convert("s", prod, users, accounts, asOf)
			for _, i := range b.Identities {
				if keys[i.Key] || i.Key.ID == "" || i.Pipedream == nil || i.Pipedream.ExternalUserID != i.Key.ID {
					t.Fatalf("identity %+v", i)
				}
				keys[i.Key] = true
				for n, g := range i.Grants {
					if g.Resource == nil || n > 0 && i.Grants[n-1].Resource.Key.Compare(g.Resource.Key) >= 0 {
						t.Fatalf("grants out of order: %+v", i.Grants)
					}
				}
			}
			if b.Coverage.Seen != len(b.Identities) {
				t.Fatalf("coverage %+v", b.Coverage)
			}
		}
		_, _ = c.UserAccounts(ctx, "u", "")
		_, _ = c.Account(ctx, "apn_1")
		_, _ = c.DeployedTriggers(ctx, "u")
		_, _ = c.ProjectInfo(ctx)
	})
}
