// Package people holds the use cases of the read side: what may be asked, what
// is wrong with a question, and who answers it. It declares the ports behind
// them and knows nothing of GraphQL.
package people

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/person"
)

// Directory holds the newest picture of people. Declared here so that use cases
// do not know how it is kept.
type Directory interface {
	// Current is never nil and never blocks.
	Current() *directory.Snapshot
	// Begun is closed once there is a picture worth asking, or none is to be expected soon.
	Begun() <-chan struct{}
}

// Service answers questions about people.
type Service struct {
	directory Directory
	ids       *nodeid.Codec
	now       func() time.Time
}

// New makes a Service over a directory; ids opens and seals what clients hold,
// and now tells how long to wait from now.
func New(d Directory, ids *nodeid.Codec, now func() time.Time) *Service {
	return &Service{directory: d, ids: ids, now: now}
}

// View is what who may see of the newest picture. Take it once per answer, so
// that all its fields agree.
func (s *Service) View(who access.Principal) directory.View { return s.directory.Current().View(who) }

// Await waits for the first picture, or for ctx to end: who asks a gateway that has just started wants an answer, not
// to be told to come back.
func (s *Service) Await(ctx context.Context) {
	select {
	case <-s.directory.Begun():
	case <-ctx.Done():
	}
}

// Now is the present, by the clock that ages are told by.
func (s *Service) Now() time.Time { return s.now() }

func needsScope(what string, missing access.Scope) error {
	return fault.New(fault.Forbidden, "%s needs the scope %s.", what, missing)
}

// KnownSources refuses names that no source has that v shows.
func (s *Service) KnownSources(v directory.View, names []string) error {
	return knownSources(v, names, 0)
}

// knownSources refuses names that no configured source has; system 0 is any.
func knownSources(v directory.View, names []string, system person.System) error {
	for _, name := range names {
		var known []string
		ok := false
		for _, s := range v.Sources() {
			if system == 0 || s.System() == system {
				known = append(known, string(s.ID()))
				ok = ok || string(s.ID()) == name
			}
		}
		if !ok {
			kind := "source"
			if system != 0 {
				kind = fmt.Sprintf("%s source", system)
			}
			return fault.New(fault.BadUserInput, "There is no %s named %q. Configured: %s.", kind, name, strings.Join(known, ", "))
		}
	}
	return nil
}
