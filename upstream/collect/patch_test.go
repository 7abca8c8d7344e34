package collect_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// TestAPatchLastsUntilANewerReadingOfItsSource: another source's reading, which builds the picture anew, must not undo it.
func TestAPatchLastsUntilANewerReadingOfItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crm := &scripted{read: func(int) (collect.Reading, error) { return reading("crm", "ann", "bob"), nil }}
		ops := &scripted{read: func(int) (collect.Reading, error) {
			r := reading("ops", "cy")
			r.Batch.Account, r.Batch.Identities[0].Key.Account = "7002", "7002"
			return r, nil
		}}
		c := newCollector(t, collect.Source{ID: "crm", System: person.Pipedrive, Reader: crm, Every: 10 * time.Minute},
			collect.Source{ID: "ops", System: person.Pipedrive, Reader: ops, Every: time.Minute})
		defer start(t, c)()
		synctest.Wait()
		before := time.Now().UTC()
		time.Sleep(time.Second)
		bob := reading("crm", "ann", "bob").Batch.Identities[1].Key
		c.Patch([]directory.Change{{Key: bob, ObservedAt: time.Now()}})
		if n := count(t, c); n != 2 {
			t.Errorf("%d people after one of three left", n)
		}
		c.Patch([]directory.Change{{Key: bob, Identity: reading("crm", "ann", "bob").Batch.Identities[1], ObservedAt: before}})
		c.Patch([]directory.Change{{Key: person.Key{System: person.Pipefy, Account: "nobody reads it", ID: "1"},
			Identity: reading("crm", "zoe").Batch.Identities[0], ObservedAt: time.Now()}})
		time.Sleep(3 * time.Minute) // the other source is read
		if n := count(t, c); n != 2 {
			t.Errorf("%d people: an older fact, or another source's reading, has undone the change", n)
		}
		time.Sleep(10 * time.Minute) // a newer reading knows better
		if n := count(t, c); n != 3 {
			t.Errorf("%d people: a change has outlived a newer reading", n)
		}
	})
}
