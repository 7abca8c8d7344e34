package pipefy

import "sync"

// size is what has been learned of how many roots one document may ask for. It outlives a reading, so that the next one
// need not find out again. The zero size has learned nothing.
type size struct {
	// roots is how many to ask for; 0 is as many as allowed.
	roots int
	// ceiling is the least that was too much lately; 0 is none.
	ceiling int
	// clean counts the readings since then that met no limit.
	clean int
}

// patient is after how many clean readings a ceiling is tried again: pipes lose members, too.
const patient = 12

// of is how many roots the next document asks for, at most most.
func (s size) of(most int) int {
	if s.roots == 0 {
		return most
	}
	return min(s.roots, most)
}

// refused is s after a document of n was too complex or took too long, while one of answered was not.
func (s size) refused(n, answered int) size {
	return size{roots: max(1, min(answered, n-1)), ceiling: n}
}

// grown is s after a reading that met no limit: a quarter of the way to what is known to be too much, or to most; and to
// a ceiling itself only once in a while.
func (s size) grown(most int) size {
	if s.roots == 0 {
		return s
	}
	s.clean++
	if s.clean%patient == 0 {
		s.ceiling = 0
	}
	limit := most
	if s.ceiling > 0 {
		limit = min(limit, s.ceiling-1)
	}
	s.roots += max(0, (limit-s.roots+3)/4)
	if s.roots >= most && s.ceiling == 0 {
		return size{}
	}
	return s
}

// sizes are shared by all copies of a client.
type sizes struct {
	mu     sync.Mutex
	family map[string]size
}

func (s *sizes) get(family string) size {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.family[family]
}

func (s *sizes) set(family string, learned size) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.family[family] = learned
}
