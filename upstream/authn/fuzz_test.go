package authn_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/authn"
)

// Whatever the headers hold, a principal comes of a whole key alone, in a header that holds nothing else.
func FuzzAuthenticate(f *testing.F) {
	for _, seed := range [][3]string{
		{"Bearer " + adminKey, "", ""}, {"", adminKey, "192.0.2.1"}, {"bearer\t" + adminKey, "", "a,b"}, {"Bearer " + adminKey, internKey, "::1, [::2]:3"},
		{"Basic eDp5", adminKey, ""}, {"Bearer " + adminKey + "," + adminKey, "", ",,,"}, {"Bearer a.b.c", "", "fe80::1%eth0"}, {"Bearer \x00", "\xff", "1.2.3.4:x"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	clock := newWatch()
	a, err := authn.New([]authn.Client{clientOf("admin", adminKey, time.Time{})}, authn.Grants{}, authn.Options{
		Verifier: &verifier{}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Now: clock.now,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, authorization, apiKey, forwarded string) {
		clock.set(clock.now().Add(time.Hour)) // so that every attempt is looked at
		r := from("10.0.0.1:1")
		r.Header = http.Header{}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		if apiKey != "" {
			r.Header.Set("X-Api-Key", apiKey)
		}
		r.Header.Set("X-Forwarded-For", forwarded)
		p, err := a.Authenticate(r)
		if err != nil {
			if k := fault.KindOf(err); p.Name != "" || k != fault.Unauthenticated {
				t.Fatalf("%q %v", p.Name, err)
			}
			return
		}
		rest := strings.TrimSpace(authorization)
		scheme, given, _ := strings.Cut(rest, " ")
		given = strings.TrimSpace(given)
		inBearer := strings.EqualFold(scheme, "bearer") && (given == adminKey || given == token)
		inKey := strings.TrimSpace(apiKey) == adminKey
		if !inBearer && !(inKey && rest == "") || apiKey != "" && strings.TrimSpace(apiKey) != "" && inBearer && strings.TrimSpace(apiKey) != given {
			t.Fatalf("%q opened with %q and %q", p.Name, authorization, apiKey)
		}
	})
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte(`{"name":"a","scopes":["directory:read"],"secrets":[{"digest":"` + authn.DigestOf("x").String() + `"}]}`))
	f.Add([]byte("{}\n\n[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		clients, err := authn.ParseFile(data)
		if err != nil && len(clients) > 0 {
			t.Fatal("clients of a broken file")
		}
		for _, c := range clients {
			if c.Name == "" || len(c.Roles)+len(c.Scopes) == 0 {
				t.Fatalf("%+v", c)
			}
		}
	})
}
