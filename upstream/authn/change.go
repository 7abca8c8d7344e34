package authn

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNoClient is why a client that is not in the file cannot be changed.
var ErrNoClient = errors.New("there is no client of this name in the keys file; manifold keys list shows who is")

// Add puts a client and its first key into clients. Lifetime 0 is a key that does not expire.
func Add(clients []Client, c Client, key string, now time.Time, lifetime time.Duration) ([]Client, error) {
	if slices.ContainsFunc(clients, func(other Client) bool { return other.Name == c.Name }) {
		return nil, fmt.Errorf("there is a client %q already; rotate its key, or revoke it first", c.Name)
	}
	c.Created, c.Secrets = now, []Secret{secretOf(key, now, lifetime)}
	return append(clients, c), nil
}

// Rotate gives a client another key. Those that it had end after overlap, unless they end before; the new one lives as
// long as the last one was meant to where lifetime is nil.
func Rotate(clients []Client, name, key string, now time.Time, overlap time.Duration, lifetime *time.Duration) ([]Client, error) {
	i := slices.IndexFunc(clients, func(c Client) bool { return c.Name == name })
	if i < 0 {
		return nil, ErrNoClient
	}
	var (
		kept []Secret
		span time.Duration
	)
	for _, s := range clients[i].Secrets {
		span = 0
		if !s.Expires.IsZero() {
			span = s.Expires.Sub(s.Created)
		}
		end := now.Add(overlap)
		if s.Expires.IsZero() || end.Before(s.Expires) {
			s.Expires = end
		}
		if s.Expires.After(now) {
			kept = append(kept, s)
		}
	}
	if lifetime != nil {
		span = *lifetime
	}
	changed := slices.Clone(clients)
	changed[i].Secrets = append(kept, secretOf(key, now, span))
	return changed, nil
}

// Revoke takes a client out, with all its keys.
func Revoke(clients []Client, name string) ([]Client, error) {
	rest := slices.DeleteFunc(slices.Clone(clients), func(c Client) bool { return c.Name == name })
	if len(rest) == len(clients) {
		return nil, ErrNoClient
	}
	return rest, nil
}

func secretOf(key string, now time.Time, lifetime time.Duration) Secret {
	s := Secret{Digest: DigestOf(key), Created: now}
	if lifetime > 0 {
		s.Expires = now.Add(lifetime)
	}
	return s
}
