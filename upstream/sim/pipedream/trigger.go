package pipedream

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
)

var triggerTypes = []TriggerType{TriggerSource, TriggerHTTP, TriggerTimer, TriggerEmail}

// listTriggers answers GET /deployed-triggers: one user, one emitter type, source unless told.
func (s *Server) listTriggers(c *call) reply {
	id := c.externalID()
	if id == "" {
		return refuse(http.StatusBadRequest, "external_user_id is required")
	}
	kind := TriggerType(c.query.Get("emitter_type"))
	if kind == "" {
		kind = TriggerSource
	}
	if !slices.Contains(triggerTypes, kind) {
		return refuse(http.StatusBadRequest, "emitter_type must be source, http, timer or email")
	}
	var from keyset[*Trigger]
	var owner string
	if u := c.env.byExternal[id]; u != nil {
		from, owner = u.triggers, u.ID
	}
	return respond(s, c, from, func(t *Trigger) bool { return t.Type == kind }, func(t *Trigger) any { return viewTrigger(t, owner) })
}

// deleteTrigger wants the user's id beside the trigger's.
func (s *Server) deleteTrigger(c *call) reply {
	id := c.externalID()
	if id == "" {
		return refuse(http.StatusBadRequest, "external_user_id is required")
	}
	t, ok := c.env.triggers.get(c.id)
	if !ok || t.ExternalID != id {
		return notFound()
	}
	c.env.dropTrigger(t)
	return reply{status: http.StatusNoContent}
}

// componentView has times in epoch milliseconds, unlike accounts.
type componentView struct {
	ID                string           `json:"id"`
	Type              string           `json:"type"`
	OwnerID           string           `json:"owner_id"`
	ComponentID       string           `json:"component_id"`
	ComponentKey      *string          `json:"component_key"`
	ConfigurableProps []map[string]any `json:"configurable_props"`
	ConfiguredProps   map[string]any   `json:"configured_props"`
	Active            bool             `json:"active"`
	CreatedAt         int64            `json:"created_at"`
	UpdatedAt         int64            `json:"updated_at"`
	Name              string           `json:"name"`
	NameSlug          string           `json:"name_slug"`
	WebhookSigningKey *string          `json:"webhook_signing_key"`
}

type httpView struct {
	ID             string `json:"id"`
	Type           string `json:"type"`
	Key            string `json:"key"`
	EndpointURL    string `json:"endpoint_url"`
	CustomResponse bool   `json:"custom_response"`
	CreatedAt      int64  `json:"created_at"`
	UpdatedAt      int64  `json:"updated_at"`
}

type timerView struct {
	ID                string  `json:"id"`
	Type              string  `json:"type"`
	IntervalSeconds   *int64  `json:"interval_seconds,omitempty"`
	Cron              *string `json:"cron,omitempty"`
	Timezone          string  `json:"timezone"`
	ScheduleChangedAt int64   `json:"schedule_changed_at"`
	CreatedAt         int64   `json:"created_at"`
	UpdatedAt         int64   `json:"updated_at"`
}

// emailView has no documented schema: only what the others share.
type emailView struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
}

func viewTrigger(t *Trigger, owner string) any {
	created, updated := t.CreatedAt.UnixMilli(), t.UpdatedAt.UnixMilli()
	switch t.Type {
	case TriggerHTTP:
		return httpView{t.ID, "HttpInterface", t.Key, t.EndpointURL, t.CustomResponse, created, updated}
	case TriggerTimer:
		return timerView{t.ID, "TimerInterface", t.IntervalSeconds, t.Cron, t.Timezone, t.ScheduleChangedAt.UnixMilli(), created, updated}
	case TriggerEmail:
		return emailView{t.ID, "EmailInterface", created, updated}
	}
	props := map[string]any{}
	maps.Copy(props, t.ConfiguredProps)
	for i, id := range t.AccountIDs {
		props["app"+strconv.Itoa(i)] = map[string]any{"authProvisionId": id}
	}
	return componentView{
		ID: t.ID, Type: "DeployedComponent", OwnerID: owner, ComponentID: t.ComponentID, ComponentKey: t.ComponentKey,
		ConfigurableProps: orEmpty(t.ConfigurableProps), ConfiguredProps: props, Active: t.Active,
		CreatedAt: created, UpdatedAt: updated, Name: t.Name, NameSlug: t.NameSlug, WebhookSigningKey: t.WebhookSigningKey,
	}
}
