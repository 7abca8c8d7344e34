package collect

import (
	"maps"
	"slices"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// Patch lets changes happen in the picture before the next reading of their source: what a webhook told, what a single
// read or a write of ours found. Of several changes to one identity the newest counts, and each
// lasts until a reading of its source that began after it was observed. The other replicas are told.
func (c *Collector) Patch(changes []directory.Change) {
	c.mu.Lock()
	news := c.patch(changes)
	c.mu.Unlock()
	c.Announce(news)
}

// patch is Patch, and answers the changes that were news. Callers hold mu.
func (c *Collector) patch(changes []directory.Change) (news []directory.Change) {
	for _, ch := range changes {
		if known, ok := c.changes[ch.Key]; ok && known.ObservedAt.After(ch.ObservedAt) || c.outdated(ch) {
			continue
		}
		c.changes[ch.Key] = ch
		news = append(news, ch)
	}
	if len(news) > 0 {
		c.counted.patched(len(news))
		c.swap(c.Current().Apply(news))
	}
	return news
}

// outdated tells whether a reading knows better than ch. Callers hold mu.
func (c *Collector) outdated(ch directory.Change) bool {
	s := c.readerOf(ch.Key)
	return s == nil || !ch.ObservedAt.After(s.batch.AsOf)
}

// patched is a base with the changes and decisions that it does not know yet. Callers hold mu.
func (c *Collector) patched(base *directory.Snapshot) *directory.Snapshot {
	maps.DeleteFunc(c.changes, func(_ person.Key, ch directory.Change) bool { return c.outdated(ch) })
	return base.Apply(slices.Collect(maps.Values(c.changes))).Decide(c.picture.Decisions)
}
