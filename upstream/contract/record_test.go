package contract_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// recorder is a gate that admits everything, or what next admits, and remembers it.
type recorder struct {
	next wire.Gate

	mu       sync.Mutex
	calls    []wire.Call
	outcomes []wire.Outcome
}

func (r *recorder) Admit(ctx context.Context, call wire.Call) (wire.Ticket, error) {
	var inner wire.Ticket
	if r.next != nil {
		var err error
		if inner, err = r.next.Admit(ctx, call); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
	return &entry{r, inner}, nil
}

type entry struct {
	book  *recorder
	inner wire.Ticket
}

func (e *entry) Done(o wire.Outcome) {
	if e.inner != nil {
		e.inner.Done(o)
	}
	e.book.mu.Lock()
	defer e.book.mu.Unlock()
	e.book.outcomes = append(e.book.outcomes, o)
}

// admitted counts the attempts that were let out.
func (r *recorder) admitted() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls)
}

// charged counts the attempts of which a byte may have left: the others are refunded.
func (r *recorder) charged() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, o := range r.outcomes {
		if o.Sent {
			n++
		}
	}
	return n
}

// open is how many tickets were not closed.
func (r *recorder) open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls) - len(r.outcomes)
}

func (r *recorder) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls, r.outcomes = nil, nil
}

// journal is everything that was logged.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// discreet checks that neither the log nor texts hold a credential or an address.
func (st *stage) discreet(t *testing.T, texts ...string) {
	t.Helper()
	cred := st.World.Credentials
	secrets := []string{"@", cred.PipedreamClientSecret}
	for _, c := range cred.Pipedrive {
		secrets = append(secrets, c.Token, c.PlainToken, c.OAuthToken)
	}
	for _, c := range cred.Pipefy {
		secrets = append(secrets, c.ClientSecret, c.PersonalToken)
	}
	st.transport.mu.Lock()
	for s := range maps.Keys(st.transport.secrets) {
		secrets = append(secrets, strings.TrimPrefix(s, "Bearer "))
	}
	st.transport.mu.Unlock()
	for _, text := range append(slices.Clone(texts), st.log.String()) {
		for _, s := range secrets {
			if s != "" && strings.Contains(text, s) {
				t.Errorf("%q holds the secret or address %q", text, s)
			}
		}
	}
}

// failure is the *wire.Failure in err.
func failure(t *testing.T, err error) *wire.Failure {
	t.Helper()
	f, ok := errors.AsType[*wire.Failure](err)
	if !ok {
		t.Fatalf("%v is no failure of a call", err)
	}
	return f
}
