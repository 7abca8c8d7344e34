package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
)

func TestAnswersToGetAreKeptButNeverUsedUnasked(t *testing.T) {
	fresh := told{left: time.Hour, status: "hit"}
	url := start(t, api(answering(`{"who":"x"}`, fresh), server.Limits{}), server.Options{}) + "/graphql"
	a := send(t, "GET", url+in("{who}"), "", preflight)
	if tag := a.header.Get("ETag"); a.status != 200 || a.header.Get("Cache-Control") != "private, no-cache" || !strings.HasPrefix(tag, `W/"`) || a.header.Get("Age") != "0" {
		t.Errorf("%d %v", a.status, a.header)
	}
	vary := strings.Join(a.header.Values("Vary"), ", ")
	for _, name := range []string{"Origin", "Accept", "Authorization", "X-Api-Key", "Manifold-Explain", "Content-Type", "GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Apollo-Operation-Name"} {
		if !strings.Contains(", "+vary+", ", ", "+name+", ") {
			t.Errorf("Vary: %s has no %s", vary, name)
		}
	}
	head := send(t, "HEAD", url+in("{who}"), "", preflight)
	if head.status != 200 || head.body != "" || head.header.Get("ETag") != a.header.Get("ETag") || head.header.Get("Content-Length") != a.header.Get("Content-Length") {
		t.Errorf("HEAD: %d %q %v", head.status, head.body, head.header)
	}
	for name, b := range map[string]answer{
		"by POST": send(t, "POST", url, ask("{who}"), asJSON, "If-None-Match: "+a.header.Get("ETag")),
		"in part": send(t, "GET", start(t, api(answering(`{"who":null}`, fresh, gqlerror.Errorf("down")), server.Limits{}), server.Options{})+"/graphql"+in("{who}"), "", preflight, "If-None-Match: *"),
		"untold":  send(t, "GET", start(t, api(answering(`{"who":"x"}`, nil), server.Limits{}), server.Options{})+"/graphql"+in("{who}"), "", preflight, "If-None-Match: *"),
	} {
		if b.status != 200 || b.header.Get("ETag") != "" || b.body == "" || name != "by POST" && b.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q %v", name, b.status, b.body, b.header)
		}
	}
}

func TestWhoHoldsTheDataAlreadyIsNotSentThemAgain(t *testing.T) {
	var n atomic.Int64
	changes := tiny{receipt: told{}, exec: func(ctx context.Context) *graphql.Response {
		data := map[string]any{"who": "x"}
		if graphql.GetOperationContext(ctx).Operation.Name == "Counted" {
			data["n"] = n.Add(1)
		}
		raw, _ := json.Marshal(data)
		return &graphql.Response{Data: raw}
	}}
	url := start(t, api(changes, server.Limits{}), server.Options{}) + "/graphql"
	tag := send(t, "GET", url+in("{who}"), "", preflight).header.Get("ETag")
	for given, status := range map[string]int{
		tag:                                     304,
		strings.TrimPrefix(tag, "W/"):           304, // compared weakly
		"*":                                     304,
		`"other", ` + tag:                       304,
		`W/"a,b" , "c",` + tag:                  304,
		`"` + tag:                               200,
		`"other"`:                               200,
		`W/"other"`:                             200,
		`""`:                                    200,
		strings.ToLower(tag[:len(tag)-2]) + `"`: 200,
		strings.Trim(tag, `W/"`):                200,
	} {
		a := send(t, "GET", url+in("{who}"), "", preflight, "If-None-Match: "+given)
		if a.status != status || a.header.Get("ETag") != tag || (a.body == "") != (status == 304) || a.header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("If-None-Match: %s: %d %q %v", given, a.status, a.body, a.header)
		}
	}
	rich := send(t, "GET", url+in("{who}"), "", preflight, "Accept: application/graphql-response+json", "If-None-Match: "+tag)
	if rich.status != 200 || rich.header.Get("ETag") == tag {
		t.Errorf("under another media type: %d %v", rich.status, rich.header)
	}
	first := send(t, "GET", url+in("query Counted{who}"), "", preflight)
	if b := send(t, "GET", url+in("query Counted{who}"), "", preflight, "If-None-Match: "+first.header.Get("ETag")); b.status != 200 || b.header.Get("ETag") == first.header.Get("ETag") {
		t.Errorf("data that changed: %d %v", b.status, b.header)
	}
	if a := send(t, "GET", url+in("{nothing}"), "", preflight, "If-None-Match: *"); a.status != 200 || a.code != "BAD_USER_INPUT" || a.header.Get("ETag") != "" {
		t.Errorf("what is refused: %d %s %v", a.status, a.body, a.header)
	}
}

func TestTagsLeaveOutWhatDiffersFromAnswerToAnswer(t *testing.T) {
	var tags []string
	for i, receipt := range []told{{status: "hit"}, {age: time.Hour, left: time.Minute, status: "fwd=miss", spent: map[string][2]int{"pipedrive": {1, 20}}}} {
		url := start(t, api(answering(`{"who":"x"}`, receipt), server.Limits{}), server.Options{}) + "/graphql"
		a := send(t, "GET", url+in("{who}"), "", preflight)
		if a.header.Get("Age") != fmt.Sprint(i*3600) {
			t.Errorf("Age %q", a.header.Get("Age"))
		}
		tags = append(tags, a.header.Get("ETag"))
	}
	if tags[0] != tags[1] || tags[0] == "" {
		t.Errorf("%q", tags)
	}
}

func TestWhoSeesAPartHoldsAnotherAnswer(t *testing.T) {
	few := client("few", frontend, access.ScopeDirectoryRead)
	all := client("all", admin, access.Scopes...)
	url := start(t, api(answering(`{"self":null}`, told{}), server.Limits{}), server.Options{Authenticator: known(t, few, all)}) + "/graphql"
	mine := send(t, "GET", url+in("{self{who}}"), "", preflight, "X-Api-Key: "+admin).header.Get("ETag")
	if a := send(t, "GET", url+in("{self{who}}"), "", preflight, "X-Api-Key: "+frontend, "If-None-Match: "+mine); a.status != 200 || a.header.Get("ETag") == mine {
		t.Errorf("another's tag is taken: %d %v", a.status, a.header)
	}
	if a := send(t, "GET", url+in("{self{who}}"), "", preflight, "If-None-Match: "+mine); a.status != 401 || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a tag is no key: %d %v", a.status, a.header)
	}
}
