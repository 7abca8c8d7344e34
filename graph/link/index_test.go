package link

import (
	"slices"
	"strconv"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
)

// TestIndexFindsRelativesFarApart crosses the chunks in which identities are
// scanned, and asks for somebody who is not in the index.
func TestIndexFindsRelativesFarApart(t *testing.T) {
	l := mustNew(t, published())
	ids := many(2*chunkSize+10, func(i int) *person.Identity {
		return pipedrive("1", strconv.Itoa(i+1), "", "user"+strconv.Itoa(i)+"@acme.com")
	})
	ids[chunkSize+7] = pipefy("300", "77", "Ann", "User5+x@ACME.com")
	index := l.Index(ids)
	for name, c := range map[string]struct {
		who  *person.Identity
		want []int32
	}{
		"one of them":           {ids[5], []int32{5, chunkSize + 7}},
		"the other":             {ids[chunkSize+7], []int32{5, chunkSize + 7}},
		"an id that says who":   {external("user5@acme.com"), []int32{5, chunkSize + 7}},
		"the digest of one":     {external(sum("user9@acme.com")), []int32{9}},
		"a user by number":      {external("pipedrive:20"), []int32{19}},
		"the last":              {external("user" + strconv.Itoa(2*chunkSize+9) + "@acme.com"), []int32{2*chunkSize + 9}},
		"a stranger":            {pipefy("300", "1", "", "zoe@far.net"), nil},
		"who has gone for good": {&person.Identity{Key: ids[5].Key, State: person.StateErased, Email: ids[5].Email}, []int32{5}},
	} {
		got := slices.Compact(slices.Sorted(index.Related(c.who)))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: related to %v, want %v", name, got, c.want)
		}
	}
	if got := slices.Collect(l.Index(nil).Related(ids[5])); got != nil {
		t.Errorf("an empty index has %v", got)
	}
}
