package pipedream_test

import (
	"errors"
	"testing"

	"github.com/manifold-graph/manifold/upstream/pipedream"
)

const connected = `{"event":"CONNECTION_SUCCESS","connect_token":"ctok_0123456789abcdef0123456789abcdef","environment":"production",
	"connect_session_id":140000000000000000000000000000000000000,
	"account":{"id":"apn_k3Hq2Za","name":"ana@example.com","external_id":"user-7","healthy":true,"dead":null,"app":{"name_slug":"slack"}}}`

func TestWebhookNamesWhomToRead(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want pipedream.Webhook
	}{
		"as documented":      {connected, pipedream.Webhook{Environment: "production", AccountID: "apn_k3Hq2Za", ExternalUserID: "user-7"}},
		"the older sample":   {`{"event":"CONNECTION_SUCCESS","connect_session_id":7,"account":{"id":"apn_1"}}`, pipedream.Webhook{AccountID: "apn_1"}},
		"no account at all":  {`{"event":"CONNECTION_SUCCESS","account":[]}`, pipedream.Webhook{}},
		"an id that is none": {`{"event":"CONNECTION_SUCCESS","account":{"id":{},"external_id":42}}`, pipedream.Webhook{ExternalUserID: "42"}},
	} {
		got, err := pipedream.ParseWebhook([]byte(c.body))
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

func TestWebhookOfOtherMatter(t *testing.T) {
	for _, body := range []string{`{}`, `{"event":"CONNECTION_ERROR","error":"denied"}`, `{"event":"deployed","account":{"id":"apn_1"}}`} {
		if _, err := pipedream.ParseWebhook([]byte(body)); !errors.Is(err, pipedream.ErrOtherMatter) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := pipedream.ParseWebhook([]byte(`[]`)); err == nil || errors.Is(err, pipedream.ErrOtherMatter) {
		t.Errorf("a list: %v", err)
	}
}

func FuzzWebhook(f *testing.F) {
	f.Add([]byte(connected))
	f.Add([]byte(`{"event":"CONNECTION_SUCCESS","account":{"external_id":"\ud800"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		w, err := pipedream.ParseWebhook(body)
		if err != nil && w != (pipedream.Webhook{}) {
			t.Fatalf("%v, and yet %+v", err, w)
		}
	})
}
