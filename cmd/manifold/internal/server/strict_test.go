package server_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

func TestWhatParsersReadDifferentlyIsRefused(t *testing.T) {
	address := start(t, api(tiny{}, server.Limits{}), server.Options{}) + "/graphql"
	const once, half = "may be given once", "half a character"
	for text, says := range map[string]string{
		`{"x":1,"x":2}`:                        once,
		`{"x":1,"\u0078":2}`:                   once,
		`{"in":{"a":1,"b":{},"a":1}}`:          once,
		`{"in":[0,[{"a":[]},{"a":1,"a":[]}]]}`: once,
		`{"":1,"":2}`:                          once,
		`{"x":"\ud800"}`:                       half,
		`{"x":"\uD83C "}`:                      half,
		`{"x":"\udfc3\ud83c"}`:                 half,
		`{"x":"\ud83c\u0041"}`:                 half,
		`{"x":"\ud83c\n"}`:                     half,
		`{"\udfc3":1}`:                         half,
		`{"a":{"x":1},"b":{"x":1}}`:            "",
		`{"x":"\ud83c\udfc3 \\ud800"}`:         "",
		`{"in":[{"a":1},{"a":1}],"a":1}`:       "",
		`{"x":"{\"a\":1,\"a\":1}"}`:            "",
		`{"x":1e999,"X":2}`:                    "",
	} {
		for name, a := range map[string]answer{
			"variables":   send(t, "POST", address, `{"query":"{who}","variables":`+text+`}`, asJSON),
			"extensions":  send(t, "POST", address, `{"extensions":`+text+`,"query":"{who}"}`, asJSON),
			"another one": send(t, "POST", address, `{"query":"{who}","other":`+text+`}`, asJSON),
			"by GET":      send(t, "GET", address+"?query=%7Bwho%7D&variables="+url.QueryEscape(text), "", preflight),
		} {
			if says == "" && a.status != 200 || says != "" && (a.status != 400 || a.code != "BAD_USER_INPUT" || !strings.Contains(a.body, says)) {
				t.Errorf("%s %s: %d %s, want %q", name, text, a.status, a.body, says)
			}
		}
	}
}
