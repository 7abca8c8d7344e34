package shared

import (
	"context"
	_ "embed"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/cache"
)

var (
	//go:embed join.lua
	joinSource string
	//go:embed renew.lua
	renewSource string
	//go:embed land.lua
	landSource string
	//go:embed invalidate.lua
	invalidateSource string

	joinScript       = redis.NewScript(joinSource)
	renewScript      = redis.NewScript(renewSource)
	landScript       = redis.NewScript(landSource)
	invalidateScript = redis.NewScript(invalidateSource)
)

// fenceKept is for how long the last token of a key without a value is remembered: longer than any flight.
const fenceKept = 10 * time.Minute

// kind is the level of one kind of values.
type kind struct {
	cache *Cache
	name  string
}

var _ cache.Remote = (*kind)(nil)

// keys of a tag share a slot.
func (k *kind) keys(tag string) []string {
	entry := k.cache.o.Prefix + ":cache:" + k.name + ":{" + tag + "}"
	return []string{entry, entry + ":lease", entry + ":failure"}
}

func milliseconds(d time.Duration) int64 { return max(d.Milliseconds(), 1) }

// Join is cache.Remote's.
func (k *kind) Join(ctx context.Context, asks []cache.Join) []cache.Joined {
	all := make([]cache.Joined, len(asks))
	left := make([]int, len(asks))
	for i := range left {
		left[i] = i
	}
	err := k.cache.ask(ctx, "join", func(ctx context.Context) error {
		left, err := k.joinSome(ctx, asks, left, all, joinScript.EvalSha)
		if len(left) > 0 { // a server that does not know the script yet
			_, err = k.joinSome(ctx, asks, left, all, joinScript.Eval)
		}
		return err
	})
	if err != nil {
		for i := range all { // none was answered, or err would be nil
			all[i] = cache.Joined{Err: err}
		}
	}
	return all
}

// joinSome sends the asks at the places in which, in one round trip, and answers those that met a server without the script. Its
// error is nil if any ask was answered: the rest of a Cluster works.
func (k *kind) joinSome(ctx context.Context, asks []cache.Join, which []int, all []cache.Joined,
	eval func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd) (unknown []int, err error) {
	commands := make([]*redis.Cmd, len(which))
	pipe := k.cache.client.Pipeline()
	for n, i := range which {
		a := asks[i]
		commands[n] = eval(ctx, pipe, k.keys(a.Tag), ceilMicro(a.Since), a.Beyond, milliseconds(a.Lease), milliseconds(fenceKept))
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	answered := false
	for n, i := range which {
		reply, failed := commands[n].Slice()
		switch {
		case failed != nil && redis.HasErrorPrefix(failed, "NOSCRIPT"):
			unknown = append(unknown, i)
			continue
		case failed == nil:
			if all[i], failed = joined(reply); failed == nil {
				all[i] = k.openJoined(asks[i].Tag, all[i])
			}
		}
		if failed != nil {
			all[i].Err, err = failed, failed
			continue
		}
		answered = true
	}
	if answered {
		err = nil
	}
	return unknown, err
}

// Peek is cache.Remote's.
func (k *kind) Peek(ctx context.Context, tags []string) ([]cache.Held, error) {
	all := make([]cache.Held, len(tags))
	err := k.cache.ask(ctx, "peek", func(ctx context.Context) error {
		commands := make([]*redis.SliceCmd, len(tags))
		pipe := k.cache.client.Pipeline()
		for i, tag := range tags {
			commands[i] = pipe.HMGet(ctx, k.keys(tag)[0], "value", "observed", "version", "outdated")
		}
		_, err := pipe.Exec(ctx)
		for i := range tags {
			if reply, failed := commands[i].Result(); failed == nil {
				all[i] = k.open(tags[i], held(reply))
				err = nil
			}
		}
		return err
	})
	return all, err
}

// Renew is cache.Remote's.
func (k *kind) Renew(ctx context.Context, tag string, token int64, lease time.Duration) (has bool, err error) {
	err = k.cache.ask(ctx, "renew", func(ctx context.Context) (err error) {
		has, err = renewScript.Run(ctx, k.cache.client, k.keys(tag)[:2], token, milliseconds(lease), milliseconds(fenceKept)).Bool()
		return err
	})
	return has, err
}

// Land is cache.Remote's.
func (k *kind) Land(ctx context.Context, tag string, token int64, l cache.Landing) (kept bool, err error) {
	record, failure, err := k.seal(tag, l)
	if err != nil {
		return false, err
	}
	err = k.cache.ask(ctx, "land", func(ctx context.Context) (err error) {
		kept, err = landScript.Run(ctx, k.cache.client, k.keys(tag), token, floorMicro(l.Observed), record, failure,
			l.For.Milliseconds(), milliseconds(fenceKept), k.cache.channel(), k.notice(tag, "landed")+strconv.FormatInt(token, 10)).Bool()
		return err
	})
	return kept, err
}

// Invalidate is cache.Remote's.
func (k *kind) Invalidate(ctx context.Context, tag string) (version int64, err error) {
	err = k.cache.ask(ctx, "invalidate", func(ctx context.Context) (err error) {
		version, err = invalidateScript.Run(ctx, k.cache.client, k.keys(tag), milliseconds(fenceKept), k.cache.channel(),
			k.notice(tag, "invalidated")).Int64()
		return err
	})
	return version, err
}

// Listen is cache.Remote's.
func (k *kind) Listen(heard func(cache.Notice)) (stop func()) { return k.cache.listen(k.name, heard) }

// notice is a message without its version, which ends it.
func (k *kind) notice(tag, what string) string {
	return strings.Join([]string{k.name, tag, what, ""}, " ")
}
