package collect

import (
	"net/http"
	"testing"
	"time"
)

// FuzzHeaders: whatever a vendor writes into its rate headers, what is read of them is nothing or a sane figure.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{"", "0", "20", "-1", "1e9", " 7 ", "NaN", "+Inf", "1790000000", "99999999999999999999", "2, 3", "abc"} {
		f.Add(s, s)
	}
	now := time.Date(2026, 9, 21, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, figure, reset string) {
		h := http.Header{}
		h.Set("X-Daily-Ratelimit-Token-Remaining", figure)
		h.Set("X-Ratelimit-Remaining", figure)
		h.Set("X-Ratelimit-Reset", reset)
		o := observe(h, now)
		for _, n := range []*int{o.Remaining, o.BurstRemaining} {
			if n != nil && *n < 0 {
				t.Errorf("%q is read as %d", figure, *n)
			}
		}
		if o.BurstReset < 0 || o.BurstReset > 24*time.Hour {
			t.Errorf("%q is read as %s", reset, o.BurstReset)
		}
		if o.Limit != nil || o.BurstLimit != nil {
			t.Errorf("a header that is not there is read as %+v", o)
		}
	})
}
