package metrics

var (
	redisLost = family(gauge, "redis_lost",
		"1 while this replica's ledger gets no answer from Redis and spends from its escrow. Absent without Redis.")

	redisFamilies = []Family{redisLost}
)

// scrapeRedis tells of the Redis that replicas share. A nil lost: there is none.
func scrapeRedis(lost func() bool) collected {
	return collected{redisFamilies, func(s scrape) {
		if lost != nil {
			s.put(redisLost, truth(lost()))
		}
	}}
}
