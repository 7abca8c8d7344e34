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
	key := s.options.Prefix + ":budget:{" + hashed(account) + "}"
	return []string{key, key + ":grains", key + ":open", key + ":credentials", key + ":callers"}
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
	// paused and blocked are how long nothing leaves by the credential.
	paused, blocked time.Duration
	// room is what the vendor says is left; negative if it has said nothing.
	room int
}

const factCount = 12

// rest is what a script answers of its own.
type rest []int64

var (
	errAnswer   = errors.New("the script's answer is not understood")
	errStranger = errors.New("the server forgets as soon as it is told")
)

// args are a script's first arguments.
func (s *Store) args(l budget.Limits, own []any) []any {
	o, wall := s.options, s.clock.Wall()
	reset := ""
	if l.Reset != nil {
		reset = strconv.FormatInt(int64(*l.Reset), 10)
	}
	var serverDay, serverNS any = "", ""
	if o.server != nil {
		serverDay, serverNS = split(o.server())
	}
	wallDay, wallNS := split(wall)
	return append([]any{
		s.id, flag(o.Clock != nil), int64(s.clock.Elapsed()), wallDay, wallNS, serverDay, serverNS,
		int64(o.Grace), int64(o.RequestTimeout + burstWindow(l)), int64(o.Lease), (2*l.Span() + o.Lease + time.Hour).Milliseconds(),
		min(l.Tokens, most), int64(l.Span()), reset, min(l.RefreshCap(), most), hashed(l.Credential), l.Burst, int64(burstWindow(l)),
	}, own...)
}

// split is a moment as the day since 1970 and the nanosecond in it.
func split(t time.Time) (days, ns int64) {
	return t.UnixNano() / int64(day), t.UnixNano() % int64(day)
}

func burstWindow(l budget.Limits) time.Duration {
	if l.BurstWindow > 0 {
		return l.BurstWindow
	}
	return 2 * time.Second
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// run runs a script once, for as long as a call may wait. what names it in errors.
func (s *Store) run(ctx context.Context, what string, script *redis.Script, l budget.Limits, own []any) (facts, rest, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	answer, err := script.Run(ctx, s.client, s.keysOf(l.Account), s.args(l, own)...).Int64Slice()
	if err == nil && len(answer) < factCount {
		err = errAnswer
	}
	if err != nil {
		return facts{}, nil, fmt.Errorf("shared ledger: %s: %w", what, err)
	}
	f := facts{
		stranger: answer[0] == 1, now: time.Duration(answer[1]), span: time.Duration(answer[2]),
		used:   [3]int{int(answer[6]), int(answer[7]), int(answer[8])},
		paused: time.Duration(answer[9]), blocked: time.Duration(answer[10]), room: int(answer[11]),
	}
	if answer[3] == 1 {
		f.resetsAt = time.Unix(answer[4]*int64(day/time.Second), answer[5]).UTC()
	}
	return f, answer[factCount:], nil
}

// call runs a script, after a report if the server asks for one.
func (s *Store) call(ctx context.Context, a *account, what string, script *redis.Script, l budget.Limits, own ...any) (facts, rest, error) {
	for range 3 { // a server can be replaced between two calls
		sent := s.clock.Elapsed()
		f, r, err := s.run(ctx, what, script, l, own)
		if err != nil {
			return f, r, err
		}
		if !f.stranger {
			a.note(l, f, sent)
			return f, r, nil
		}
		if err := s.report(ctx, a, l, false); err != nil {
			return f, r, err
		}
	}
	return facts{}, nil, fmt.Errorf("shared ledger: %s: %w", what, errStranger)
}
