package metrics

import "sync"

const (
	// perClient is how many operation names one client gets labels for, longest their longest: clients choose
	// them, and every name is a time series for ever.
	perClient = 50
	longest   = 64
	// other stands for all further names.
	other = "(other)"
)

// operations bounds the names of operations, client by client, so that one who invents names does not
// take the others' away.
type operations struct {
	mu    sync.Mutex
	known map[string]map[string]struct{}
}

// bound is the label for an operation of a client, who is known by a configured key.
func (o *operations) bound(client, operation string) string {
	if operation == "" {
		return ""
	}
	if len(operation) > longest {
		return other
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	names := o.known[client]
	if _, ok := names[operation]; ok {
		return operation
	}
	if len(names) >= perClient {
		return other
	}
	if names == nil {
		if o.known == nil {
			o.known = make(map[string]map[string]struct{})
		}
		names = make(map[string]struct{})
		o.known[client] = names
	}
	names[operation] = struct{}{}
	return operation
}
