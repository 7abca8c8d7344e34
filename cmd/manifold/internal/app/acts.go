package app

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/act"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// vendor is the source as acts see it. reader is what reads it.
func (c clients) vendor(reader any, picture act.Picture) act.Vendor {
	switch r := reader.(type) {
	case *collect.Pipedrive:
		return act.NewPipedrive(c.pipedrive, r, time.Now)
	case *collect.Pipedream:
		return act.NewPipedream(c.deletes, r, time.Now)
	}
	return act.NewPipefy(c.pipefy, person.SourceID(c.ID), c.OrganizationID, picture, time.Now)
}

// acting makes what takes acts, and what runs them.
func (a *App) acting(cfg *config.Config, all []clients, readers map[person.SourceID]collect.Renewable, costs *collect.Costs, ids *nodeid.Codec, kept action.Store, log *slog.Logger) *action.Desk {
	vendors := make(map[person.SourceID]act.Vendor, len(all))
	for _, c := range all {
		id := person.SourceID(c.ID)
		vendors[id] = c.vendor(readers[id], a.collector)
	}
	kept = tellingActions{kept, a.commons.news}
	a.acts = act.New(kept, vendors, a.collector, costs, act.Options{
		Log: log, Dirty: a.renewer, Holder: holder(), Call: cfg.Acts.Call, Grace: cfg.Acts.Grace, Patience: cfg.Acts.Patience,
		Lease: cfg.Acts.Call / 2,
	})
	return action.NewDesk(action.DeskOptions{
		Directory: a.collector, IDs: ids, Store: kept, Runner: a.acts, Details: a.details, Price: act.Price, Now: time.Now, Random: rand.Reader,
		News: actionNews{a.commons.news},
	})
}

// holder names this process among those that share a store.
func holder() string {
	var random [6]byte
	_, _ = rand.Read(random[:]) // it does not fail
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), hex.EncodeToString(random[:]))
}
