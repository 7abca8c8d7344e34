package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

// checkRedis tries what the ledger, the cache and the readings will do there: scripts that write each kind of key below the
// prefix and ask which process they run in, and messages.
func checkRedis(ctx context.Context, c config.Redis, out io.Writer, log *slog.Logger) error {
	client, err := newRedis(c, secretOf(c.PasswordFrom, c.Password, "redis.password", log), log)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	where := strings.Join(c.Addresses, ", ")
	if err := tryRedis(ctx, client, c.Prefix); err != nil {
		fmt.Fprintf(out, "FAILED  redis (%s)\n        %v\n", where, err)
		if advice := redisAdvice(err, c); advice != "" {
			fmt.Fprintf(out, "        %s\n", advice)
		}
		return errors.New("redis could not be used")
	}
	fmt.Fprintf(out, "ok      redis (%s): may keep what replicas share below %s\n", where, c.Prefix)
	return nil
}

func tryRedis(ctx context.Context, client redis.UniversalClient, prefix string) error {
	const script = `redis.call('SET', KEYS[1], '1', 'PX', 1000)
redis.call('HSET', KEYS[2], 'a', '1') redis.call('PEXPIRE', KEYS[2], 1000)
redis.call('ZADD', KEYS[3], 1, 'a') redis.call('PEXPIRE', KEYS[3], 1000)
redis.call('PUBLISH', ARGV[1], '') redis.call('TIME')
return redis.call('INFO', 'server')`
	base := prefix + ":check:{check}"
	if err := client.Eval(ctx, script, []string{base, base + ":hash", base + ":set"}, prefix+":check").Err(); err != nil {
		return err
	}
	subscription := client.Subscribe(ctx, prefix+":check")
	defer subscription.Close()
	_, err := subscription.Receive(ctx)
	return err
}

// redisAdvice is what to do about an error, in the words of the configuration; "" for one that says it itself.
func redisAdvice(err error, c config.Redis) string {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, another := errors.AsType[x509.HostnameError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	text := err.Error()
	switch {
	case another:
		return "The certificate is for another name: write into redis.addresses the name that it is for."
	case untrusted:
		return "Put the certificate authority that signed the server's certificate into redis.ca_file."
	case noTLS, c.TLS && errors.Is(err, context.DeadlineExceeded): // a Redis without TLS waits for the end of what it takes for a command
		return "The server does not answer in TLS: is this its TLS port? If it has none, write tls: false."
	case !c.TLS && (errors.Is(err, io.EOF) || strings.Contains(text, "connection reset")):
		return "The server hung up: if this is its TLS port, write tls: true."
	case strings.Contains(text, "WRONGPASS") || strings.Contains(text, "NOAUTH"):
		return "Correct redis.username and redis.password."
	case strings.Contains(text, "NOPERM") || strings.Contains(text, "ermission") || strings.Contains(text, "can't run this command"):
		return "Give the user the ACL line of docs/configuration.md, with your prefix."
	}
	return ""
}
