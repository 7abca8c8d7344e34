package app

import (
	"log/slog"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/secret"
	"github.com/manifold-graph/manifold/upstream/webhook"
)

// receiver takes the webhooks of the sources that have a secret for them. Every other address is a wrong one. The secrets have
// to run.
func receiver(sources []config.Source, sink webhook.Sink, log *slog.Logger) (*webhook.Receiver, []*secret.Source) {
	var (
		hooks   []webhook.Hook
		secrets []*secret.Source
	)
	for _, s := range sources {
		if !s.Webhook.IsSet() {
			continue
		}
		h, of := hook(s), secretOf(s.Webhook.SecretFrom, s.Webhook.Secret, s.ID+".webhook.secret", log)
		if h.System == person.Pipedrive {
			of = secretOf(s.Webhook.PasswordFrom, s.Webhook.Password, s.ID+".webhook.password", log)
		}
		h.Lock = h.Lock.Renewed(of.Value)
		hooks, secrets = append(hooks, h), append(secrets, of)
	}
	return webhook.New(hooks, sink, webhook.Options{Log: log}), secrets
}

func hook(s config.Source) webhook.Hook {
	h := webhook.Hook{Source: person.SourceID(s.ID), System: s.SystemOf()}
	secret := s.Webhook.Secret.Reveal()
	switch h.System {
	case person.Pipedrive:
		h.Lock, h.Parse = webhook.Basic(s.Webhook.User, s.Webhook.Password.Reveal()), collect.PipedriveEvents(h.Source)
	case person.Pipefy:
		h.Lock, h.Parse = webhook.Header(secret), collect.PipefyEvents(h.Source)
	case person.Pipedream:
		h.Lock, h.Parse = webhook.Path(secret), collect.PipedreamEvents(h.Source, s.ProjectID, s.Environment)
	}
	return h
}

// webhookPlace is what check says of a source's webhook; "" where it has none. The secret stays out.
func webhookPlace(s config.Source) string {
	if !s.Webhook.IsSet() {
		return ""
	}
	place := webhook.Place(s.SystemOf(), person.SourceID(s.ID))
	switch s.SystemOf() {
	case person.Pipedrive:
		return "POST " + place + ", with HTTP Basic user " + s.Webhook.User
	case person.Pipefy:
		return "POST " + place + ", with the secret in the header " + webhook.SecretHeader
	}
	return "POST " + place
}
