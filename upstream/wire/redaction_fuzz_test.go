package wire_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// spellings are the ways in which a text may be written by whoever repeats it.
func spellings(text string) map[string]string {
	return map[string]string{
		"itself": text, "hexadecimal": hex.EncodeToString([]byte(text)),
		"base64": base64.RawStdEncoding.EncodeToString([]byte(text)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(text)),
		"escaped": url.QueryEscape(text), "escaped as a path": url.PathEscape(text), "escaped twice": url.QueryEscape(url.QueryEscape(text)),
	}
}

// betrayed names the spelling in which a text holds something private; "" if in none. Case says nothing.
func betrayed(text string, private ...string) string {
	text = strings.ToLower(text)
	for _, each := range private {
		for how, spelling := range spellings(each) {
			if strings.Contains(text, strings.ToLower(spelling)) {
				return fmt.Sprintf("%q, %s", each, how)
			}
		}
	}
	return ""
}

// told is everything that is ever said of a call to a vendor that failed: the log at its most talkative, and the error.
func told(t *testing.T, do func(c wire.Config) error) string {
	var buf bytes.Buffer
	err := do(wire.Config{BaseURL: "http://x", Logger: logTo(&buf), Limits: calm})
	if err == nil || buf.Len() == 0 {
		t.Fatalf("error %v, log %q", err, buf.String())
	}
	fmt.Fprintf(&buf, "%v %+v %q ", err, err, err)
	public := fault.From(err)
	fmt.Fprint(&buf, public, public.Message)
	return buf.String()
}

// echoing answers like a vendor that repeats a text wherever one can.
func echoing(status int, text string) *script {
	return play(answer(status, `{"error":"`+text+`"}`, "X-Correlation-Id", text, "X-Request-Id", "req-"+text, "Location", "http://x/"+text, "Www-Authenticate", text))
}

// addresses are written as they come in paths and queries.
var addresses = []string{
	"ann@example.com", "ANN@EXAMPLE.COM", "ann+crm@example.com", "ann%40example.com", "ann%2540example.com", "jörg@bücher.example",
	"j%C3%B6rg@xn--bcher-kva.example", "o'neil@example.com", `"a b"@example.com`,
}

// TestVendorsThatRepeatWhatTheyWereSent in any spelling, at any place, find it in no log and no error.
func TestVendorsThatRepeatWhatTheyWereSent(t *testing.T) {
	for how, spelling := range spellings(secret) {
		for _, status := range []int{302, 400, 401, 403, 404, 429, 500} {
			text := told(t, func(c wire.Config) error {
				c.Transport, c.Credential = echoing(status, spelling), wire.BearerToken(secret)
				_, err := newClient(t, c).As(wire.Mutation, nil).Do(t.Context(), get("users.x"), nil)
				return err
			})
			if found := betrayed(text, secret); found != "" {
				t.Errorf("%s, %d: %s is told:\n%s", how, status, found, text)
			}
			for _, form := range []bool{false, true} { // the token endpoint is sent the secret in its body
				text := told(t, func(c wire.Config) error {
					o, err := wire.NewOAuth(wire.OAuthConfig{Source: "s", TokenURL: "http://x/token", ClientID: "client-of-ours", ClientSecret: secret, Form: form,
						Transport: echoing(status, spelling), Logger: c.Logger, Limits: c.Limits})
					if err != nil {
						t.Fatal(err)
					}
					return o.Authorize(t.Context(), http.Header{})
				})
				if found := betrayed(text, secret, "client-of-ours"); found != "" {
					t.Errorf("token endpoint, %s, %d: %s is told:\n%s", how, status, found, text)
				}
			}
		}
	}
}

// FuzzRedaction asks for a path and a query, of a vendor that repeats both and the credential: nothing of them is told.
func FuzzRedaction(f *testing.F) {
	for _, a := range addresses {
		f.Add(a, a, uint16(404))
	}
	f.Add("x", "tok-5f2c9e", uint16(301))
	f.Fuzz(func(t *testing.T, path, term string, status uint16) {
		if path = strings.TrimSpace(path); len(path) < 6 || len(term) < 6 || strings.ContainsAny(path, "\r\n") {
			return // what is as short is found in any text
		}
		text := told(t, func(c wire.Config) error {
			c.Transport, c.Credential = echoing(300+int(status%300), hex.EncodeToString([]byte(path+"|private"))), wire.BearerToken(secret)
			_, err := newClient(t, c).As(wire.Mutation, nil).Do(t.Context(), wire.Request{
				Method: "GET", Path: "/users/" + url.PathEscape(path+"|private"), Operation: "users.x", Query: url.Values{"term": {term + "|private"}, "api_token": {secret}},
			}, nil)
			return err
		})
		if found := betrayed(text, secret, path+"|private", term+"|private", "|private"); found != "" || strings.Contains(text, "@") || strings.Contains(strings.ToLower(text), "%40") {
			t.Fatalf("%s is told:\n%s", found, text)
		}
		for _, address := range []string{path, term} { // an address as it stands, not what else the log is made of
			if strings.Contains(address, "@") && betrayed(text, address) != "" {
				t.Fatalf("%q is told:\n%s", address, text)
			}
		}
	})
}
