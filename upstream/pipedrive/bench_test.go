package pipedrive_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// BenchmarkUsers reads and converts one company of 10,000 users, without a network.
func BenchmarkUsers(b *testing.B) {
	records := make([]string, 10_000)
	for n := range records {
		records[n] = strings.Replace(annUser, "20480117", fmt.Sprint(n+1), 1)
	}
	body := ok(`[` + strings.Join(records, ",") + `]`)
	c, err := pipedrive.New("s", "http://x", pipedrive.TokenCredential(token), pipedrive.Options{Transport: canned(body), Limits: wire.Limits{MaxBody: 64 << 20}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		users, err := c.Users(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if batch := pipedrive.Convert("s", pipedrive.Me{}, users, asOf); len(batch.Identities) != len(records) {
			b.Fatal(len(batch.Identities))
		}
	}
}
