package pipedrive_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// canned answers every request with one body.
type canned string

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(c)))}, nil
}

// FuzzBodies lets every operation read any body. What comes out is either a
// failure or keeps the promises of the contract.
func FuzzBodies(f *testing.F) {
	f.Add(ok(annMe))
	f.Add(ok(`[` + annUser + `,{"id":"7","access":[{"app":"x"},null]}]`))
	f.Add(ok(`{"can_x":1}`))
	f.Add(`{"success":false}`)
	f.Add(`{"data":[{"role_id":1}],"additional_data":{"pagination":{"more_items_in_collection":true,"next_start":9}}}`)
	f.Add(`{"data":[{"user_id":1}],"additional_data":{"next_cursor":"a"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		c, err := pipedrive.New("s", "http://x", pipedrive.TokenCredential(token), pipedrive.Options{Transport: canned(body), Limits: wire.Limits{MaxRetries: -1}})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		me, meErr := c.Me(ctx)
		if meErr == nil && (me.Key().ID == "0" || me.Account() == "0") {
			t.Fatalf("me without a key: %+v", me)
		}
		users, err := c.Users(ctx)
		if err == nil {
			b := pipedrive.Convert("s", me, users, asOf)
			keys := map[person.Key]bool{}
			for _, i := range b.Identities {
				if keys[i.Key] || i.Pipedrive == nil || i.Pipedrive.UserID <= 0 {
					t.Fatalf("identity %+v", i)
				}
				keys[i.Key] = true
				for n, g := range i.Grants {
					if g.Resource == nil || n > 0 && i.Grants[n-1].Resource.Key.Compare(g.Resource.Key) >= 0 {
						t.Fatalf("grants out of order: %+v", i.Grants)
					}
				}
			}
		}
		_, _ = c.User(ctx, 1)
		_, _ = c.Permissions(ctx, 1)
		_, _ = c.RoleSettings(ctx, 1)
		_, _ = c.RoleAssignments(ctx, 1)
		_, _, _ = c.Followers(ctx, 1, "")
	})
}
