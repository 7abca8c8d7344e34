package pipefy_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipefy"
)

// FuzzMembers lets the vendor answer anything at all. Whatever is accepted has
// ids, unique keys and grants of known resources, and counts no more than it saw.
func FuzzMembers(f *testing.F) {
	for _, body := range []string{
		`{"data":{"organization":{"id":7,"membersCount":2,"members":[{"role_name":"admin","user":{"id":"1","email":"a@b.c","invited":true,"confirmed":false,"createdAt":"2022-03-22 20:06:14 -0300"}},null,{"user":null}],"pipes":[{"id":"a0"}],"tables":{"nodes":[{"id":"Z"}]}},"a0":{"members":[{"user":{"id":2}}]},"me":{"id":"1"}}}`,
		`{"data":{"organization":{"members":[{"user":{"id":"1"}},{"user":{"id":"1"}}],"pipes":[{"id":"1"},{"id":"1"}]},"a0":{"members":[{"user":{"id":"1"}},{"user":{"id":"1"}}]}},"errors":[{"path":["a0","members",0]}]}`,
		`{"data":null,"errors":[{"extensions":{"code":"PERMISSION_DENIED"}}]}`,
		`{"data":{"organization":{"members":"x","membersCount":-9}}}`,
		`{"error":{"details":[]}}`, `[]`, `null`, `{"data":{"a0":[]}}`, `<html>`, `{"data":{"a0":{"members":[[]]}}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c := inMemory(t, memory{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = w.Write(body)
		})}, pipefy.Options{})
		r, err := c.Read(t.Context(), "7")
		if err != nil {
			failed(t, err)
			return
		}
		b := r.Batch("s", time.Time{})
		keys := map[person.Key]bool{}
		known := map[*person.Resource]bool{}
		resourceKeys := map[person.ResourceKey]bool{}
		for _, res := range b.Resources {
			if res.Key.ID == "" || resourceKeys[res.Key] {
				t.Fatalf("resource %+v has no id, or not one of its own", res.Key)
			}
			known[res], resourceKeys[res.Key] = true, true
		}
		for _, i := range b.Identities {
			if i.Key.ID == "" || keys[i.Key] || i.Pipefy == nil {
				t.Fatalf("identity %+v has no id, or not one of its own", i.Key)
			}
			keys[i.Key] = true
			reached := map[*person.Resource]bool{}
			for _, g := range i.Grants {
				if !known[g.Resource] || reached[g.Resource] {
					t.Fatalf("%v has an odd grant %+v", i.Key, g)
				}
				reached[g.Resource] = true
			}
			if _, err := i.CreatedAt.MarshalJSON(); err != nil {
				t.Fatal(err)
			}
		}
		if b.Coverage.Seen > len(b.Identities) || b.Coverage.Complete && b.Coverage.Seen < b.Coverage.Total {
			t.Fatalf("coverage %+v with %d identities", b.Coverage, len(b.Identities))
		}
	})
}
