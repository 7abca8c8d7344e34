package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

// newRedis makes the client of what replicas share. It connects with its first command, so a Redis that is away
// does not stop the start.
func newRedis(c config.Redis, log *slog.Logger) (redis.UniversalClient, error) {
	quietRedis(log)
	o := &redis.UniversalOptions{
		Addrs: c.Addresses, IsClusterMode: c.Cluster, DB: c.Database, Username: c.Username, Password: c.Password.Reveal(),
		ClientName: userAgent, DialTimeout: time.Second, ReadTimeout: time.Second, WriteTimeout: time.Second,
		DialerRetries: 1, MaxRetries: 1, ContextTimeoutEnabled: true,
	}
	if c.TLS {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		if c.CAFile != "" {
			pem, err := os.ReadFile(c.CAFile)
			if err != nil {
				return nil, fmt.Errorf("redis.ca_file: %w", err)
			}
			o.TLSConfig.RootCAs = x509.NewCertPool()
			if !o.TLSConfig.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("redis.ca_file: %s holds no certificate in PEM", c.CAFile)
			}
		}
	}
	return redis.NewUniversalClient(o), nil
}

var quieten sync.Once

// quietRedis sends what the library would print about lost connections to the log, where it is one line in many.
func quietRedis(log *slog.Logger) { quieten.Do(func() { redis.SetLogger(redisLog{log}) }) }

type redisLog struct{ log *slog.Logger }

func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, "redis", "message", fmt.Sprintf(format, args...))
}

// checkRedis tries what the ledger, the cache and the readings will do there: a script that writes a key below the
// prefix and asks which process it runs in.
func checkRedis(ctx context.Context, c config.Redis, out io.Writer, log *slog.Logger) error {
	client, err := newRedis(c, log)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	const script = `redis.call('SET', KEYS[1], '1', 'PX', 1000) return redis.call('INFO', 'server')`
	where := strings.Join(c.Addresses, ", ")
	if err := client.Eval(ctx, script, []string{c.Prefix + ":check"}).Err(); err != nil {
		fmt.Fprintf(out, "FAILED  redis (%s)\n        %v\n", where, err)
		return errors.New("redis could not be used")
	}
	fmt.Fprintf(out, "ok      redis (%s): may keep what replicas share below %s\n", where, c.Prefix)
	return nil
}
