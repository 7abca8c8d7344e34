package config

import (
	"fmt"
	"log/slog"
	"slices"
)

// Secret is a value that is never printed, logged or written back. Reveal gives it.
type Secret string

const hidden = "(hidden)"

// Reveal is the value itself, for the one place that sends or compares it.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the value from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// previousNodeKeys holds the keys of before against the one of now.
func (c checker) previousNodeKeys(cfg *Config) {
	for i, k := range cfg.PreviousNodeKeys {
		at := fmt.Sprintf("previous_node_keys[%d]", i)
		switch {
		case len(k) < minNodeKey:
			c.fail(at, "has %d bytes, at least %d are needed", len(k), minNodeKey)
		case k == cfg.NodeKey:
			c.fail(at, "is node_key itself; a new node_key comes first, and the one of before here")
		case slices.Contains(cfg.PreviousNodeKeys[:i], k):
			c.fail(at, "is there twice")
		}
	}
}

// NodeSecrets are NodeKey and PreviousNodeKeys revealed.
func (c *Config) NodeSecrets() (newest []byte, previous [][]byte) {
	for _, k := range c.PreviousNodeKeys {
		previous = append(previous, []byte(k.Reveal()))
	}
	return []byte(c.NodeKey.Reveal()), previous
}
