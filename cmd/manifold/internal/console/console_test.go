package console

import (
	"encoding/json"
	"html"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/manifold-graph/manifold/examples"
)

func TestPlainPageStandsInForAnUnbuiltOne(t *testing.T) {
	h := handler(fstest.MapFS{".gitignore": {}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	page := html.UnescapeString(w.Body.String())
	if w.Code != 200 || !strings.Contains(page, "curl") || !strings.Contains(page, "make console") || strings.Contains(page, "<script") {
		t.Errorf("%d %s", w.Code, page)
	}
	for _, e := range examples.All() {
		if !strings.Contains(page, e.Query) {
			t.Errorf("the page lacks %s", e.Name)
		}
	}
}

func TestExamplesAreServedToThePage(t *testing.T) {
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest("GET", "/examples.json", nil))
	var got []examples.Example
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got) != len(examples.All()) {
		t.Errorf("%d examples, %v", len(got), err)
	}
}

func TestPageBuiltInPartIsNoticedAtTheStart(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a page without its script was served")
		}
	}()
	handler(fstest.MapFS{"index.html": {}})
}
