package notify_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/notify"
	"github.com/manifold-graph/manifold/upstream/notify/notifytest"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	notifytest.Run(t, func(*testing.T) (here, there notify.Notifier) {
		n := notify.NewMemory(notify.Options{Poll: never})
		return n, n
	})
}

// never is so long that a test that needs the poll would fail.
const never = time.Hour

func TestRedis(t *testing.T) {
	server := redistest.Start(t)
	notifytest.Run(t, func(t *testing.T) (here, there notify.Notifier) {
		o := notify.Options{Prefix: t.Name(), Poll: never}
		return notify.NewRedis(server.Client(), o), notify.NewRedis(server.Client(), o)
	})
}

// TestAfterRedisWasLostEverybodyLooksAgain: what was rung while nobody could hear it is not lost on those who watch.
func TestAfterRedisWasLostEverybodyLooksAgain(t *testing.T) {
	server := redistest.Start(t)
	o := notify.Options{Poll: never, Retry: 50 * time.Millisecond}
	here, there := notify.NewRedis(server.Client(), o), notify.NewRedis(server.Client(), o)
	notifytest.Start(t, here)
	notifytest.Start(t, there)
	notifytest.Meet(t, here, there)
	missed, stop := there.Watch(notify.Decisions, "")
	defer stop()
	unrung, stopUnrung := there.Watch(notify.Actions, "a1")
	defer stopUnrung()
	server.Kill()
	here.Ring(notify.Decisions, "")
	server.Start()
	notifytest.Hears(t, missed)
	notifytest.Hears(t, unrung) // it may have been, by a replica that died since
	here.Ring(notify.Actions, "a1")
	notifytest.Hears(t, unrung)
}

func TestWithoutRedisThePollRings(t *testing.T) {
	server := redistest.Start(t)
	o := notify.Options{Poll: 20 * time.Millisecond}
	lost := notify.NewRedis(server.Client(), o)
	server.Kill()
	for _, n := range []notify.Notifier{lost, notify.NewMemory(o)} {
		notifytest.Start(t, n)
		news, stop := n.Watch(notify.Seats, "")
		defer stop()
		for range 3 {
			notifytest.Hears(t, news)
		}
	}
}
