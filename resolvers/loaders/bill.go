package loaders

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// Bill adds up what one response spent, and what it has to warn about. Safe for
// concurrent use.
type Bill struct {
	mu       sync.Mutex
	costs    map[person.SourceID]people.Cost
	warnings []Warning
	live     Live
}

// Warning is said beside an answer that holds an older value than was asked for.
type Warning struct {
	Path string
	// Failure is why it is not newer; nil while that is being tried.
	Failure   *fault.Error
	Freshness person.Freshness
}

func (b *Bill) charge(c people.Cost) {
	if c.Source == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.costs == nil {
		b.costs = make(map[person.SourceID]people.Cost)
	}
	sum := b.costs[c.Source]
	sum.Source = c.Source
	sum.Calls += c.Calls
	sum.Tokens += c.Tokens
	sum.Saved += c.Saved
	b.costs[c.Source] = sum
}

// Warn notes that a value is older than it should be.
func (b *Bill) Warn(w Warning) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.warnings = append(b.warnings, w)
}

// Costs lists what was spent and saved, one entry per source, by name.
func (b *Bill) Costs() []people.Cost {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.costs) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Values(b.costs), func(x, y people.Cost) int { return cmp.Compare(x.Source, y.Source) })
}

// Warnings lists what was warned about, by path.
func (b *Bill) Warnings() []Warning {
	b.mu.Lock()
	defer b.mu.Unlock()
	sorted := slices.Clone(b.warnings)
	slices.SortFunc(sorted, func(x, y Warning) int { return cmp.Compare(x.Path, y.Path) })
	return sorted
}
