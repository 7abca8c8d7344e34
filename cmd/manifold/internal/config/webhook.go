package config

import "regexp"

// Webhook is the secret with which a source's vendor posts what changed. Without one its address is shut.
type Webhook struct {
	User     string `yaml:"user" systems:"pipedrive" jsonschema_description:"The HTTP Basic user with which the webhook is registered (http_auth_user)."`
	Password Secret `yaml:"password" origin:"PasswordFrom" systems:"pipedrive" jsonschema_description:"The HTTP Basic password with which the webhook is registered (http_auth_password)."`
	Secret   Secret `yaml:"secret" origin:"SecretFrom" systems:"pipefy,pipedream" jsonschema_description:"Pipefy: what the webhook sends in the header X-Webhook-Secret. Pipedream: the end of the webhook's address."`

	PasswordFrom *Origin `yaml:"-"`
	SecretFrom   *Origin `yaml:"-"`
}

// IsSet tells whether the source has a webhook.
func (w Webhook) IsSet() bool { return w != Webhook{} }

// sayable are the bytes that need no escape in a path, and do not end an HTTP Basic user.
var sayable = regexp.MustCompile(`^[A-Za-z0-9._~-]*$`)

func (c checker) webhook(s Source, path string) {
	w := s.Webhook
	if !w.IsSet() {
		return
	}
	secret, at := w.Secret, path+".secret"
	if s.System == Pipedrive {
		secret, at = w.Password, path+".password"
		if w.User == "" || !sayable.MatchString(w.User) {
			c.fail(path+".user", "is missing, or has other characters than letters, digits and . _ ~ -")
		}
	}
	switch {
	case len(secret) < minAPIKey:
		c.fail(at, "has %d characters, at least %d are needed; %s", len(secret), minAPIKey, makeKey)
	case !sayable.MatchString(secret.Reveal()):
		c.fail(at, "must hold letters, digits and . _ ~ - alone; %s", makeKey)
	}
}
