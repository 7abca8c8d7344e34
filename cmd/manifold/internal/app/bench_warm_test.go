package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// BenchmarkWarmPageWithDetails asks over HTTP for a hundred people who are all held, beside the same bytes as net/http
// alone serves them: people joined from memory, and people with permissions out of the caches, which Redis may stand behind.
func BenchmarkWarmPageWithDetails(b *testing.B) {
	for _, where := range []string{"memory", "redis"} {
		b.Run(where, func(b *testing.B) {
			s := begin(b, setup{edit: func(c *config.Config) {
				c.Limits.ObjectsPerMinute = 1_000_000_000
				if where == "redis" {
					c.Redis.Addresses = []string{redistest.Start(b).Addr()}
				}
			}})
			for _, of := range []struct{ what, query string }{{"joined", page}, {"permissions", detailed}} {
				body := question(of.query)
				answer := fetch(b, http.DefaultClient, s.url+"/graphql", body)
				prepared := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					w.Header().Set("Content-Type", "application/json")
					_, _ = w.Write(answer)
				}))
				b.Cleanup(prepared.Close)
				for _, clients := range []int{1, 8} {
					name := of.what + "/" + map[int]string{1: "alone", 8: "eight"}[clients]
					b.Run(name+"/Manifold", func(b *testing.B) { hammer(b, clients, s.url+"/graphql", body, len(answer)) })
					b.Run(name+"/PreparedBytes", func(b *testing.B) { hammer(b, clients, prepared.URL, body, len(answer)) })
				}
			}
		})
	}
}

// hammer has so many clients ask for the same as fast as they are answered, and tells how long an answer takes.
func hammer(b *testing.B, clients int, url, body string, bytes int) {
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for range clients {
		fetch(b, client, url, body)
	}
	took := make([]time.Duration, b.N)
	turns := make(chan int, b.N)
	for n := range b.N {
		turns <- n
	}
	close(turns)
	var all sync.WaitGroup
	b.ResetTimer()
	for range clients {
		all.Go(func() {
			for n := range turns {
				start := time.Now()
				fetch(b, client, url, body)
				took[n] = time.Since(start)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

func fetch(b *testing.B, client *http.Client, url, body string) []byte {
	resp, err := client.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		b.Error(err)
		return nil
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || strings.Contains(string(raw[:min(len(raw), 200)]), `"errors"`) {
		b.Errorf("%d %v %.200s", resp.StatusCode, err, raw)
	}
	return raw
}
