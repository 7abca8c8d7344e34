package follow

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// Picture is whose changes are told.
type Picture interface {
	// Current is the newest snapshot; never nil.
	Current() *directory.Snapshot
	// Trail is every snapshot that was current since the last call, in order: a query may have answered from each. False:
	// there were more than these.
	Trail() (pictures []*directory.Snapshot, whole bool)
	// Swapped holds a signal once there has been another snapshot since the last signal was taken. It has one listener.
	Swapped() <-chan struct{}
}

// Options are what a Hub can do without.
type Options struct {
	// Waiting is how many changed people a follower may leave untold; more are one Resync. 256 when 0.
	Waiting int
}

// Hub compares pictures and knows who follows.
type Hub struct {
	picture Picture
	service *people.Service
	ids     *nodeid.Codec
	waiting int

	mu sync.Mutex
	// shown is the picture up to which everybody has been told, or will be.
	shown     *directory.Snapshot
	audiences map[string]*audience
	sources   map[*Sources]bool
}

// NewHub makes a Hub that nobody follows yet. Until Run, or Look, nothing changes for it.
func NewHub(picture Picture, service *people.Service, ids *nodeid.Codec, o Options) *Hub {
	picture.Trail() // what was before is nobody's news
	return &Hub{picture: picture, service: service, ids: ids, waiting: cmp.Or(o.Waiting, 256),
		shown: picture.Current(), audiences: map[string]*audience{}, sources: map[*Sources]bool{}}
}

// Run tells followers of each new picture until ctx ends. At each signal of recheck it wakes them all, so that who may see
// no more, or less, is found out also while nothing changes.
func (h *Hub) Run(ctx context.Context, recheck <-chan time.Time) error {
	for {
		h.Look()
		select {
		case <-ctx.Done():
			return nil
		case <-h.picture.Swapped():
		case <-recheck:
			h.Recheck()
		}
	}
}

// Look compares each new picture with the one before, once for all who see the same.
func (h *Hub) Look() {
	h.mu.Lock()
	defer h.mu.Unlock()
	pictures, whole := h.picture.Trail()
	for _, now := range pictures {
		if now != h.shown {
			h.look(now)
		}
	}
	if !whole {
		for _, a := range h.audiences {
			for f := range a.members {
				f.resync()
			}
		}
	}
}

func (h *Hub) look(now *directory.Snapshot) {
	old := h.shown
	h.shown = now
	changed := make(map[string][]person.ID)
	for _, a := range h.audiences {
		rows := a.who.Rows().Key()
		ids, done := changed[rows]
		if !done {
			ids = directory.Changed(old.View(a.who), now.View(a.who))
			changed[rows] = ids
		}
		a.tell(h.service, old, now, ids)
	}
	h.tellSources(old, now)
}

// Recheck wakes all who follow, who then find out whether they still may.
func (h *Hub) Recheck() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.audiences {
		for f := range a.members {
			f.wake.ring()
		}
	}
	for s := range h.sources {
		s.wake.ring()
	}
}

// Followers is how many follow.
func (h *Hub) Followers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.sources)
	for _, a := range h.audiences {
		n += len(a.members)
	}
	return n
}

// bell holds one signal.
type bell chan struct{}

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// Told is one event, for who is asking now, in the picture that it is told of.
type Told[T any] struct {
	Value T
	Who   access.Principal
	View  directory.View
	// Key is the same for events that say the same in one picture.
	Key string
}

// renewed is who is asking now, if they may still follow by a field of the Subscription.
func renewed(ctx context.Context, field string) (access.Principal, error) {
	who, err := access.Renew(ctx)
	if err != nil {
		return who, err
	}
	if missing, ok := who.Allowed("Subscription", field); !ok {
		return who, fault.New(fault.Forbidden, "Subscription.%s needs the scope %s.", field, missing)
	}
	return who, nil
}
