package authn_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/authn"
)

const (
	adminKey  = "admin-0123456789abcdef012"
	internKey = "intern-0123456789abcdef01"
	token     = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// watch is a clock that stands until it is moved.
type watch struct{ at atomic.Pointer[time.Time] }

func (w *watch) now() time.Time { return *w.at.Load() }
func (w *watch) set(t time.Time) {
	w.at.Store(&t)
}

func newWatch() *watch {
	w := &watch{}
	w.set(noon)
	return w
}

// verifier counts how often it is asked, and takes no token but good.
type verifier struct {
	calls atomic.Int64
	err   error
}

func (v *verifier) Verify(_ context.Context, t string) (access.Principal, error) {
	v.calls.Add(1)
	switch {
	case v.err != nil:
		return access.Principal{}, v.err
	case t == token:
		return access.NewPrincipal("oidc:a", access.ScopeDirectoryRead), nil
	}
	return access.Principal{}, fault.New(fault.Unauthenticated, "The token is no good.")
}

func clientOf(name, key string, expires time.Time) authn.Client {
	return authn.Client{Name: name, Scopes: []access.Scope{access.ScopeDirectoryRead}, Secrets: []authn.Secret{{Digest: authn.DigestOf(key), Expires: expires}}}
}

func newAuthenticator(t testing.TB, o authn.Options, clients ...authn.Client) *authn.Authenticator {
	t.Helper()
	a, err := authn.New(clients, authn.Grants{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// from is a request from an address; headers are "Name: value".
func from(address string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	r.RemoteAddr = address
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func kindOf(err error) fault.Kind {
	if err == nil {
		return 0
	}
	return fault.KindOf(err)
}

func TestOneCredentialInOneHeader(t *testing.T) {
	a := newAuthenticator(t, authn.Options{}, clientOf("admin", adminKey, time.Time{}), clientOf("intern", internKey, time.Time{}))
	for name, each := range map[string]struct {
		headers []string
		who     string
		says    string
	}{
		"bearer":                  {[]string{"Authorization: Bearer " + adminKey}, "key:admin", ""},
		"another case, spaces":    {[]string{"Authorization:  bEARER   " + adminKey + " "}, "key:admin", ""},
		"X-Api-Key":               {[]string{"X-Api-Key: " + internKey}, "key:intern", ""},
		"the same in both":        {[]string{"X-Api-Key: " + internKey, "Authorization: Bearer " + internKey}, "key:intern", ""},
		"an empty one beside it":  {[]string{"X-Api-Key: " + internKey, "Authorization: "}, "key:intern", ""},
		"two that differ":         {[]string{"X-Api-Key: " + internKey, "Authorization: Bearer " + adminKey}, "", "two different credentials"},
		"two headers":             {[]string{"Authorization: Bearer " + adminKey, "Authorization: Bearer " + internKey}, "", "twice"},
		"two of the same":         {[]string{"Authorization: Bearer " + adminKey, "Authorization: Bearer " + adminKey}, "", "twice"},
		"two API keys":            {[]string{"X-Api-Key: " + adminKey, "X-Api-Key: " + internKey}, "", "twice"},
		"two in one":              {[]string{"Authorization: Bearer " + adminKey + ", Bearer " + internKey}, "", "valid API key"},
		"another scheme":          {[]string{"Authorization: Basic " + adminKey}, "", "valid API key"},
		"another scheme beside":   {[]string{"Authorization: Basic eDp5", "X-Api-Key: " + adminKey}, "", "valid API key"},
		"no scheme":               {[]string{"Authorization: " + adminKey}, "", "valid API key"},
		"no key":                  {[]string{"Authorization: Bearer "}, "", "valid API key"},
		"nothing":                 {nil, "", "valid API key"},
		"a wrong one":             {[]string{"X-Api-Key: " + adminKey + "x"}, "", "valid API key"},
		"a key that was cut off":  {[]string{"X-Api-Key: mfk_abcdefghijk"}, "", "cut off"},
		"a very long one":         {[]string{"X-Api-Key: " + strings.Repeat("a", 9000)}, "", "valid API key"},
		"a token, without issuer": {[]string{"Authorization: Bearer " + token}, "", "valid API key"},
	} {
		p, err := a.Authenticate(from("192.0.2.1:1", each.headers...))
		if p.Name != each.who || (err == nil) != (each.who != "") {
			t.Errorf("%s: %q %v", name, p.Name, err)
		}
		if err != nil && (fault.KindOf(err) != fault.Unauthenticated || !strings.Contains(fault.From(err).Message, each.says)) {
			t.Errorf("%s: %v, want %q", name, err, each.says)
		}
	}
	for _, query := range []string{"access_token", "api_key", "x-api-key", "key", "token"} {
		r := from("192.0.2.2:1")
		r.URL.RawQuery = query + "=" + adminKey
		if p, err := a.Authenticate(r); err == nil {
			t.Errorf("%s in the address opens %q", query, p.Name)
		}
	}
}

func TestAKeyEndsWhenItExpires(t *testing.T) {
	clock := newWatch()
	a := newAuthenticator(t, authn.Options{Now: clock.now}, clientOf("intern", internKey, noon.Add(time.Hour)))
	r := from("192.0.2.1:1", "X-Api-Key: "+internKey)
	clock.set(noon.Add(time.Hour - time.Nanosecond))
	if _, err := a.Authenticate(r); err != nil {
		t.Error(err)
	}
	clock.set(noon.Add(time.Hour))
	if p, err := a.Authenticate(r); fault.KindOf(err) != fault.Unauthenticated || !strings.Contains(err.Error(), "expired") || p.Name != "" {
		t.Errorf("%q %v", p.Name, err)
	}
}

func TestRolesAndOwnLimitsCombine(t *testing.T) {
	grants := authn.Grants{OperationTokens: 900, Roles: map[string]authn.Role{
		"sales": {Role: access.Role{Name: "sales", Scopes: []access.Scope{access.ScopeDirectoryRead}, Rows: access.Rows{Sources: access.Only("a", "b")}},
			Limits: access.Limits{OperationTokens: 50, ObjectsPerMinute: 10}, Allowance: authn.Allowance{person.Pipedrive: 7}},
		"mail": {Role: access.Role{Name: "mail", Scopes: []access.Scope{access.ScopeEmailsRead}, Rows: access.Rows{Sources: access.Only("b")}},
			Limits: access.Limits{ObjectsPerMinute: 20}, Allowance: authn.Allowance{person.Pipedrive: 9, person.Pipefy: 3}},
		"costs": {Role: access.Role{Name: "costs", Scopes: []access.Scope{access.ScopeBudgetsRead}}},
	}}
	p, allowance, err := grants.Grant("key:x", []string{"mail", "sales"}, authn.Role{Limits: access.Limits{OperationTokens: 60}})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Has(access.ScopeEmailsRead) || !p.Has(access.ScopeDirectoryRead) || p.Rows().Sources.Has("a") || !p.Rows().Sources.Has("b") {
		t.Errorf("%v %s", p.ScopeNames(), p.Rows().Key())
	}
	if p.Limits != (access.Limits{OperationTokens: 50, ObjectsPerMinute: 10}) || allowance[person.Pipedrive] != 7 || allowance[person.Pipefy] != 3 || allowance[person.Pipedream] != 0 {
		t.Errorf("%+v %v", p.Limits, allowance)
	}
	if p, _, err := grants.Grant("key:y", []string{"costs"}, authn.Role{}); err != nil || p.Limits.OperationTokens != 900 {
		t.Errorf("what is said for everybody does not hold: %+v %v", p.Limits, err)
	}
	if _, _, err := grants.Grant("key:y", []string{"nobody"}, authn.Role{}); err == nil {
		t.Error("a role that is not there opens something")
	}
	if _, _, err := grants.Grant("key:y", []string{"costs", "mail"}, authn.Role{}); err == nil {
		t.Error("budgets, which tell of everything, go with hidden sources")
	}
}

// Ten wrong attempts are looked at, and then one every six seconds: the verifier, which is dear, is not asked again.
func TestFailedAttemptsAreCountedByAddress(t *testing.T) {
	clock, v := newWatch(), &verifier{}
	a := newAuthenticator(t, authn.Options{Now: clock.now, Verifier: v}, clientOf("admin", adminKey, time.Time{}))
	wrong := func(address string) error {
		_, err := a.Authenticate(from(address, "Authorization: Bearer a.b.c"))
		return err
	}
	for range 100 {
		_ = wrong("192.0.2.1:1")
	}
	err := wrong("192.0.2.1:2")
	if n := v.calls.Load(); n != 10 || kindOf(err) != fault.RateLimited || fault.From(err).RetryAfter != 6*time.Second {
		t.Errorf("the verifier was asked %d times; then %v after %s", n, err, fault.From(err).RetryAfter)
	}
	if _, err := a.Authenticate(from("192.0.2.1:3", "X-Api-Key: "+adminKey+"x")); kindOf(err) != fault.RateLimited {
		t.Errorf("a wrong key: %v", err)
	}
	if _, err := a.Authenticate(from("192.0.2.1:4", "Authorization: Bearer "+adminKey)); err != nil {
		t.Errorf("a known key is locked out: %v", err)
	}
	if err := wrong("192.0.2.2:1"); kindOf(err) != fault.Unauthenticated {
		t.Errorf("another address: %v", err)
	}
	v.calls.Store(0)
	for range 60 {
		clock.set(clock.now().Add(time.Second))
		_ = wrong("192.0.2.1:1")
	}
	if n := v.calls.Load(); n != 10 {
		t.Errorf("%d attempts in a minute, want 10", n)
	}
}

func TestGoodTokensAreNeverCounted(t *testing.T) {
	clock, v := newWatch(), &verifier{}
	a := newAuthenticator(t, authn.Options{Now: clock.now, Verifier: v})
	for range 1000 {
		if p, err := a.Authenticate(from("192.0.2.1:1", "Authorization: Bearer "+token)); err != nil || p.Name != "oidc:a" {
			t.Fatal(err)
		}
	}
	for _, kind := range []fault.Kind{fault.Forbidden, fault.SourceUnavailable} {
		v.err = fault.New(kind, "x")
		for range 50 {
			if _, err := a.Authenticate(from("192.0.2.1:1", "Authorization: Bearer "+token)); kindOf(err) != kind {
				t.Fatal(err)
			}
		}
	}
	// A key in the header for keys is never taken for a token.
	v.calls.Store(0)
	if _, err := a.Authenticate(from("192.0.2.9:1", "X-Api-Key: "+token)); err == nil || v.calls.Load() != 0 {
		t.Errorf("%v, asked %d times", err, v.calls.Load())
	}
}

// recaller is a verifier that remembers one token.
type recaller struct{ verifier }

func (*recaller) Recall(t string) (access.Principal, bool) {
	return access.NewPrincipal("oidc:remembered"), t == token
}

// One program with a wrong token takes nothing away from those behind the same address whose tokens are known.
func TestKnownTokensPassWhereOthersFailed(t *testing.T) {
	v := &recaller{}
	a := newAuthenticator(t, authn.Options{Now: newWatch().now, Verifier: v})
	for range 20 {
		_, _ = a.Authenticate(from("192.0.2.1:1", "Authorization: Bearer a.b.c"))
	}
	if p, err := a.Authenticate(from("192.0.2.1:1", "Authorization: Bearer "+token)); err != nil || p.Name != "oidc:remembered" || v.calls.Load() != 10 {
		t.Errorf("%q %v, asked %d times", p.Name, err, v.calls.Load())
	}
}

// A flood of attempts at once is bounded as well, before any of them has failed.
func TestAttemptsAtOnceAreBounded(t *testing.T) {
	release := make(chan struct{})
	v := &slow{release: release}
	a := newAuthenticator(t, authn.Options{Now: newWatch().now, Verifier: v})
	var wg sync.WaitGroup
	var limited atomic.Int64
	for range 1000 {
		wg.Go(func() {
			if _, err := a.Authenticate(from("192.0.2.1:1", "Authorization: Bearer a.b.c")); kindOf(err) == fault.RateLimited {
				if limited.Add(1) == 1000-256 {
					close(release)
				}
			}
		})
	}
	wg.Wait()
	if n := v.calls.Load(); n != 256 {
		t.Errorf("%d at once", n)
	}
}

type slow struct {
	calls   atomic.Int64
	release chan struct{}
}

func (s *slow) Verify(context.Context, string) (access.Principal, error) {
	s.calls.Add(1)
	<-s.release
	return access.Principal{}, fault.New(fault.Unauthenticated, "x")
}

func TestWhereAnAttemptComesFrom(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	// Each fills the count of one request; the other then finds it full or not.
	for name, each := range map[string]struct {
		one, other *http.Request
		same       bool
	}{
		"ports":                     {from("192.0.2.1:1"), from("192.0.2.1:2"), true},
		"addresses":                 {from("192.0.2.1:1"), from("192.0.2.2:1"), false},
		"one household of IPv6":     {from("[2001:db8::1]:1"), from("[2001:db8::ffff:2]:1"), true},
		"two households":            {from("[2001:db8:0:1::1]:1"), from("[2001:db8:0:2::1]:1"), false},
		"IPv4 in IPv6":              {from("[::ffff:192.0.2.1]:1"), from("192.0.2.1:1"), true},
		"header of a stranger":      {from("192.0.2.1:1", "X-Forwarded-For: 198.51.100.1"), from("192.0.2.1:1", "X-Forwarded-For: 198.51.100.2"), true},
		"behind a proxy":            {from("10.0.0.1:1", "X-Forwarded-For: 198.51.100.1"), from("10.0.0.2:1", "X-Forwarded-For: 198.51.100.2"), false},
		"the same behind two":       {from("10.0.0.1:1", "X-Forwarded-For: 198.51.100.1"), from("10.0.0.2:1", "X-Forwarded-For: 198.51.100.1:77"), true},
		"made up before":            {from("10.0.0.1:1", "X-Forwarded-For: 1.1.1.1, 198.51.100.1"), from("10.0.0.1:1", "X-Forwarded-For: 2.2.2.2,198.51.100.1"), true},
		"made up in another header": {from("10.0.0.1:1", "X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 198.51.100.1"), from("10.0.0.1:1", "X-Forwarded-For: 198.51.100.1"), true},
		"two proxies":               {from("10.0.0.1:1", "X-Forwarded-For: 198.51.100.1, 10.9.9.9"), from("10.0.0.1:1", "X-Forwarded-For: 198.51.100.2, 10.9.9.9"), false},
		"nonsense, and made up":     {from("10.0.0.1:1", "X-Forwarded-For: 1.1.1.1, ?"), from("10.0.0.1:1", "X-Forwarded-For: 2.2.2.2, ?"), true},
	} {
		a := newAuthenticator(t, authn.Options{Now: newWatch().now, TrustedProxies: proxies})
		for range 20 {
			one := each.one.Clone(context.Background())
			one.Header.Set("X-Api-Key", "wrong")
			_, _ = a.Authenticate(one)
		}
		each.other.Header.Set("X-Api-Key", "wrong")
		_, err := a.Authenticate(each.other)
		if full := kindOf(err) == fault.RateLimited; full != each.same {
			t.Errorf("%s: counted together is %v", name, full)
		}
	}
}

// However many addresses try, what is remembered stays bounded, and the last ones are.
func TestRememberedAddressesAreBounded(t *testing.T) {
	clock := newWatch()
	a := newAuthenticator(t, authn.Options{Now: clock.now})
	for i := range 70_000 {
		_, _ = a.Authenticate(from(fmt.Sprintf("[2001:db8:%x:%x::1]:1", i>>16, i&0xffff), "X-Api-Key: wrong"))
	}
	if n := a.Remembered(); n != 1<<16 {
		t.Errorf("%d addresses are remembered", n)
	}
}

func TestClientsAreToldApart(t *testing.T) {
	if _, err := authn.New([]authn.Client{clientOf("a", adminKey, time.Time{}), clientOf("a", internKey, time.Time{})}, authn.Grants{}, authn.Options{}); err == nil {
		t.Error("two clients of one name")
	}
	if _, err := authn.New([]authn.Client{clientOf("a", adminKey, time.Time{}), clientOf("b", adminKey, time.Time{})}, authn.Grants{}, authn.Options{}); err == nil {
		t.Error("two clients of one key")
	}
}

// A hundred open connections of one key that is taken away are not a hundred wrong attempts of their address.
func TestRenewalsCountAgainstNobody(t *testing.T) {
	clock := newWatch()
	a := newAuthenticator(t, authn.Options{Now: clock.now}, clientOf("intern", internKey, noon.Add(time.Hour)), clientOf("admin", adminKey, time.Time{}))
	intern := from("192.0.2.1:1", "X-Api-Key: "+internKey)
	if p, err := a.Renew(intern); err != nil || p.Name != "key:intern" || !p.Expires.Equal(noon.Add(time.Hour)) {
		t.Fatalf("%+v %v", p, err)
	}
	clock.set(noon.Add(time.Hour))
	for range 100 {
		if p, err := a.Renew(intern); fault.KindOf(err) != fault.Unauthenticated || p.Name != "" {
			t.Fatalf("an expired key: %q %v", p.Name, err)
		}
	}
	if _, err := a.Authenticate(from("192.0.2.1:2", "X-Api-Key: nobody's-0123456789abcdef")); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("the first wrong key of the address: %v", err)
	}
	if p, err := a.Renew(from("192.0.2.1:3")); fault.KindOf(err) != fault.Unauthenticated || p.Name != "" {
		t.Errorf("without a credential: %q %v", p.Name, err)
	}
}
