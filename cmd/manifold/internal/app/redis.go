package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/secret"
)

// newRedis makes the client of what replicas share. It connects with its first command, so a Redis that is away
// does not stop the start.
//
// Each new connection asks password for what it then holds; those that are there stay.
func newRedis(c config.Redis, password *secret.Source, log *slog.Logger) (redis.UniversalClient, error) {
	quietRedis(log)
	o := &redis.UniversalOptions{
		Addrs: c.Addresses, IsClusterMode: c.Cluster, DB: c.Database,
		ClientName: userAgent, DialTimeout: time.Second, ReadTimeout: time.Second, WriteTimeout: time.Second,
		DialerRetries: 1, MaxRetries: 1, ContextTimeoutEnabled: true,
	}
	if c.PasswordFrom == nil {
		o.Username, o.Password = c.Username, password.Value()
	} else {
		o.CredentialsProvider = func() (string, string) { return c.Username, password.Value() }
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
