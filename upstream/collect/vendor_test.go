package collect_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// vendor answers Pipedrive's detail endpoints from memory, in the test's own time, and keeps the books.
type vendor struct {
	takes time.Duration
	// spoil may answer in the place of the endpoint; nil: it does not.
	spoil func(path string) *http.Response

	mu    sync.Mutex
	calls map[string]int
	times []time.Time
}

func (v *vendor) RoundTrip(req *http.Request) (*http.Response, error) {
	arrived := time.Now()
	v.mu.Lock()
	v.calls[req.URL.Path]++
	v.times = append(v.times, arrived)
	v.mu.Unlock()
	select {
	case <-time.After(v.takes):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.spoil != nil {
		if r := v.spoil(req.URL.Path); r != nil {
			return r, nil
		}
	}
	return respond(200, body(req), nil), nil
}

func respond(status int, body string, header map[string]string) *http.Response {
	r := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
	for k, s := range header {
		r.Header.Set(k, s)
	}
	return r
}

// body is what the documents say of each endpoint. User 7 has 1,200 followers.
func body(req *http.Request) string {
	switch path := req.URL.Path; {
	case strings.HasSuffix(path, "/permissions"):
		return `{"success":true,"data":{"can_use_api":true,"can_add_products":false}}`
	case strings.HasSuffix(path, "/roleSettings"):
		return `{"success":true,"data":{"person_default_visibility":3,"deal_default_visibility":1}}`
	case strings.HasSuffix(path, "/roleAssignments"):
		return `{"success":true,"data":[{"role_id":5,"name":"Sales","active_flag":true,"type":"1"},{"role_id":2,"name":"Support","active_flag":true}],
			"additional_data":{"pagination":{"start":0,"limit":500,"more_items_in_collection":false}}}`
	case strings.HasSuffix(path, "/followers"):
		from, _ := strconv.Atoi(req.URL.Query().Get("cursor"))
		total, next := 2, "null"
		if strings.Contains(path, "/users/7/") {
			total = 1200
		}
		to := min(from+500, total)
		var items []string
		for i := from; i < to; i++ {
			items = append(items, fmt.Sprintf(`{"user_id":%d,"add_time":"2026-01-01T00:00:00Z"}`, 9000-i))
		}
		if to < total {
			next = fmt.Sprintf(`"%d"`, to)
		}
		return fmt.Sprintf(`{"success":true,"data":[%s],"additional_data":{"next_cursor":%s}}`, strings.Join(items, ","), next)
	}
	return `{"success":false}`
}

// total is the number of calls so far.
func (v *vendor) total() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.times)
}

// most is the most requests that any two seconds held.
func (v *vendor) most() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	most := 0
	for _, from := range v.times {
		n := 0
		for _, at := range v.times {
			if !at.Before(from) && at.Sub(from) < 2*time.Second {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// stage is a Details over one company, the vendor behind it, and its ledger.
type stage struct {
	*collect.Details
	vendor *vendor
	costs  *collect.Costs
	client *pipedrive.Client
}

const acme = person.SourceID("acme")

func newStage(t testing.TB, limits budget.Limits, takes time.Duration) *stage {
	s := &stage{vendor: &vendor{takes: takes, calls: map[string]int{}}}
	limits.Account, limits.Credential = "7001", "token"
	s.costs = collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), map[person.SourceID]collect.Charge{
		acme:      {System: person.Pipedrive, Limits: limits},
		"counted": {System: person.Pipefy, Limits: budget.Limits{Account: "org", Credential: "org"}},
		"apps":    {System: person.Pipedream, Limits: budget.Limits{Account: "proj", Credential: "proj", Tokens: 2000, Window: 5 * time.Minute}},
	}, collect.CostOptions{})
	var err error
	s.client, err = pipedrive.New(acme, "https://acme.example", nil, pipedrive.Options{Transport: s.vendor, Rand: func() float64 { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	s.Details = collect.NewDetails(s.costs, collect.DetailSources{
		Pipedrive: map[person.SourceID]collect.As[collect.PipedriveDetails]{
			acme: func(c wire.Class, g wire.Gate) collect.PipedriveDetails { return s.client.As(c, g) },
		},
		Pipedream: map[person.SourceID]collect.As[collect.PipedreamDetails]{
			"apps": func(_ wire.Class, g wire.Gate) collect.PipedreamDetails { return triggers{g} },
		},
	}, collect.DetailOptions{})
	return s
}

// perform runs a test in its own time.
func perform(t *testing.T, limits budget.Limits, test func(t *testing.T, s *stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, limits, 50*time.Millisecond)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		test(t, s)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// triggers is a Pipedream client that needs four calls, one for each emitter type.
type triggers struct{ gate wire.Gate }

func (c triggers) DeployedTriggers(ctx context.Context, id string) ([]person.DeployedTrigger, error) {
	for range 4 {
		ticket, err := c.gate.Admit(ctx, wire.Call{Source: "apps", Operation: pipedream.OpDeployedTriggers, Class: wire.Interactive})
		if err != nil {
			return nil, err
		}
		ticket.Done(wire.Outcome{Sent: true, Status: 200})
	}
	if id == "nobody" {
		return nil, nil
	}
	return []person.DeployedTrigger{{ID: "ti_2"}, {ID: "dc_1"}}, nil
}

// users makes n users of five roles.
func users(n int) []*person.Identity {
	all := make([]*person.Identity, n)
	for i := range all {
		id := int64(100 + i)
		all[i] = user(id, new(int64(i%5)))
	}
	return all
}

func user(id int64, role *int64) *person.Identity {
	return &person.Identity{
		Key: person.Key{System: person.Pipedrive, Account: "7001", ID: strconv.FormatInt(id, 10)}, Source: acme,
		Pipedrive: &person.PipedriveUser{UserID: id, CompanyID: 7001, RoleID: role},
	}
}
