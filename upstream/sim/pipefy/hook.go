package pipefy

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"

	"github.com/manifold-graph/manifold/upstream/sim/hook"
)

// The actions of organization webhooks. What pipes and tables send is not documented, so they send nothing, and
// neither does a cascade.
const (
	invitationSent = "user.invitation_sent"
	roleSet        = "user.role_set"
	removalFromOrg = "user.removal_from_org"
)

type hookPerson struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Username string `json:"username"`
	Email    string `json:"email"`
	// AvatarURL is left out of the actor.
	AvatarURL *string `json:"avatar_url,omitempty"`
}

func hookPersonOf(u *User) hookPerson {
	return hookPerson{ID: u.ID, Name: u.Name, Username: u.Username, Email: u.Email}
}

// tell sends what the caller did to somebody in an organization to its webhooks for that action.
func (r *request) tell(p place, action string, whom int64, role string) {
	u, actor := r.state.byID[whom], r.state.byID[r.caller]
	if p.level != atOrganization || r.opts.Outbox == nil || u == nil || actor == nil {
		return
	}
	person := hookPersonOf(u)
	person.AvatarURL = &u.AvatarURL
	where := map[string]any{"organization_id": p.org.ID, "name": p.org.Name}
	data := map[string]any{"action": action, "user": person, "action_done_at": r.now.UTC().Format("2006-01-02 15:04:05 UTC")}
	switch action {
	case invitationSent:
		data["to"], data["user_invited_by"] = where, hookPersonOf(actor)
	case removalFromOrg:
		data["from"], data["user_removed_by"] = where, hookPersonOf(actor)
	default:
		data["to"], data["action_done_by"], data["previous_role"], data["new_role"] = where, hookPersonOf(actor), nil, role
	}
	id := fnv.New32a()
	fmt.Fprint(id, action, whom, role, r.now.UnixNano())
	data["payload_id"] = id.Sum32()
	body, _ := json.Marshal(map[string]any{"data": data}) // plain values
	for _, w := range p.org.Webhooks {
		if !slices.Contains(w.Actions, action) {
			continue
		}
		h := http.Header{}
		for name, value := range w.Headers {
			h.Set(name, fmt.Sprint(value))
		}
		r.opts.Outbox.Send(hook.Delivery{URL: w.URL, Header: h, Body: func(int) []byte { return body }})
	}
}
