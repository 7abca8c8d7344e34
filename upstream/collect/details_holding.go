package collect

import (
	"context"

	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/cache"
)

// Holding is what the caches hold of one kind of detail for some users, counted by reading: users who share a
// reading, as those of one role do their role's settings, count once.
type Holding struct {
	// Fresh ones would be answered as they are. Stale ones would be read anew, behind or waited for, as was wanted;
	// Missing ones would be waited for.
	Fresh, Stale, Missing int
	// Flying are those of Stale and Missing that are being read already, which costs nobody anything more.
	Flying int
}

// detail is what Details do with every kind alike.
type detail interface {
	holding(ctx context.Context, users []*person.Identity, w people.Wanted) Holding
	stats() cache.Stats
	close()
}

// Holding tells what is held of a field ("PipedriveUser.permissions") for users, in memory and in the second level,
// if they were asked for with w. It reads no vendor. False: field is no detail. When ctx ends, what is not
// known counts as missing.
func (d *Details) Holding(ctx context.Context, field string, users []*person.Identity, w people.Wanted) (Holding, bool) {
	l, ok := d.byField()[field]
	if !ok {
		return Holding{}, false
	}
	return l.holding(ctx, users, w), true
}

// Stats counts what each cache has done, by field.
func (d *Details) Stats() map[string]cache.Stats {
	all := map[string]cache.Stats{}
	for field, l := range d.byField() {
		all[field] = l.stats()
	}
	return all
}

func (d *Details) byField() map[string]detail {
	return map[string]detail{
		d.permissions.kind.field:     d.permissions,
		d.roleAssignments.kind.field: d.roleAssignments,
		d.roleSettings.kind.field:    d.roleSettings,
		d.followers.kind.field:       d.followers,
		d.triggers.kind.field:        d.triggers,
	}
}

func (l *live[K, T]) stats() cache.Stats { return l.cache.Stats() }
func (l *live[K, T]) close()             { l.cache.Close() }

func (l *live[K, T]) holding(ctx context.Context, users []*person.Identity, w people.Wanted) Holding {
	var h Holding
	keys, _, _ := l.distinct(users)
	for _, p := range l.cache.PeekAll(ctx, keys, cache.Want(w)) {
		switch {
		case !p.Found():
			h.Missing++
		case p.IsStale:
			h.Stale++
		default:
			h.Fresh++
			continue
		}
		if p.Flying {
			h.Flying++
		}
	}
	return h
}
