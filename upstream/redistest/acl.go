package redistest

import (
	"strings"

	"github.com/redis/go-redis/v9"
)

// ACL is the rules of a Redis user who may do what Manifold does below a prefix, and nothing else; docs/configuration.md has
// the same line.
func ACL(prefix string) []string {
	return append([]string{"~" + prefix + ":*", "&" + prefix + ":*", "-@all"}, strings.Fields(commands)...)
}

// Newer servers know client|setinfo too; the client tries it and does without.
const commands = `+hello +client|setname +select +ping +subscribe +unsubscribe +publish +eval +evalsha +info +time
	+get +set +del +pexpire +pttl +hget +hset +hmget +hgetall +hvals +hdel +hexists +hincrby +hlen
	+zadd +zcard +zcount +zrange +zrangebyscore +zrem +zremrangebyrank +zrevrange +zrevrangebyscore`

// The name and the password of the users that are made here.
const (
	User     = "manifold"
	Password = "a-password-of-a-pretend-redis"
)

// Confine makes the user of ACL at the server, with more rules, for tests that then use it as As does.
func (s *Server) Confine(prefix string, more ...string) {
	s.t.Helper()
	rule := []any{"ACL", "SETUSER", User, "on", ">" + Password}
	for _, word := range append(ACL(prefix), more...) {
		rule = append(rule, word)
	}
	must(s.t, s.Client().Do(s.t.Context(), rule...).Err())
}

// As edits a client's options to be the user of Confine.
func As(o *redis.Options) { o.Username, o.Password = User, Password }
