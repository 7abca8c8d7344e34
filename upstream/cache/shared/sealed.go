package shared

import (
	"errors"
	"fmt"
	"time"

	"github.com/manifold-graph/manifold/upstream/cache"
)

// errSealed keeps a failure that cannot be opened from being answered: the key is asked for without the level.
var errSealed = errors.New("shared cache: a remembered failure cannot be opened")

// valuePlace is where a value stands, and when it claims to have been observed: whoever makes it younger makes it unreadable.
func (k *kind) valuePlace(tag string, observed time.Time) string {
	return fmt.Sprintf("%s value %d", k.keys(tag)[0], floorMicro(observed))
}

func (k *kind) failurePlace(tag string) string { return k.keys(tag)[2] }

// seal seals what there is: none stays none.
func (k *kind) seal(tag string, l cache.Landing) (record, failure []byte, err error) {
	if len(l.Record) > 0 {
		if record, err = k.cache.o.Seal(k.valuePlace(tag, l.Observed), l.Record); err != nil {
			return nil, nil, err
		}
	}
	if len(l.Failure) > 0 {
		if failure, err = k.cache.o.Seal(k.failurePlace(tag), l.Failure); err != nil {
			return nil, nil, err
		}
	}
	return record, failure, nil
}

// open opens a value. One that does not open is there and unreadable: a cache then asks for what is newer.
func (k *kind) open(tag string, h cache.Held) cache.Held {
	if len(h.Record) > 0 {
		h.Record, _ = k.cache.o.Open(k.valuePlace(tag, h.Observed), h.Record)
	}
	return h
}

func (k *kind) openJoined(tag string, j cache.Joined) cache.Joined {
	j.Held = k.open(tag, j.Held)
	if j.Failure != nil {
		var err error
		if j.Failure, err = k.cache.o.Open(k.failurePlace(tag), j.Failure); err != nil {
			return cache.Joined{Err: errSealed}
		}
	}
	return j
}
