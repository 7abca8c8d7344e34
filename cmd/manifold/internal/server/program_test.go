package server

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhatAProgramIsCalled(t *testing.T) {
	const key = "a-key-that-is-long-enough"
	for name, tc := range map[string]struct {
		headers map[string]string
		want    string
	}{
		"it says nothing":     {nil, ""},
		"Apollo's header":     {map[string]string{"apollographql-client-name": " Leaver Console ", "User-Agent": "node"}, "Leaver Console"},
		"Hive's header":       {map[string]string{"graphql-client-name": "hr-sync", "User-Agent": "node"}, "hr-sync"},
		"both":                {map[string]string{"graphql-client-name": "b", "apollographql-client-name": "a"}, "a"},
		"the product alone":   {map[string]string{"User-Agent": "curl/8.5.0 (x86_64) of ann@acme.example"}, "curl/8.5.0"},
		"an address":          {map[string]string{"apollographql-client-name": "ann@acme.example"}, ""},
		"another line":        {map[string]string{"apollographql-client-name": "a\r\nb"}, ""},
		"a letter of another": {map[string]string{"apollographql-client-name": "Bücher"}, ""},
		"a text":              {map[string]string{"apollographql-client-name": strings.Repeat("a", 65)}, ""},
		"as long as may be":   {map[string]string{"apollographql-client-name": strings.Repeat("a", 64)}, strings.Repeat("a", 64)},
		"a key by mistake":    {map[string]string{"apollographql-client-name": key, "X-Api-Key": key}, ""},
		"a part of a token":   {map[string]string{"User-Agent": "abcdefghijklmnopqrst", "Authorization": "Bearer abcdefghijklmnopqrstuvwxyz"}, ""},
		"a header that is no name does not hide behind the next": {map[string]string{"apollographql-client-name": "!", "User-Agent": "curl/8"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/graphql", nil)
			for header, value := range tc.headers {
				r.Header.Set(header, value)
			}
			if got := program(r); got != tc.want {
				t.Errorf("%q, not %q", got, tc.want)
			}
		})
	}
}
