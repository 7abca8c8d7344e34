package collect_test

import (
	"errors"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/collect"
)

func TestEventsOfEachVendor(t *testing.T) {
	pipedrive, pipefy := collect.PipedriveEvents("crm"), collect.PipefyEvents("ops")
	pipedream := collect.PipedreamEvents("apps", "proj_1", "production")
	for name, c := range map[string]struct {
		parse       collect.EventParser
		body        string
		account, id string
		at          time.Time
		explained   bool
		alters      bool
		none        bool
	}{
		"a Pipedrive user": {parse: pipedrive, body: `{"meta":{"entity":"user","action":"change","entity_id":"9","company_id":"7001","timestamp":1781000000},
			"data":{"active_flag":false},"previous":{"active_flag":true}}`, account: "7001", id: "9", at: time.Unix(1781000000, 0), explained: true, alters: true},
		"a Pipedrive user of no company": {parse: pipedrive, body: `{"meta":{"entity":"user","entity_id":"9"}}`},
		"a Pipedrive deal":               {parse: pipedrive, body: `{"meta":{"entity":"deal","entity_id":"9"}}`, none: true},
		"a Pipefy member": {parse: pipefy, body: `{"data":{"action":"user.removal_from_org","user":{"id":9},"from":{"organization_id":7},"action_done_at":"2022-03-22 20:06:14 UTC"}}`,
			account: "7", id: "9", at: time.Date(2022, 3, 22, 20, 6, 14, 0, time.UTC), explained: true, alters: true},
		"a Pipefy member of a pipe": {parse: pipefy, body: `{"data":{"action":"user.removal_from_pipe","user":{"id":9}}}`, id: "9", alters: true},
		"a Pipefy card":             {parse: pipefy, body: `{"data":{"action":"card.move"}}`, none: true},
		"a Pipedream account": {parse: pipedream, body: `{"event":"CONNECTION_SUCCESS","environment":"production","account":{"id":"apn_1","external_id":"u"}}`,
			account: "proj_1/production", id: "u"},
		"a Pipedream account of nobody":           {parse: pipedream, body: `{"event":"CONNECTION_SUCCESS","account":{"id":"apn_1"}}`, account: "proj_1/production"},
		"a Pipedream account of the other world":  {parse: pipedream, body: `{"event":"CONNECTION_SUCCESS","environment":"development","account":{"external_id":"u"}}`, none: true},
		"a Pipedream account that did not happen": {parse: pipedream, body: `{"event":"CONNECTION_ERROR"}`, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := c.parse([]byte(c.body))
			if c.none || err != nil {
				if !c.none || !errors.Is(err, collect.ErrNoEvent) {
					t.Fatalf("none %v: %v", c.none, err)
				}
				return
			}
			if e.Account != c.account || e.ID != c.id || !e.At.Equal(c.at) || e.Explained != c.explained || (e.Alter != nil) != c.alters {
				t.Errorf("%+v", e)
			}
		})
	}
	for _, parse := range []collect.EventParser{pipedrive, pipefy, pipedream} {
		if _, err := parse([]byte(`[]`)); err == nil || errors.Is(err, collect.ErrNoEvent) {
			t.Errorf("a list: %v", err)
		}
	}
}
