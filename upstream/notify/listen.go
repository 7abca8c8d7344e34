package notify

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Listen hears what is said on a channel until ctx ends. Messages get lost, so lookAgain is called at every poll, and
// whenever the connection was made.
func Listen(ctx context.Context, client redis.UniversalClient, channel string, poll time.Duration, hear func(payload string), lookAgain func()) {
	messages := client.Subscribe(ctx, channel)
	defer messages.Close()
	heard := messages.ChannelWithSubscriptions()
	clock := time.NewTicker(poll)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-clock.C:
			lookAgain()
		case m := <-heard:
			switch m := m.(type) {
			case *redis.Message:
				hear(m.Payload)
			case *redis.Subscription:
				lookAgain()
			}
		}
	}
}
