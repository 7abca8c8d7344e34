package notify

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Options are what a Notifier can do without.
type Options struct {
	// Prefix begins the channel; "manifold" when "". All replicas of one Manifold need the same.
	Prefix string
	// Poll is how often all watchers are woken, in case that a message was lost; 5 s when 0.
	Poll time.Duration
	// Retry is how long to wait before what could not be told is told again; 1 s when 0.
	Retry time.Duration
}

const poll = 5 * time.Second

// Redis is the Notifier of several replicas, over one channel of Redis.
type Redis struct {
	client redis.UniversalClient
	o      Options
	bell   Bell[item]
	wake   chan struct{}

	mu sync.Mutex
	// untold are rings that Redis has not been told. Too many of a topic are one without an id, which means all of it.
	untold map[item]bool
}

// most is how many rings wait for Redis, before those of one topic become one.
const most = 256

// NewRedis makes a Redis. It calls nobody before Run.
func NewRedis(client redis.UniversalClient, o Options) *Redis {
	o.Prefix, o.Poll, o.Retry = cmp.Or(o.Prefix, "manifold"), cmp.Or(o.Poll, poll), cmp.Or(o.Retry, time.Second)
	return &Redis{client: client, o: o, wake: make(chan struct{}, 1), untold: map[item]bool{}}
}

var _ Notifier = (*Redis)(nil)

// channel has the number of the messages' form: releases that differ in it do not misread each other.
func (r *Redis) channel() string { return r.o.Prefix + ":notify1" }

// Ring implements Notifier. Watchers of this process are woken at once, whatever becomes of Redis.
func (r *Redis) Ring(topic Topic, id string) {
	r.bell.Ring(item{topic, id})
	r.mu.Lock()
	if len(r.untold) >= most {
		id = ""
	}
	r.untold[item{topic, id}] = true
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Watch implements Notifier.
func (r *Redis) Watch(topic Topic, id string) (<-chan struct{}, func()) {
	return r.bell.Watch(item{topic, id})
}

// Run implements Notifier. A connection that broke is made anew, and everybody looks again, for what was said meanwhile
// is lost.
func (r *Redis) Run(ctx context.Context) error {
	var telling sync.WaitGroup
	telling.Go(func() { r.tell(ctx) })
	defer telling.Wait()
	Listen(ctx, r.client, r.channel(), r.o.Poll, r.hear, r.bell.RingAll)
	return nil
}

// hear rings for a message: a topic, and perhaps an id after a space.
func (r *Redis) hear(message string) {
	topic, id, _ := strings.Cut(message, " ")
	if id == "" {
		r.bell.RingWhere(func(i item) bool { return i.topic == Topic(topic) })
		return
	}
	r.bell.Ring(item{Topic(topic), id})
}

// tell tells Redis what it has not been told, until ctx ends.
func (r *Redis) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		}
		for !r.flush(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(r.o.Retry):
			}
		}
	}
}

// flush tells all of it; false when Redis does not take it, which is then kept.
func (r *Redis) flush(ctx context.Context) bool {
	r.mu.Lock()
	news := r.untold
	r.untold = map[item]bool{}
	r.mu.Unlock()
	for i := range news {
		if err := r.client.Publish(ctx, r.channel(), strings.TrimSpace(string(i.topic)+" "+i.id)).Err(); err != nil {
			r.mu.Lock()
			for left := range news {
				r.untold[left] = true
			}
			r.mu.Unlock()
			return false
		}
		delete(news, i)
	}
	return true
}
