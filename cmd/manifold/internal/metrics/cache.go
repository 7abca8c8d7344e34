package metrics

import "github.com/manifold-graph/manifold/upstream/cache"

// Caches tells what the caches of live reads have done, by the field that they hold; *collect.Details is one.
type Caches interface{ Stats() map[string]cache.Stats }

var (
	cacheRequests = family(counter, "cache_requests_total",
		"Values asked of the process's memory by what it had: hit, stale (answered at once with an older value), miss (had to wait, or was told why there is nothing).",
		"field", "result")
	cacheFlights = family(counter, "cache_flights_total",
		"Values fetched for those who missed by where they came from: shared (the level in Redis), source (a vendor was asked).", "field", "from")
	cacheFailures = family(counter, "cache_flight_failures_total",
		"Flights to a vendor that failed or were refused.", "field")
	cacheWithdrawn = family(counter, "cache_flights_withdrawn_total",
		"Flights that were called off before anything was sent, for nobody waited any more. They cost nothing.", "field")
	cacheWaits = family(counter, "cache_flight_waits_total",
		"Times that a flight waited for another process's instead of asking a vendor.", "field")
	cacheErrors = family(counter, "cache_shared_errors_total",
		"Failures of the level in Redis by kind: unanswered, unreadable, fenced (a result that came after its lease was lost).", "field", "kind")
	cacheEntries = family(gauge, "cache_entries",
		"Keys held in the process's memory.", "field")

	cacheFamilies = []Family{cacheRequests, cacheFlights, cacheFailures, cacheWithdrawn, cacheWaits, cacheErrors, cacheEntries}
)

func scrapeCaches(caches Caches) collected {
	return collected{cacheFamilies, func(s scrape) {
		for field, c := range caches.Stats() {
			for result, n := range map[string]int64{"hit": c.Hits, "stale": c.Stale, "miss": c.Misses} {
				s.put(cacheRequests, float64(n), field, result)
			}
			s.put(cacheFlights, float64(c.RemoteHits), field, "shared")
			s.put(cacheFlights, float64(c.Loads), field, "source")
			s.put(cacheFailures, float64(c.Failures), field)
			s.put(cacheWithdrawn, float64(c.Withdrawn), field)
			s.put(cacheWaits, float64(c.Waits), field)
			for kind, n := range map[string]int64{"unanswered": c.RemoteErrors, "unreadable": c.Unreadable, "fenced": c.Fenced} {
				s.put(cacheErrors, float64(n), field, kind)
			}
			s.put(cacheEntries, float64(c.Held), field)
		}
	}}
}
