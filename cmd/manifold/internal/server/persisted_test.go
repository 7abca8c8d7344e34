package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// echo answers with the document that it was asked.
var echo = tiny{exec: func(ctx context.Context) *graphql.Response {
	return &graphql.Response{Data: json.RawMessage(fmt.Sprintf(`{"asked":%q}`, graphql.GetOperationContext(ctx).RawQuery))}
}}

// shop is an API with persisted documents, and what came to it.
type shop struct {
	t         *testing.T
	url       string
	documents *persisted.Documents
	came      []string
}

func newShop(t *testing.T, only bool, trusted ...persisted.Document) *shop {
	s := &shop{t: t, documents: persisted.New(only, trusted)}
	s.url = start(t, speaking(echo, server.Limits{}, server.Protocol{
		Documents: s.documents, DocumentCame: func(outcome string) { s.came = append(s.came, outcome) },
	}), server.Options{}) + "/graphql"
	return s
}

// post sends members, each a pair of name and value.
func (s *shop) post(members ...any) answer {
	s.t.Helper()
	body := map[string]any{}
	for i := 0; i < len(members); i += 2 {
		body[members[i].(string)] = members[i+1]
	}
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	return send(s.t, "POST", s.url, string(raw), asJSON)
}

// wants compares an answer with the document that should have been executed, or the code and words of a refusal.
func (s *shop) wants(a answer, came, document, code, says string) {
	s.t.Helper()
	if document != "" && a.body != fmt.Sprintf(`{"data":{"asked":%q}}`, document) || document == "" && (a.code != code || !strings.Contains(a.body, says)) {
		s.t.Errorf("%d %s, want %q or %s", a.status, a.body, document, code)
	}
	if len(s.came) != 1 || s.came[0] != came {
		s.t.Errorf("came %v, want %s", s.came, came)
	}
	s.came = nil
}

func apq(hash string) map[string]any {
	return map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
}

const notFound = "PERSISTED_QUERY_NOT_FOUND"

func TestADocumentIsRegisteredByItsHash(t *testing.T) {
	s := newShop(t, false)
	const query = "{ who }"
	hash := persisted.Hash(query)
	s.wants(s.post("extensions", apq(hash)), "unknown", "", notFound, `"message":"PersistedQueryNotFound"`)
	s.wants(s.post("query", query, "extensions", apq(hash)), "new", query, "", "")
	s.wants(s.post("extensions", apq(hash)), "registered", query, "", "")
	s.wants(s.post("query", query, "extensions", apq(hash)), "registered", query, "", "")
	s.wants(s.post("documentId", "sha256:"+hash), "registered", query, "", "")
	s.wants(s.post("documentId", hash), "registered", query, "", "")
	s.wants(s.post("documentId", hash, "extensions", apq(hash)), "registered", query, "", "")
	s.wants(s.post("query", query), "text", query, "", "")

	address := s.url + "?extensions=" + strings.ReplaceAll(`{"persistedQuery":{"version":1,"sha256Hash":"`+hash+`"}}`, `"`, "%22")
	s.wants(send(t, "GET", address, "", preflight), "registered", query, "", "")
	s.wants(send(t, "GET", s.url+"?documentId=sha256:"+hash, "", preflight), "registered", query, "", "")
	if a := send(t, "GET", s.url+"?documentId=sha256:"+hash, ""); a.status != 400 || s.came != nil {
		t.Errorf("a page may ask by id: %d %v", a.status, s.came)
	}
	if a := send(t, "GET", s.url+"?documentId=sha256:"+persisted.Hash("x"), "", preflight); a.code != notFound || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("what is not found may be kept: %s %v", a.body, a.header)
	}
	rich := send(t, "POST", s.url, `{"documentId":"nobody"}`, asJSON, "Accept: application/graphql-response+json")
	if rich.status != 400 || strings.Contains(rich.body, `"data"`) {
		t.Errorf("not found: %d %s", rich.status, rich.body)
	}
}

func TestADocumentIsRegisteredOnlyIfItIsValidAndWhatItsHashSays(t *testing.T) {
	s := newShop(t, false)
	const mismatch = "not that of its text"
	for query, says := range map[string]string{"{ nothing }": "nothing", "{ who": "Expected", "": "PersistedQueryNotFound"} {
		hash := persisted.Hash(query)
		if a := s.post("query", query, "extensions", apq(hash)); a.code == "" || !strings.Contains(a.body, says) {
			t.Errorf("%q: %s", query, a.body)
		}
		s.came = nil
		s.wants(s.post("extensions", apq(hash)), "unknown", "", notFound, "")
	}
	forged := persisted.Hash("{ who }")
	s.wants(s.post("query", "{ self { who } }", "extensions", apq(forged)), "refused", "", "BAD_USER_INPUT", mismatch)
	s.wants(s.post("query", "{ self { who } }", "documentId", "sha256:"+forged), "refused", "", "BAD_USER_INPUT", mismatch)
	s.wants(s.post("query", "{ who }", "extensions", apq(strings.ToUpper(forged))), "text", "{ who }", "", "")
	s.wants(s.post("extensions", apq(forged)), "unknown", "", notFound, "")
	s.wants(s.post("query", "{ who }", "extensions", apq(forged)), "new", "{ who }", "", "")
	s.wants(s.post("query", "{who}", "extensions", apq(forged)), "refused", "", "BAD_USER_INPUT", mismatch)
	s.wants(s.post("documentId", "sha256:"+persisted.Hash("x"), "extensions", apq(forged)), "refused", "", "BAD_USER_INPUT", "different documents")
	for _, broken := range []any{
		"x", 1, []any{}, map[string]any{}, map[string]any{"version": 2, "sha256Hash": forged}, map[string]any{"version": "1", "sha256Hash": forged},
		map[string]any{"version": 1}, map[string]any{"version": 1, "sha256Hash": 5}, map[string]any{"sha256Hash": forged},
	} {
		s.wants(s.post("query", "{ who }", "extensions", map[string]any{"persistedQuery": broken}), "refused", "", "BAD_USER_INPUT", "persistedQuery must be")
	}
	s.wants(s.post("query", "{ who }", "extensions", map[string]any{"persistedQuery": nil}), "text", "{ who }", "", "")
	if a := s.post("documentId", 5); a.status != 400 || !strings.Contains(a.body, "documentId") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.post("documentId", ""); a.status != 400 || !strings.Contains(a.body, `\"query\"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestTrustedDocumentsComeByTheirIDsOrInFull(t *testing.T) {
	people := persisted.Document{ID: "7d0e", Body: "query People { who }"}
	hashed := persisted.Document{ID: persisted.Hash("query Own { who }"), Body: "query Own { who }"}
	for _, only := range []bool{false, true} {
		s := newShop(t, only, people, hashed)
		s.wants(s.post("documentId", "7d0e"), "trusted", people.Body, "", "")
		s.wants(s.post("extensions", apq("7d0e")), "trusted", people.Body, "", "")
		s.wants(s.post("documentId", "sha256:"+persisted.Hash(people.Body)), "trusted", people.Body, "", "")
		s.wants(s.post("extensions", apq(hashed.ID)), "trusted", hashed.Body, "", "")
		s.wants(s.post("documentId", hashed.ID), "trusted", hashed.Body, "", "")
		s.wants(s.post("query", people.Body), "trusted", people.Body, "", "")
		s.wants(s.post("query", people.Body, "documentId", "7d0e"), "trusted", people.Body, "", "")
		s.wants(s.post("query", people.Body, "extensions", apq(persisted.Hash(people.Body))), "trusted", people.Body, "", "")
		s.wants(s.post("query", "{who}", "documentId", "7d0e"), "refused", "", "BAD_USER_INPUT", "not that of its text")
		s.wants(s.post("query", "{who}", "extensions", apq(hashed.ID)), "refused", "", "BAD_USER_INPUT", "not that of its text")
	}
}

func TestNothingButTrustedDocumentsIsExecuted(t *testing.T) {
	s := newShop(t, true, persisted.Document{ID: "7d0e", Body: "query People { who }"}, persisted.Document{ID: "old", Body: "{ gone }"})
	const only = "Only trusted documents"
	strange := "query Strange { who }"
	for _, members := range [][]any{
		{"query", strange}, {"query", "query People { who } "}, {"query", "query People {who}"}, {"query", "{ __typename }"},
		{"query", strange, "extensions", apq(persisted.Hash(strange))}, {"query", strange, "documentId", "7d0f"},
	} {
		s.wants(s.post(members...), "refused", "", "FORBIDDEN", only)
	}
	// It was not registered either, and nobody is asked to try.
	s.wants(s.post("extensions", apq(persisted.Hash(strange))), "unknown", "", "FORBIDDEN", only)
	s.wants(s.post("documentId", "7d0f"), "unknown", "", "FORBIDDEN", only)
	s.wants(send(t, "GET", s.url+in(strange), "", preflight), "refused", "", "FORBIDDEN", only)
	// What is trusted is a text like any other: a document that the schema has outgrown is refused as ever.
	s.wants(s.post("documentId", "old"), "trusted", "", "BAD_USER_INPUT", "gone")

	s.documents.Trust([]persisted.Document{{ID: "new", Body: strange}})
	s.wants(s.post("documentId", "new"), "trusted", strange, "", "")
	s.wants(s.post("documentId", "7d0e"), "unknown", "", "FORBIDDEN", only)
	s.wants(s.post("query", "query People { who }"), "refused", "", "FORBIDDEN", only)
}

// The transports of subscriptions find documents as HTTP does, and execute no others.
func TestDocumentsOverStreams(t *testing.T) {
	const news, strange = "subscription News { renamed }", "subscription Strange { renamed }"
	hash := persisted.Hash(strange)
	byHash := `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}`
	for _, each := range []struct {
		only          bool
		request, want string
	}{
		{true, `"documentId":"n"`, news},
		{true, `"query":"` + news + `"`, news},
		{true, `"query":"` + strange + `"`, "FORBIDDEN"},
		{true, `"query":"{__typename}"`, "FORBIDDEN"},
		{true, byHash + `}`, "FORBIDDEN"},
		{false, `"documentId":"n"`, news},
		{false, byHash + `}`, notFound},
		{false, `"query":"` + strange + `",` + byHash + `}`, strange},
		{false, byHash + `}`, strange}, // where it was registered before
		{false, `"query":"` + news + `",` + byHash + `}`, "BAD_USER_INPUT"},
	} {
		s := newShop(t, each.only, persisted.Document{ID: "n", Body: news})
		if each.want == strange {
			s.documents.Register(hash, strange)
		}
		want := `"code":"` + each.want + `"`
		kind := "error"
		if strings.HasPrefix(each.want, "subscription") {
			want, kind = fmt.Sprintf(`{"asked":%q}`, each.want), "next"
		}
		w := speak(t, nil, s.url).ready()
		w.send(`{"id":"1","type":"subscribe","payload":{` + each.request + `}}`)
		if got := w.hear(); !strings.HasPrefix(got, `{"id":"1","type":"`+kind) || !strings.Contains(got, want) {
			t.Errorf("only %t: over a WebSocket {%s} is answered %s", each.only, each.request, got)
		}
		if a := send(t, "POST", s.url, "{"+each.request+"}", asJSON, asEvents); !strings.Contains(a.body, want) || !strings.HasSuffix(a.body, "event: complete\ndata: \n\n") {
			t.Errorf("only %t: as events {%s} is answered %s", each.only, each.request, a.body)
		}
	}
}

func TestAnIDByGetMayOnlyAskToo(t *testing.T) {
	s := newShop(t, false, persisted.Document{ID: "m", Body: "mutation { rename }"}, persisted.Document{ID: "both", Body: "query A { who } mutation B { rename }"})
	for _, query := range []string{"?documentId=m", "?documentId=both&operationName=B"} {
		if a := send(t, "GET", s.url+query, "", preflight); a.status != 405 || a.header.Get("Allow") != "POST" {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	s.came = nil
	s.wants(send(t, "GET", s.url+"?documentId=both&operationName=A", "", preflight), "trusted", "query A { who } mutation B { rename }", "", "")
}

func TestWhatNeverReachesADocumentIsNotCounted(t *testing.T) {
	s := newShop(t, false)
	send(t, "POST", s.url, "{", asJSON)
	send(t, "POST", s.url, `{"query":"{who}"}`)
	if !slices.Equal(s.came, nil) {
		t.Errorf("%q", s.came)
	}
}

func FuzzPersistedDocument(f *testing.F) {
	const trusted = "query People { who }"
	hash := persisted.Hash(trusted)
	for _, seed := range []string{`{"documentId":"7d0e"}`, `{"documentId":"sha256:` + hash + `","query":"{who}"}`, `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}}`,
		`{"extensions":{"persistedQuery":{"version":1e0,"sha256Hash":"7d0e"},"\u0000documentId":"7d0e"},"query":"{who}"}`, `{"query":"query People { who }"}`, `{"query":"{who}","extensions":{"persistedQuery":[]}}`, `{"documentId":null,"query":"{ who }"}`} {
		f.Add([]byte(seed))
	}
	var asked []string
	es := tiny{exec: func(ctx context.Context) *graphql.Response {
		asked = append(asked, graphql.GetOperationContext(ctx).RawQuery)
		return &graphql.Response{Data: json.RawMessage(`{}`)}
	}}
	h := speaking(es, server.Limits{BodyBytes: 4096}, server.Protocol{Documents: persisted.New(true, []persisted.Document{{ID: "7d0e", Body: trusted}})})
	f.Fuzz(func(t *testing.T, body []byte) {
		asked = nil
		fuzzed(t, h, posted(body))
		for _, document := range asked {
			if document != trusted {
				t.Fatalf("%s: %q was executed", body, document)
			}
		}
	})
}
