package app_test

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// detailed is page with what only a live read knows.
const detailed = `{ people(first: 100, filter: {systems: [PIPEDRIVE]}) { totalCount pageInfo { hasNextPage endCursor } nodes {
	id displayName status primaryEmail emails
	pipedriveUsers { companyId isAdmin lastLogin permissions { name granted } }
} } }`

// roundTrips is how often a Redis was sent something, by its own count. What a script does inside it is no trip.
func roundTrips(t testing.TB, c *redis.Client) int {
	t.Helper()
	told, err := c.Info(context.Background(), "stats").Result()
	if err != nil {
		t.Fatal(err)
	}
	count := regexp.MustCompile(`total_reads_processed:(\d+)`).FindStringSubmatch(told)
	if count == nil {
		t.Fatal("this Redis does not count what it reads")
	}
	n, _ := strconv.Atoi(count[1])
	return n
}

// What is warm is answered from this process alone, whatever Redis is there for. What a replica asks Redis in its own
// rhythm goes on meanwhile, some a second, so the test asks often enough to tell the two apart.
func TestWarmAnswersDoNotAskRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := begin(t, setup{edit: func(c *config.Config) {
		c.Redis.Addresses = []string{server.Addr()}
		c.Limits.Complexity = 1_000_000
	}})
	client := server.Client()
	const times = 400
	for _, c := range []struct {
		what, query string
		headers     []string
	}{
		{"a page", page, nil},
		{"a page with details", detailed, nil},
		{"a page that may be a day old", page, []string{"Cache-Control: max-age=86400"}},
		{"a page with details that spends nothing", detailed, []string{"Cache-Control: only-if-cached"}},
		{"what is left", `{ sources { budget { limit remaining } } }`, nil},
		{"the plan of a page", page, []string{"Manifold-Explain: plan"}},
	} {
		body := question(strings.Replace(c.query, "first: 100", "first: 10", 1))
		ask := func() {
			r := s.send("POST", "/graphql", body, append(c.headers, "Content-Type: application/json")...)
			if r.Status != 200 || len(r.Errors) > 0 {
				t.Fatalf("%s: %d %+v", c.what, r.Status, r.Errors)
			}
		}
		ask()
		before := roundTrips(t, client)
		for range times {
			ask()
		}
		trips := roundTrips(t, client) - before
		t.Logf("%s, asked %d times: %d round trips to Redis", c.what, times, trips)
		if trips > times/2 {
			t.Errorf("%s, asked %d times, took %d round trips to Redis", c.what, times, trips)
		}
	}
}
