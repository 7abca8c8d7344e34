package shared

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/budget"
)

const day = 24 * time.Hour

// most is the largest number of tokens that a script counts exactly.
const most = 1 << 52

// keysOf are the keys of an account. They share a hash tag, so a Cluster keeps them on one server.
func (s *Store) keysOf(account string) []string {
	tag := "{" + s.options.prefix() + ":" + hashed(account) + "}:budget"
	return []string{tag, tag + ":grains", tag + ":open", tag + ":credentials", tag + ":callers"}
}

// hashed hides a name that may be an address.
func hashed(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:10])
}

// facts are what every script answers first.
type facts struct {
	// stranger: the server knows nothing of this replica's past, and must be told first.
	stranger bool
	// now is the ledger's time, span how far back spending counts at it.
	now, span time.Duration
	resetsAt  time.Time
	// used is what the window holds, open reservations included.
	used [3]int
}

// rest is what a script answers of its own.
type rest []int64

var errStranger = errors.New("the server forgets as soon as it is told")

var errAnswer = errors.New("shared ledger: the script's answer is not understood")

// args are a script's first arguments.
func (s *Store) args(l budget.Limits, own ...any) []any {
	tested, wall := 0, s.clock.Wall()
	if s.options.Clock != nil {
		tested = 1
	}
	reset := ""
	if l.Reset != nil {
		reset = strconv.FormatInt(int64(*l.Reset), 10)
	}
	ns := wall.UnixNano()
	return append([]any{
		s.id, tested, int64(s.clock.Elapsed()), ns / int64(day), ns % int64(day),
		int64(s.options.grace()), int64(s.options.requestTimeout() + burstWindow(l)), (2*l.Span() + time.Hour).Milliseconds(),
		min(l.Tokens, most), int64(l.Span()), reset, min(l.RefreshCap(), most), hashed(l.Credential), l.Burst, int64(burstWindow(l)),
	}, own...)
}

func burstWindow(l budget.Limits) time.Duration {
	if l.BurstWindow > 0 {
		return l.BurstWindow
	}
	return 2 * time.Second
}

// run runs a script once. what names it in errors.
func (s *Store) run(ctx context.Context, what string, script *redis.Script, l budget.Limits, own ...any) (facts, rest, error) {
	answer, err := script.Run(ctx, s.client, s.keysOf(l.Account), s.args(l, own...)...).Int64Slice()
	if err != nil {
		return facts{}, nil, fmt.Errorf("shared ledger: %s: %w", what, err)
	}
	if len(answer) < 9 {
		return facts{}, nil, fmt.Errorf("%s: %w", what, errAnswer)
	}
	f := facts{stranger: answer[0] == 1, now: time.Duration(answer[1]), span: time.Duration(answer[2])}
	if answer[3] == 1 {
		f.resetsAt = time.Unix(answer[4]*int64(day/time.Second), answer[5]).UTC()
	}
	for i := range f.used {
		f.used[i] = int(answer[6+i])
	}
	return f, answer[9:], nil
}

// call runs a script, after a report if the server asks for one.
func (s *Store) call(ctx context.Context, what string, script *redis.Script, l budget.Limits, own ...any) (facts, rest, error) {
	for range 3 { // a server can be replaced between two calls
		f, r, err := s.run(ctx, what, script, l, own...)
		if err != nil {
			return f, r, err
		}
		if !f.stranger {
			s.memo(l).note(f, s.clock.Elapsed())
			return f, r, nil
		}
		if err := s.report(ctx, l); err != nil {
			return f, r, err
		}
	}
	return facts{}, nil, fmt.Errorf("shared ledger: %s: %w", what, errStranger)
}
