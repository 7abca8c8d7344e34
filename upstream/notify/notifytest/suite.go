// Package notifytest is what every notify.Notifier promises, as tests.
package notifytest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/notify"
)

// patience is how long a ring may take on a busy machine.
const patience = 20 * time.Second

// Run runs the suite. Each call of open gives replicas that hear each other and nobody else, and that do not run yet; a
// Notifier of one process gives the same one twice.
func Run(t *testing.T, open func(t *testing.T) (here, there notify.Notifier)) {
	begin := func(t *testing.T) (here, there notify.Notifier) {
		here, there = open(t)
		Start(t, here)
		if there != here {
			Start(t, there)
		}
		Meet(t, here, there)
		return here, there
	}
	t.Run("a ring is heard here and there", func(t *testing.T) {
		here, there := begin(t)
		near, stop := here.Watch(notify.Actions, "a1")
		defer stop()
		far, stopFar := there.Watch(notify.Actions, "a1")
		defer stopFar()
		here.Ring(notify.Actions, "a1")
		Hears(t, near)
		Hears(t, far)
	})
	t.Run("a topic without ids", func(t *testing.T) {
		here, there := begin(t)
		far, stop := there.Watch(notify.Decisions, "")
		defer stop()
		here.Ring(notify.Decisions, "")
		Hears(t, far)
	})
	t.Run("others are left alone", func(t *testing.T) {
		here, there := begin(t)
		other, stop := there.Watch(notify.Actions, "a2")
		defer stop()
		topic, stopTopic := there.Watch(notify.Decisions, "a1")
		defer stopTopic()
		drain(other, topic)
		mine, stopMine := there.Watch(notify.Actions, "a1")
		defer stopMine()
		here.Ring(notify.Actions, "a1")
		Hears(t, mine)
		select {
		case <-other:
			t.Error("another id was rung")
		case <-topic:
			t.Error("another topic was rung")
		default:
		}
	})
	t.Run("many rings are one signal, and none waits for who does not listen", func(t *testing.T) {
		here, _ := begin(t)
		news, stop := here.Watch(notify.Seats, "")
		defer stop()
		for range 10_000 {
			here.Ring(notify.Seats, "")
		}
		Hears(t, news)
	})
	t.Run("many different rings all arrive", func(t *testing.T) {
		here, there := begin(t)
		var all []<-chan struct{}
		for n := range 1000 {
			news, stop := there.Watch(notify.Actions, string(rune('a'+n%26))+string(rune('a'+n/26)))
			defer stop()
			all = append(all, news)
		}
		for n := range 1000 {
			here.Ring(notify.Actions, string(rune('a'+n%26))+string(rune('a'+n/26)))
		}
		for _, news := range all {
			Hears(t, news)
		}
	})
	t.Run("who has stopped hears nothing", func(t *testing.T) {
		here, _ := begin(t)
		news, stop := here.Watch(notify.Seats, "")
		drain(news)
		stop()
		here.Ring(notify.Seats, "")
		select {
		case <-news:
			t.Error("a signal after the end")
		default:
		}
	})
}

// Start runs a Notifier until the test ends.
func Start(t *testing.T, n notify.Notifier) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := n.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
}

// Meet waits until both hear each other.
func Meet(t *testing.T, here, there notify.Notifier) {
	t.Helper()
	for _, way := range [][2]notify.Notifier{{here, there}, {there, here}} {
		news, stop := way[1].Watch("meeting", "x")
		for deadline := time.Now().Add(patience); ; {
			way[0].Ring("meeting", "x")
			select {
			case <-news:
			case <-time.After(20 * time.Millisecond):
				if time.Now().After(deadline) {
					t.Fatal("replicas do not hear each other")
				}
				continue
			}
			break
		}
		stop()
	}
}

// Hears waits for a signal.
func Hears(t *testing.T, news <-chan struct{}) {
	t.Helper()
	select {
	case <-news:
	case <-time.After(patience):
		t.Fatal("a ring was not heard")
	}
}

func drain(all ...<-chan struct{}) {
	for _, news := range all {
		select {
		case <-news:
		default:
		}
	}
}
