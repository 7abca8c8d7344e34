package config

import (
	"fmt"
	"net"
	"regexp"
	"slices"
)

// Redis is what replicas share. Without addresses each process keeps its own.
type Redis struct {
	Addresses []string `yaml:"addresses" jsonschema_description:"host:port of the server; of several nodes when it is a Cluster. Left out: one replica alone, which keeps everything in its own memory."`
	Cluster   bool     `yaml:"cluster" jsonschema_description:"The addresses are nodes of one Redis Cluster." jsonschema:"default=false"`
	Username  string   `yaml:"username" jsonschema_description:"The ACL user, where the server has any."`
	Password  Secret   `yaml:"password" origin:"PasswordFrom" jsonschema_description:"The password of username, or of the server."`
	Database  int      `yaml:"database" jsonschema_description:"The number of the database; a Cluster has 0 alone." jsonschema:"default=0"`
	TLS       bool     `yaml:"tls" jsonschema_description:"Speak TLS, checked against the machine's certificate authorities or ca_file." jsonschema:"default=false"`
	CAFile    string   `yaml:"ca_file" jsonschema_description:"A file of PEM certificates to trust instead of the machine's."`
	Prefix    string   `yaml:"prefix" jsonschema_description:"What every key begins with. All replicas of one Manifold need the same, two Manifolds in one Redis different ones." jsonschema:"default=manifold"`

	EncryptionKeys []Secret `yaml:"encryption_keys" jsonschema_description:"What personal data in Redis is encrypted with: secrets of at least 32 characters, such as of openssl rand -hex 32. The first encrypts, all decrypt, so that keys can be rotated. Left out: it is in clear."`

	PasswordFrom *Origin `yaml:"-"`
}

// EncryptionSecrets are EncryptionKeys revealed.
func (r Redis) EncryptionSecrets() []string {
	var all []string
	for _, k := range r.EncryptionKeys {
		all = append(all, k.Reveal())
	}
	return all
}

// Shared tells whether replicas share anything.
func (r Redis) Shared() bool { return len(r.Addresses) > 0 }

// leastEncryptionKey is 128 bits as hexadecimal digits.
const leastEncryptionKey = 32

// DefaultRedisPrefix is what keys begin with when nothing else is said.
const DefaultRedisPrefix = "manifold"

var redisPrefix = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$`)

func (c checker) redis(r Redis) {
	for i, address := range r.Addresses {
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || !isPort(port) {
			c.fail(fmt.Sprintf("redis.addresses[%d]", i), "not an address; write it like redis.internal:6379")
		}
	}
	switch {
	case !r.Shared() && (r.Cluster || r.Username != "" || r.Password != "" || r.TLS || r.CAFile != "" || r.Database != 0 || len(r.EncryptionKeys) > 0):
		c.fail("redis", "has no addresses, so nothing would be shared; add them, or leave redis out")
	case len(r.Addresses) > 1 && !r.Cluster:
		c.fail("redis.addresses", "several addresses are nodes of a Cluster; say cluster: true, or name one server")
	}
	if r.Cluster && r.Database != 0 {
		c.fail("redis.database", "a Cluster has database 0 alone")
	}
	if r.Database < 0 {
		c.fail("redis.database", "must be 0 or more")
	}
	if r.CAFile != "" && !r.TLS {
		c.fail("redis.ca_file", "is read only with tls: true")
	}
	if r.Username != "" && r.Password == "" {
		c.fail("redis.password", "is missing for user %q", r.Username)
	}
	for i, k := range r.EncryptionKeys {
		switch {
		case len(k) < leastEncryptionKey:
			c.fail(fmt.Sprintf("redis.encryption_keys[%d]", i), "must have at least %d characters; make one with: openssl rand -hex 32", leastEncryptionKey)
		case slices.Contains(r.EncryptionKeys[:i], k):
			c.fail(fmt.Sprintf("redis.encryption_keys[%d]", i), "is there twice")
		}
	}
	if !redisPrefix.MatchString(r.Prefix) {
		c.fail("redis.prefix", "must begin with a letter or digit and hold letters, digits and _ . : - alone, at most 64")
	}
}
