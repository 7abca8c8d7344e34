package pipedream

import (
	"encoding/json"
	"fmt"

	"github.com/manifold-graph/manifold/upstream/sim/hook"
)

// Connect is an external user who connects an account in the page that a Connect token opens: the account, and the
// user if new, are there afterwards, and the token's webhook_uri hears of it. With an oops the connection fails.
func (s *Server) Connect(projectID, environment string, a Account, webhookURI string, oops error) error {
	event := map[string]any{
		"environment": environment, "connect_token": "ctok_00000000000000000000000000000000",
		"connect_session_id": json.Number("140000000000000000000000000000000000000"),
	}
	if oops != nil {
		event["event"], event["error"] = "CONNECTION_ERROR", oops.Error()
	} else {
		if err := s.connect(projectID, environment, a); err != nil {
			return err
		}
		event["event"], event["account"] = "CONNECTION_SUCCESS", viewAccount(&a, false)
	}
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	if s.opts.Outbox != nil && webhookURI != "" {
		s.opts.Outbox.Send(hook.Delivery{URL: webhookURI, Body: func(int) []byte { return body }})
	}
	return nil
}

func (s *Server) connect(projectID, environment string, a Account) error {
	found := false
	err := s.state.Update(func(d *Data) {
		for i := range d.Projects {
			if d.Projects[i].ID != projectID {
				continue
			}
			env := &d.Projects[i].Production
			if environment == "development" {
				env = &d.Projects[i].Development
			}
			found = true
			known := false
			for _, u := range env.Users {
				known = known || u.ExternalID == a.ExternalID
			}
			if !known {
				env.Users = append(env.Users, ExternalUser{ID: "exu_" + a.ID, ExternalID: a.ExternalID, CreatedAt: a.CreatedAt, UpdatedAt: a.CreatedAt})
			}
			env.Accounts = append(env.Accounts, a)
		}
	})
	if err == nil && !found {
		err = fmt.Errorf("pipedream: no project %s", projectID)
	}
	return err
}
