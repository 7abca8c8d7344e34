package contract_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"
)

// inProcess carries requests to handlers in this process. A bubble of testing/synctest has no sockets, and only in one does a day
// go by in a second.
type inProcess struct {
	hosts map[string]http.Handler
	// strip names answer headers that the clients do not get to see.
	strip []string
	// broken is how many of the next lists of Pipedrive users are answered 503 before Pipedrive hears of them.
	broken atomic.Int64
	sent   atomic.Int64
}

func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	// No two take equally long, so that no two end at the same moment.
	if err := pass(r.Context(), 80*time.Millisecond+time.Duration(p.sent.Add(1)%5000)*time.Microsecond); err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	if r.URL.Path == "/api/v1/users" && r.Method == http.MethodGet && p.broken.Add(-1) >= 0 {
		answer.WriteHeader(http.StatusServiceUnavailable)
	} else {
		p.hosts[r.URL.Host].ServeHTTP(answer, received(r))
	}
	for _, name := range p.strip {
		answer.Header().Del(name)
	}
	return answer.Result(), nil
}

// received is a request as its receiver has it.
func received(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	return in
}

// pass lets d go by, unless ctx ends before.
func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
