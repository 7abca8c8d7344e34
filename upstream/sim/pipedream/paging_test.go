package pipedream_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

// crowd is a world with n external users in production, one account each.
func crowd(n int) pipedream.Data {
	var env pipedream.Environment
	for i := range n {
		id := fmt.Sprintf("user-%06d", (i*7919)%n)
		env.Users = append(env.Users, pipedream.ExternalUser{ID: fmt.Sprintf("exu_%06d", i), ExternalID: id, CreatedAt: born})
		env.Accounts = append(env.Accounts, pipedream.Account{ID: fmt.Sprintf("apn_%06d", i), ExternalID: id, App: slack, CreatedAt: born})
	}
	return pipedream.Data{
		Clients:  []pipedream.Client{{ID: "all", Secret: "s1"}},
		Projects: []pipedream.Project{{ID: project, Production: env}},
	}
}

// walk follows end cursors until an empty page, and returns what it saw and how many pages.
func (s *service) walk(path, field string, pairs ...string) (seen []string, pages int) {
	s.t.Helper()
	after := ""
	for {
		l := s.list(query(path, append(pairs, "after", after)...))
		pages++
		if len(l.Data) == 0 {
			return seen, pages
		}
		seen = append(seen, l.ids(field)...)
		if l.Page.End == nil || l.Page.Start == nil || l.Page.Count != len(l.Data) {
			s.t.Fatalf("page_info %+v", l.Page)
		}
		if strings.ContainsAny(*l.Page.End, "=") {
			s.t.Fatalf("cursor %s is padded", *l.Page.End)
		}
		after = *l.Page.End
	}
}

func TestLastPageHasACursorAndThenNothing(t *testing.T) {
	s := start(t, crowd(10), pipedream.Options{})
	l := s.list(query("/users", "limit", "10"))
	if l.Page.Count != 10 || l.Page.Total != 10 || l.Page.End == nil {
		t.Fatalf("page_info %+v", l.Page)
	}
	if *l.Page.Start != "ZXh1XzAwMDAwMA" {
		t.Errorf("start cursor %s is not the unpadded base64 of exu_000000", *l.Page.Start)
	}
	empty := s.list(query("/users", "after", *l.Page.End))
	if empty.Page.Count != 0 || empty.Page.Total != 10 || empty.Page.End != nil || empty.Page.Start != nil {
		t.Errorf("after the last: %+v", empty.Page)
	}
	echo := start(t, crowd(10), pipedream.Options{EchoCursor: true})
	if got := echo.list(query("/users", "after", *l.Page.End)); len(got.Data) != 0 || got.Page.End == nil || *got.Page.End != *l.Page.End {
		t.Errorf("echoed: %+v", got.Page)
	}
}

func TestLimitIsClamped(t *testing.T) {
	s := start(t, crowd(150), pipedream.Options{})
	for limit, want := range map[string]int{"": 10, "0": 1, "-5": 1, "7": 7, "100": 100, "101": 100, "100000": 100, "many": 10} {
		if got := len(s.list(query("/users", "limit", limit)).Data); got != want {
			t.Errorf("limit %q gives %d, want %d", limit, got, want)
		}
	}
	s.get(query("/users", "after", "!!!")).want(400)
}

func TestPagesAreTheWhole(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(r, "people")
		limit := rapid.IntRange(1, 25).Draw(r, "limit")
		s := start(t, crowd(n), pipedream.Options{})
		for path, want := range map[string]int{"/users": n, "/accounts": n} {
			seen, pages := s.walk(path, "id", "limit", fmt.Sprint(limit))
			if len(seen) != want || !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != want {
				r.Fatalf("%s: %d of %d, sorted %v", path, len(seen), want, slices.IsSorted(seen))
			}
			if most := (n+limit-1)/limit + 1; pages != most {
				r.Fatalf("%s: %d pages, want %d", path, pages, most)
			}
		}
		all, _ := s.walk("/users", "id", "limit", "100")
		i := rapid.IntRange(0, n-1).Draw(r, "position")
		anchor := s.list(query("/users", "limit", "1", "after", cursor(all, i-1)))
		before := s.list(query("/users", "limit", fmt.Sprint(limit), "before", *anchor.Page.Start))
		if want := all[max(0, i-limit):i]; !slices.Equal(before.ids("id"), want) {
			r.Fatalf("before %s: %v, want %v", all[i], before.ids("id"), want)
		}
	})
}

// TestAWalkSurvivesDeletion: keyset cursors do not skip or repeat when rows go, even the cursor's own.
func TestAWalkSurvivesDeletion(t *testing.T) {
	s := start(t, crowd(30), pipedream.Options{})
	first := s.list(query("/users", "limit", "10"))
	s.do("DELETE", base+"/users/"+first.Data[9]["external_id"].(string), "").want(204)
	s.do("DELETE", base+"/users/"+first.Data[0]["external_id"].(string), "").want(204)
	second := s.list(query("/users", "limit", "10", "after", *first.Page.End))
	if got := second.ids("id"); got[0] != "exu_000010" || got[9] != "exu_000019" {
		t.Errorf("the second page is %v", got)
	}
}

func cursor(ids []string, i int) string {
	if i < 0 {
		return ""
	}
	return strings.TrimRight(encode(ids[i]), "=")
}

func TestSearch(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	for q, want := range map[string][]string{"ada": {"ada", "ada-2"}, "-2": {"ada-2"}, "@c:": {oddID}, "ADA": {}, "": {"ada", oddID, "ada-2", "ghost"}} {
		if got := s.list(query("/users", "q", q)); !slices.Equal(got.ids("external_id"), want) || got.Page.Total != len(want) {
			t.Errorf("q=%s: %v of %d", q, got.ids("external_id"), got.Page.Total)
		}
	}
	if ghost := s.list(query("/users", "q", "ghost")).Data[0]; len(ghost) != 2 {
		t.Errorf("a user without dates is %v", ghost)
	}
}

func TestHundredThousand(t *testing.T) {
	s := start(t, crowd(100_000), pipedream.Options{})
	seen, pages := s.walk("/users", "external_id", "limit", "100")
	if len(seen) != 100_000 || pages != 1001 {
		t.Fatalf("%d users in %d pages", len(seen), pages)
	}
}

// BenchmarkPage reads a page from the middle: its cost must not grow with the world.
func BenchmarkPage(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := start(b, crowd(n), pipedream.Options{AccountRequests: 1 << 40})
			middle := query("/accounts", "limit", "100", "after", cursor([]string{fmt.Sprintf("apn_%06d", n/2)}, 0))
			for b.Loop() {
				s.get(middle).want(200)
			}
		})
	}
}
