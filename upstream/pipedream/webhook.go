package pipedream

import (
	"encoding/json"
	"errors"

	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// Webhook is what one delivery tells about one connection. It is a hint and no more: nothing signs it, so nothing of
// the account that it shows is kept.
type Webhook struct {
	// Environment is "" where the body does not name it.
	Environment string
	// AccountID is the account that was connected, ExternalUserID whose it is; either may be "".
	AccountID, ExternalUserID string
}

// ErrOtherMatter: the body is in order, and tells of no new connection. A failed one names neither user nor app.
var ErrOtherMatter = errors.New("pipedream: the webhook is not about a new connection")

// ParseWebhook reads the body of one delivery. The Connect token in it is not kept.
func ParseWebhook(body []byte) (Webhook, error) {
	var in struct {
		Event       lenient.String `json:"event"`
		Environment lenient.String `json:"environment"`
		Account     lenient.Object[struct {
			ID         lenient.String `json:"id"`
			ExternalID lenient.String `json:"external_id"`
		}] `json:"account"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Webhook{}, err
	}
	if in.Event != "CONNECTION_SUCCESS" {
		return Webhook{}, ErrOtherMatter
	}
	a := in.Account.Value
	return Webhook{Environment: string(in.Environment), AccountID: string(a.ID), ExternalUserID: string(a.ExternalID)}, nil
}
