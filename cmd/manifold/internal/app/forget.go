package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/store"
)

// forgetter erases from beside the audit log what concerns those whom a vendor reports as deleted.
type forgetter struct {
	current func() *directory.Snapshot
	store   *store.Store
	log     *slog.Logger

	seen *directory.Snapshot
}

// forgetEvery is how often the picture is looked at.
const forgetEvery = time.Minute

// run looks at each new picture until ctx ends.
func (f *forgetter) run(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.look(ctx)
		}
	}
}

func (f *forgetter) look(ctx context.Context) {
	now := f.current()
	if now == f.seen {
		return
	}
	gone := f.gone(now.View(access.Principal{}))
	if len(gone) > 0 {
		n, err := f.store.Erase(ctx, store.Erasure{Identities: gone, Actor: audit.Actor{Principal: "system"}, Why: "deleted"})
		if err != nil {
			f.log.WarnContext(ctx, "what concerns accounts that were deleted cannot be erased", "reason", err.Error())
			return // and looks again
		}
		if n > 0 {
			f.log.InfoContext(ctx, "personal values were erased", "values", n, "why", "deleted")
		}
	}
	f.seen = now
}

// gone lists those whom a vendor has deleted for good.
func (f *forgetter) gone(v directory.View) []person.Key {
	var gone []person.Key
	for _, source := range v.Sources() {
		if source.System() != person.Pipedrive { // the only one that reports it
			continue
		}
		for w := (directory.Window{First: 1000}); ; {
			page, err := v.Identities(source, w)
			if err != nil {
				break
			}
			for _, i := range page.Nodes() {
				if i.Raw().State == person.StateErased {
					gone = append(gone, i.Raw().Key)
				}
			}
			if !page.HasNext {
				break
			}
			w.After = page.Entries[len(page.Entries)-1].Position
		}
	}
	return gone
}
