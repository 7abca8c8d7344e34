package shared

import (
	"errors"
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/upstream/cache"
)

var errReply = errors.New("shared cache: redis answered something else")

// joined reads join.lua's answer.
func joined(reply []any) (cache.Joined, error) {
	if len(reply) != 9 {
		return cache.Joined{}, errReply
	}
	j := cache.Joined{
		Held:       held([]any{reply[0], reply[1], reply[2], nil}),
		Enough:     number(reply[4]) == 1,
		FailureFor: time.Duration(number(reply[6])) * time.Millisecond,
		Token:      number(reply[7]),
		Left:       time.Duration(number(reply[8])) * time.Millisecond,
	}
	j.Outdated = number(reply[3]) == 1
	if failure, _ := reply[5].(string); failure != "" {
		j.Failure = []byte(failure)
	}
	if !j.Enough && j.Failure == nil && j.Token == 0 && j.Left <= 0 {
		return cache.Joined{}, errReply
	}
	return j, nil
}

// held reads value, observed, version, outdated.
func held(reply []any) cache.Held {
	var h cache.Held
	value, _ := reply[0].(string)
	if h.Version = number(reply[2]); h.Version == 0 {
		return cache.Held{}
	}
	h.Record = []byte(value)
	h.Observed = time.UnixMicro(number(reply[1]))
	h.Outdated = reply[3] != nil
	return h
}

// number is a reply's integer; 0 if it is none.
func number(reply any) int64 {
	switch v := reply.(type) {
	case int64:
		return v
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	}
	return 0
}

func floorMicro(t time.Time) int64 { return t.UnixMicro() }

// ceilMicro rounds up, for a value observed a part of a microsecond before a limit is before it.
func ceilMicro(t time.Time) int64 {
	us := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		us++
	}
	return us
}
