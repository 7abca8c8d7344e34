package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/authn/oidc"
	"github.com/manifold-graph/manifold/upstream/authn/oidc/oidctest"
)

func TestATokenOfEachKindOfKeySaysWhoAsks(t *testing.T) {
	rs, es, ed := oidctest.RSA("r"), oidctest.EC("e"), oidctest.Ed("d")
	s := begin(t, nil, rs, es, ed)
	ps := rs
	ps.Algorithm = "PS256"
	for _, k := range []oidctest.Key{rs, ps, es, ed} {
		p, err := s.verify(s.token(k, nil))
		if err != nil || p.Name != "oidc:ann" || !p.Has(access.ScopeEmailsRead) || p.Limits.OperationTokens != 500 || !p.Expires.Equal(s.clock.now().Add(time.Hour)) {
			t.Errorf("%s: %+v %v", k.Algorithm, p, err)
		}
	}
	if keys, others := s.issuer.Asked(); keys != 1 || others != 1 {
		t.Errorf("the issuer was asked %d and %d times", keys, others)
	}
}

func TestTimesOfATokenAreHeldAgainstTheClock(t *testing.T) {
	k := oidctest.EC("e")
	s := begin(t, nil, k)
	now := s.clock.now().Unix()
	for name, each := range map[string]struct {
		changes map[string]any
		says    string // "" where it is good
	}{
		"over within the skew":     {map[string]any{"exp": now - 59}, ""},
		"over by the skew":         {map[string]any{"exp": now - 60}, "expired"},
		"never over":               {map[string]any{"exp": nil}, "no end"},
		"over in a million years":  {map[string]any{"exp": 1e15}, "a time that is none"},
		"over at infinity":         {map[string]any{"exp": math.MaxFloat64}, "a time that is none"},
		"an end that is a word":    {map[string]any{"exp": "tomorrow"}, "a time that is none"},
		"a fraction":               {map[string]any{"exp": float64(now) + 0.5}, ""},
		"begins within the skew":   {map[string]any{"nbf": now + 60}, ""},
		"begins later":             {map[string]any{"nbf": now + 61}, "not valid yet"},
		"issued within the skew":   {map[string]any{"iat": now + 60}, ""},
		"issued in the future":     {map[string]any{"iat": now + 61}, "not valid yet"},
		"without nbf and iat":      {map[string]any{"nbf": nil, "iat": nil}, ""},
		"a beginning that is none": {map[string]any{"nbf": []int{1}}, "a time that is none"},
	} {
		p, err := s.verify(s.token(k, each.changes))
		switch {
		case each.says != "":
			want(t, name, err, fault.Unauthenticated, each.says)
		case err != nil || p.Expires.IsZero():
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATokenForOthersIsRefused(t *testing.T) {
	k := oidctest.EC("e")
	s := begin(t, nil, k)
	parties := begin(t, func(i *oidc.Issuer) { i.AuthorizedParties = []string{"page", "cli"} }, k)
	for name, each := range map[string]struct {
		s       *stage
		changes map[string]any
		says    string
	}{
		"another of our names":     {s, map[string]any{"aud": "graph"}, ""},
		"several audiences":        {s, map[string]any{"aud": []string{"mail", "manifold"}}, ""},
		"another audience":         {s, map[string]any{"aud": "mail"}, "another audience"},
		"a part of ours":           {s, map[string]any{"aud": []string{"manifold-staging", "mani"}}, "another audience"},
		"no audience":              {s, map[string]any{"aud": nil}, "another audience"},
		"an audience of null":      {s, map[string]any{"aud": []any{nil, 7}}, "another audience"},
		"another issuer":           {s, map[string]any{"iss": "https://login.evil.example"}, "an issuer that is not known"},
		"our issuer with a slash":  {s, map[string]any{"iss": s.issuer.URL + "/"}, "an issuer that is not known"},
		"nobody's":                 {s, map[string]any{"sub": nil}, "whose it is"},
		"a number's":               {s, map[string]any{"sub": 7}, "whose it is"},
		"any party":                {s, map[string]any{"azp": "mail"}, ""},
		"a known party":            {parties, map[string]any{"azp": "page"}, ""},
		"a known client":           {parties, map[string]any{"client_id": "cli"}, ""},
		"another party":            {parties, map[string]any{"azp": "mail", "client_id": "cli"}, "may not use Manifold"},
		"a token without a client": {parties, nil, "may not use Manifold"},
	} {
		_, err := each.s.verify(each.s.token(k, each.changes))
		if each.says != "" {
			want(t, name, err, fault.Unauthenticated, each.says)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestForgedTokens tries what broken verifiers take. None of it reaches the places that a token names.
func TestForgedTokens(t *testing.T) {
	k, other := oidctest.RSA("r"), oidctest.EC("r")
	s := begin(t, nil, k)
	evil := oidctest.Start(t, other)
	good := s.issuer.Claims(s.clock.now(), nil)
	nothing := func(string) []byte { return []byte("x") }
	header := func(alg string) map[string]any { return map[string]any{"alg": alg, "kid": "r", "typ": "JWT"} }
	whole := s.token(k, nil)
	parts := strings.Split(whole, ".")
	formless := []string{"an extension nobody knows", "a payload that is not encoded", "a token to log out by", "no signature", "four parts", "two parts",
		"JSON of three parts", "encoded with padding", "a list of claims", "claims of null", "nested claims", "longer than a header"}
	inject := map[string]any{"jku": evil.URL + oidctest.JWKS, "x5u": evil.URL + "/x5u", "jwk": map[string]any{"kty": "oct", "k": "AAAA"}}
	for name, token := range map[string]string{
		"alg none":                      oidctest.Forge(header("none"), good, nothing),
		"alg nOnE":                      oidctest.Forge(header("nOnE"), good, nothing),
		"no alg":                        oidctest.Forge(map[string]any{"kid": "r"}, good, nothing),
		"HS256 with the public key":     oidctest.Forge(header("HS256"), good, oidctest.WithPublicKey(k)),
		"HS256 said to be RS256":        oidctest.Forge(header("RS256"), good, oidctest.WithPublicKey(k)),
		"RS512, which is not allowed":   oidctest.Sign(t, oidctest.Key{ID: "r", Algorithm: "RS512", Private: k.Private}, good, nil),
		"ES256 by another's key":        oidctest.Sign(t, other, good, nil),
		"keys at the forger's":          oidctest.Sign(t, other, good, inject),
		"a name of a key with a path":   oidctest.Sign(t, oidctest.Key{ID: "../../../../dev/null", Algorithm: "ES256", Private: other.Private}, good, nil),
		"a name of a key with a query":  oidctest.Sign(t, oidctest.Key{ID: "r' OR '1'='1", Algorithm: "ES256", Private: other.Private}, good, nil),
		"an extension nobody knows":     oidctest.Forge(map[string]any{"alg": "RS256", "kid": "r", "crit": []string{"exp"}, "exp": 1}, good, nothing),
		"a payload that is not encoded": oidctest.Forge(map[string]any{"alg": "RS256", "kid": "r", "crit": []string{"b64"}, "b64": false}, good, nothing),
		"a token to log out by":         oidctest.Sign(t, k, good, map[string]any{"typ": "logout+jwt"}),
		"other claims, same signature":  parts[0] + "." + strings.Split(s.token(k, map[string]any{"sub": "root"}), ".")[1] + "." + parts[2],
		"no signature":                  parts[0] + "." + parts[1] + ".",
		"four parts":                    whole + ".x",
		"two parts":                     parts[0] + "." + parts[1],
		"JSON of three parts":           `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `","a":"..."}`,
		"encoded with padding":          parts[0] + "." + base64.URLEncoding.EncodeToString([]byte(`{"iss":12}`)) + "." + parts[2],
		"a list of claims":              parts[0] + ".W10." + parts[2],
		"claims of null":                parts[0] + ".bnVsbA." + parts[2],
		"nested claims":                 parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"a":`+strings.Repeat("[", 5000))) + "." + parts[2],
		"longer than a header":          s.token(k, map[string]any{"x": strings.Repeat("x", 8<<10)}),
	} {
		_, err := s.verify(token)
		says := ""
		if slices.Contains(formless, name) {
			says = "not a signed JWT" // before anything is computed
		}
		want(t, name, err, fault.Unauthenticated, says)
		for _, part := range strings.Split(token, ".") {
			if len(part) > 8 && err != nil && strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error quotes the token: %v", name, err)
			}
		}
		if _, ok := s.Recall(token); ok {
			t.Errorf("%s is remembered", name)
		}
	}
	if _, err := s.verify(whole); err != nil {
		t.Errorf("after all that a good token is refused: %v", err)
	}
	if keys, others := evil.Asked(); keys+others != 0 {
		t.Errorf("keys were fetched from where a token says: %d", keys+others)
	}
}

func TestRolesOfATokenAreThoseOfTheConfiguration(t *testing.T) {
	k := oidctest.EC("e")
	for name, each := range map[string]struct {
		claim   string
		changes map[string]any
		roles   string
		says    string
	}{
		"a list":                    {"", map[string]any{"roles": []any{"interns", "unknown", 7, nil, "staff"}}, "[intern staff]", ""},
		"a word":                    {"", map[string]any{"roles": "staff"}, "[staff]", ""},
		"a path":                    {"realm_access.roles", map[string]any{"realm_access": map[string]any{"roles": []string{"staff"}}}, "[staff]", ""},
		"a name that is a URL":      {"https://example.com/roles", map[string]any{"https://example.com/roles": []string{"staff"}}, "[staff]", ""},
		"within a name with dots":   {"resource_access.my.app.roles", map[string]any{"resource_access": map[string]any{"my.app": map[string]any{"roles": []string{"staff"}}}}, "[staff]", ""},
		"scopes":                    {"scope", map[string]any{"scope": "openid staff"}, "[staff]", ""},
		"a name of two words":       {"", map[string]any{"roles": "staff interns"}, "", "gives no role"},
		"another case":              {"", map[string]any{"roles": "Staff"}, "", "gives no role"},
		"none":                      {"", map[string]any{"roles": nil}, "", "gives no role"},
		"an object":                 {"", map[string]any{"roles": map[string]bool{"staff": true}}, "", "gives no role"},
		"the path of another claim": {"realm_access.roles", map[string]any{"realm_access": []string{"roles"}}, "", "gives no role"},
		"a part and everything":     {"", map[string]any{"roles": []string{"interns", "chiefs"}}, "", "do not go together"},
	} {
		s := begin(t, func(i *oidc.Issuer) { i.RolesClaim = each.claim }, k)
		p, err := s.verify(s.token(k, each.changes))
		switch {
		case each.says != "":
			want(t, name, err, fault.Forbidden, each.says)
		case err != nil || fmt.Sprint(p.Roles()) != each.roles:
			t.Errorf("%s: %v %v", name, p.Roles(), err)
		}
	}
	s := begin(t, nil, k)
	p, err := s.verify(s.token(k, map[string]any{"roles": []string{"staff", "interns"}}))
	if err != nil || p.Rows().All() || p.Limits != (access.Limits{OperationTokens: 10, ObjectsPerMinute: 100}) {
		t.Errorf("the limits of a role do not hold: %+v %v", p, err)
	}
}

func TestNoAddressStandsInAName(t *testing.T) {
	k := oidctest.EC("e")
	s := begin(t, nil, k)
	seen := map[string]string{}
	for _, subject := range []string{"ann", "auth0|5f7c8ec7c33c6c004bbafe82", "107691503500061517591", "8f2c-11aa", "ann@acme.example", "bob@acme.example",
		"ann%40acme.example", "+49 151 1234567", "Ann Smith", "a\nb", strings.Repeat("x", 65), "#aa", "ann_acme#EXT#"} {
		p, err := s.verify(s.token(k, map[string]any{"sub": subject}))
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := seen[p.Name]; taken {
			t.Errorf("%q and %q are both %s", subject, other, p.Name)
		}
		seen[p.Name] = subject
		if len(p.Name) > 100 || strings.ContainsAny(p.Name, "@%+ \n") || strings.Contains(p.Name, "acme") {
			t.Errorf("%q is called %q", subject, p.Name)
		}
	}
	if seen["oidc:ann"] == "" || seen["oidc:auth0|5f7c8ec7c33c6c004bbafe82"] == "" {
		t.Errorf("plain subjects cannot be read: %v", seen)
	}
}

// An address that its issuer has not verified is whoever's its holder says it is.
func TestOnlyAVerifiedAddressIsTaken(t *testing.T) {
	k := oidctest.EC("e")
	s := begin(t, nil, k)
	for name, each := range map[string]struct {
		changes map[string]any
		email   string
	}{
		"verified":            {map[string]any{"email": "Ann@acme.example", "email_verified": true}, "Ann@acme.example"},
		"verified, in a text": {map[string]any{"email": "ann@acme.example", "email_verified": "true"}, "ann@acme.example"},
		"not verified":        {map[string]any{"email": "ann@acme.example", "email_verified": false}, ""},
		"nothing said":        {map[string]any{"email": "ann@acme.example"}, ""},
		"null":                {map[string]any{"email": "ann@acme.example", "email_verified": json.RawMessage("null")}, ""},
		"another word":        {map[string]any{"email": "ann@acme.example", "email_verified": "yes"}, ""},
		"a number":            {map[string]any{"email": "ann@acme.example", "email_verified": 1}, ""},
		"no address":          {map[string]any{"email_verified": true}, ""},
		"no text":             {map[string]any{"email": []string{"ann@acme.example"}, "email_verified": true}, ""},
	} {
		token := s.token(k, each.changes)
		p, err := s.verify(token)
		if err != nil || p.Email != each.email || strings.Contains(p.Name, "acme") {
			t.Errorf("%s: %q, %q, %v", name, p.Email, p.Name, err)
		}
		if known, ok := s.Recall(token); !ok || known.Email != each.email {
			t.Errorf("%s, remembered: %q", name, known.Email)
		}
	}
}

// One subject of two issuers is two people, whatever the subject is.
func TestIssuersAreToldApart(t *testing.T) {
	k, clock := oidctest.EC("e"), newWatch()
	a, b := oidctest.Start(t, k), oidctest.Start(t, k)
	one, two := issuerOf(a), issuerOf(b)
	one.Name, two.Name = "staff", "partners"
	v, err := oidc.New([]oidc.Issuer{one, two}, grants(), oidc.Options{Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, i := range []*oidctest.Issuer{a, b} {
		for _, subject := range []string{"ann", "ann@acme.example"} {
			p, err := v.Verify(t.Context(), oidctest.Sign(t, k, i.Claims(clock.now(), map[string]any{"sub": subject}), nil))
			if err != nil {
				t.Fatal(err)
			}
			names[p.Name] = true
		}
	}
	if len(names) != 4 || !names["oidc:staff:ann"] || !names["oidc:partners:ann"] {
		t.Errorf("%v", names)
	}
	b.Down(true)
	clock.pass(time.Hour)
	if _, err := v.Verify(t.Context(), oidctest.Sign(t, k, a.Claims(clock.now(), nil), nil)); err != nil {
		t.Errorf("one issuer that is away takes the other's tokens away: %v", err)
	}
}

func TestWhatCannotBeConfigured(t *testing.T) {
	i := oidc.Issuer{URL: "https://login.example.com", Audience: []string{"a"}, Roles: map[string][]string{"x": {"staff"}}}
	edit := func(change func(*oidc.Issuer)) []oidc.Issuer {
		c := i
		change(&c)
		return []oidc.Issuer{c}
	}
	if _, err := oidc.New([]oidc.Issuer{i}, grants(), oidc.Options{}); err != nil {
		t.Fatal(err)
	}
	for name, issuers := range map[string][]oidc.Issuer{
		"no audience":        edit(func(i *oidc.Issuer) { i.Audience = nil }),
		"an empty audience":  edit(func(i *oidc.Issuer) { i.Audience = []string{""} }),
		"none":               edit(func(i *oidc.Issuer) { i.Algorithms = []string{"RS256", "none"} }),
		"HS256":              edit(func(i *oidc.Issuer) { i.Algorithms = []string{"HS256"} }),
		"http":               edit(func(i *oidc.Issuer) { i.URL = "http://login.example.com" }),
		"keys over http":     edit(func(i *oidc.Issuer) { i.JWKSURL = "http://login.example.com/keys" }),
		"keys in a file":     edit(func(i *oidc.Issuer) { i.JWKSURL = "file:///etc/passwd" }),
		"a user in the URL":  edit(func(i *oidc.Issuer) { i.URL = "https://a:b@login.example.com" }),
		"a role that is not": edit(func(i *oidc.Issuer) { i.Roles = map[string][]string{"x": {"root"}} }),
		"twice":              {i, i},
		"two without names":  {i, edit(func(i *oidc.Issuer) { i.URL += "/b" })[0]},
	} {
		if _, err := oidc.New(issuers, grants(), oidc.Options{}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
