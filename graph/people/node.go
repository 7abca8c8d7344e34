package people

import (
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/nodeid"
)

// Node answers whatever an id names; nil when nothing has it any more, which is
// not known while a source has never been read.
func (s *Service) Node(v directory.View, who access.Principal, id string) (Node, error) {
	decoded, err := s.ids.Decode(id)
	if err != nil {
		return nil, err
	}
	return s.named(v, who, decoded)
}

func (s *Service) named(v directory.View, who access.Principal, decoded nodeid.ID) (Node, error) {
	if id, ok := decoded.Person(); ok {
		if p, ok := v.Person(id); ok {
			return p, nil
		}
	}
	if key, ok := decoded.Identity(); ok {
		if i, ok := v.Identity(key); ok {
			return AccountOf(i), nil
		}
	}
	if key, ok := decoded.Resource(); ok {
		if missing, ok := who.Allowed("Query", "resources"); !ok {
			return nil, needsScope("Seeing a resource", missing)
		}
		if r, ok := v.Resource(key); ok {
			return r, nil
		}
	}
	if id, ok := decoded.Source(); ok {
		if source, ok := v.Source(id); ok {
			return source, nil
		}
	}
	return nil, s.unread(v, 0, nil)
}

// Nodes answers several ids in their order, nil in the place of what is not there.
// Each place has an error of its own.
func (s *Service) Nodes(v directory.View, who access.Principal, ids []string) ([]Node, []error, error) {
	if len(ids) > MaxPage {
		return nil, nil, fault.New(fault.BadUserInput, "nodes takes at most %d ids; %d were given.", MaxPage, len(ids))
	}
	nodes, errs := make([]Node, len(ids)), make([]error, len(ids))
	for i, id := range ids {
		nodes[i], errs[i] = s.Node(v, who, id)
	}
	return nodes, errs, nil
}
