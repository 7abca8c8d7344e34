package pipefy

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// Webhook is what one delivery tells about one membership.
type Webhook struct {
	// Action is the vendor's word: user.role_set.
	Action string
	// OrganizationID is "" where the place is a pipe or table, or not named.
	OrganizationID string
	// UserID is "" where the body does not name it.
	UserID string
	// At is when it happened, by the vendor's clock; zero where the body does not tell.
	At time.Time

	user    webhookUser
	newRole string
	// inside says that the place is a pipe or table.
	inside bool
}

type webhookUser struct {
	ID        lenient.String `json:"id"`
	Name      lenient.String `json:"name"`
	Username  lenient.String `json:"username"`
	Email     lenient.String `json:"email"`
	AvatarURL lenient.String `json:"avatar_url"`
}

type webhookPlace struct {
	OrganizationID lenient.String `json:"organization_id"`
	PipeID         lenient.String `json:"pipe_id"`
	TableID        lenient.String `json:"table_id"`
}

type webhookData struct {
	Action       lenient.String               `json:"action"`
	User         lenient.Object[webhookUser]  `json:"user"`
	To           lenient.Object[webhookPlace] `json:"to"`
	From         lenient.Object[webhookPlace] `json:"from"`
	NewRole      lenient.String               `json:"new_role"`
	AcceptedAt   lenient.String               `json:"accepted_at"`
	ActionDoneAt lenient.String               `json:"action_done_at"`
}

// The actions that tell of members. The vendor spells one of them in two ways.
const (
	invitationSent       = "user.invitation_sent"
	invitationAcceptance = "user.invitation_acceptance"
	invitationAccepted   = "user.invitation_accepted"
	roleSet              = "user.role_set"
	removalFromOrg       = "user.removal_from_org"
)

// ErrOtherMatter: the body is in order, and tells of nothing that is a member.
var ErrOtherMatter = errors.New("pipefy: the webhook is not about a member")

// ParseWebhook reads the body of one delivery. It answers ErrOtherMatter for cards and exports.
func ParseWebhook(body []byte) (Webhook, error) {
	var in struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Webhook{}, err
	}
	if in.Data == nil {
		in.Data = body // only the organization's bodies are documented
	}
	var d webhookData
	if err := json.Unmarshal(in.Data, &d); err != nil {
		return Webhook{}, err
	}
	if d.Action != "" && !strings.HasPrefix(string(d.Action), "user.") {
		return Webhook{}, ErrOtherMatter
	}
	w := Webhook{Action: string(d.Action), UserID: string(d.User.Value.ID), user: d.User.Value, newRole: string(d.NewRole)}
	for _, place := range []webhookPlace{d.To.Value, d.From.Value} {
		w.inside = w.inside || place.PipeID != "" || place.TableID != ""
		if w.OrganizationID == "" {
			w.OrganizationID = string(place.OrganizationID)
		}
	}
	for _, at := range []lenient.String{d.ActionDoneAt, d.AcceptedAt} {
		if w.At.IsZero() {
			w.At = webhookTime(string(at))
		}
	}
	return w, nil
}

// webhookTime reads "2022-03-22 20:06:14 -0300" and "… UTC"; anything else is the zero time.
func webhookTime(s string) time.Time {
	s = strings.Replace(s, " UTC", " +0000", 1)
	for _, layout := range []string{"2006-01-02 15:04:05 -0700", time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() > 0 && t.UTC().Year() <= 9999 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// inOrganization tells whether the delivery speaks of the organization itself.
func (w Webhook) inOrganization() bool { return w.OrganizationID != "" && !w.inside }

// Explained tells whether the payload holds everything that changed: removals from the organization and roles in it.
// A guest's role takes pipes and tables away, and no body for pipes and tables is documented.
func (w Webhook) Explained() bool {
	switch w.Action {
	case removalFromOrg:
		return true
	case roleSet:
		return w.inOrganization() && w.newRole != "" && level(w.newRole) != person.LevelGuest
	}
	return false
}

// Alter is the member as the delivery tells, on top of what is known; nil is gone, and known is nil for a stranger.
// What the body lacks stays as known. Doubt says that the truth needs a reading.
func (w Webhook) Alter(known *person.Identity) (now *person.Identity, doubt bool) {
	if w.Action == removalFromOrg {
		return nil, false
	}
	if known == nil || known.Pipefy == nil {
		return known, true // nothing tells of what kind a new member is
	}
	next, member := *known, *known.Pipefy
	now, next.Pipefy = &next, &member
	set := func(to *string, value lenient.String) {
		if value != "" {
			*to = string(value)
		}
	}
	set(&next.Name, w.user.Name)
	set(&next.Email, w.user.Email)
	set(&next.AvatarURL, w.user.AvatarURL)
	set(&member.Username, w.user.Username)
	if next.Email != known.Email {
		next.EmailVerified, doubt = false, true
	}
	if w.Action == roleSet && w.inOrganization() && w.newRole != "" {
		var found bool
		next.Grants, found = withRole(known.Grants, w.newRole)
		member.OrganizationRole, doubt = w.newRole, doubt || !found
	}
	return now, doubt
}

// withRole changes the role in the organization, and tells whether there was one.
func withRole(grants []person.Grant, role string) (changed []person.Grant, found bool) {
	for _, g := range grants {
		if g.Resource.Key.Kind == person.ResourceOrganization {
			g.Level, g.Role, found = level(role), role, true
		}
		changed = append(changed, g)
	}
	return changed, found
}
