package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

const webhookSecret = "0123456789abcdef01234567"

func TestWebhookSettings(t *testing.T) {
	const (
		pipedrive = "system: pipedrive, token: t, "
		pipefy    = "system: pipefy, organization_id: 1, token: t, "
		pipedream = "system: pipedream, client_id: c, client_secret: s, project_id: proj_a, "
	)
	for name, c := range map[string]struct{ settings, want string }{
		"Pipedrive":            {pipedrive + "webhook: {user: pd, password: " + webhookSecret + "}", ""},
		"Pipefy":               {pipefy + "webhook: {secret: " + webhookSecret + "}", ""},
		"Pipedream":            {pipedream + "webhook: {secret: " + webhookSecret + "}", ""},
		"none":                 {pipefy + "webhook: {}", ""},
		"no user":              {pipedrive + "webhook: {password: " + webhookSecret + "}", "webhook.user: is missing"},
		"a user with a colon":  {pipedrive + "webhook: {user: \"a:b\", password: " + webhookSecret + "}", "webhook.user: is missing, or"},
		"no password":          {pipedrive + "webhook: {user: pd}", "webhook.password: has 0 characters, at least 24"},
		"a short secret":       {pipefy + "webhook: {secret: short}", "webhook.secret: has 5 characters, at least 24"},
		"a path in the secret": {pipedream + "webhook: {secret: ../0123456789abcdef01234567}", "webhook.secret: must hold letters"},
		"another's setting":    {pipefy + "webhook: {user: pd, secret: " + webhookSecret + "}", "webhook.user: does not apply to pipefy"},
		"a secret for a user":  {pipedrive + "webhook: {user: pd, password: " + webhookSecret + ", secret: x}", "webhook.secret: does not apply to pipedrive"},
	} {
		cfg, err := config.Parse("m.yaml", []byte("sources: [{id: a, "+c.settings+"}]\n"), none)
		switch {
		case c.want != "":
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case cfg.Sources[0].Webhook.IsSet() != (name != "none"):
			t.Errorf("%s: set is %v", name, cfg.Sources[0].Webhook.IsSet())
		default:
			if shown := fmt.Sprintf("%v %+v %#v", cfg.Sources[0], cfg.Sources[0].Webhook, cfg.Sources[0].Webhook); strings.Contains(shown, webhookSecret) {
				t.Errorf("%s: the secret is in %s", name, shown)
			}
		}
	}
}
