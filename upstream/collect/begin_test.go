package collect_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

func begun(c *collect.Collector) bool {
	select {
	case <-c.Begun():
		return true
	default:
		return false
	}
}

// TestTheFirstPictureIsWaitedForUntilEverySourceHasAnswered: with a reading or with a failure; but not for ever.
func TestTheFirstPictureIsWaitedForUntilEverySourceHasAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick := &scripted{read: func(int) (collect.Reading, error) { return reading("quick", "ann"), nil }}
		down := &scripted{read: func(int) (collect.Reading, error) {
			time.Sleep(3 * time.Second)
			return collect.Reading{}, errors.New("down")
		}}
		c := newCollector(t, collect.Source{ID: "quick", Reader: quick}, collect.Source{ID: "down", Reader: down})
		defer start(t, c)()
		time.Sleep(2 * time.Second)
		if synctest.Wait(); begun(c) {
			t.Error("begun while a source has neither answered nor failed")
		}
		time.Sleep(2 * time.Second)
		if synctest.Wait(); !begun(c) {
			t.Error("not begun although every source has answered or failed")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := newCollector(t, collect.Source{ID: "hangs", Reader: hanging{}})
		defer start(t, c)()
		time.Sleep(19 * time.Second)
		if synctest.Wait(); begun(c) {
			t.Error("begun with nothing read, after 19 s")
		}
		time.Sleep(2 * time.Second)
		if synctest.Wait(); !begun(c) {
			t.Error("still waiting for a source that hangs")
		}
	})
}

// TestAReadingBesideTheRhythmDoesNotMoveIt: an answer's lifetime ends with the next reading, which is still due.
func TestAReadingBesideTheRhythmDoesNotMoveIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollector(t, collect.Source{ID: "crm", System: person.Pipedrive, Every: 10 * time.Minute,
			Reader: &scripted{read: func(int) (collect.Reading, error) { return reading("crm", "ann"), nil }}})
		defer start(t, c)()
		time.Sleep(time.Minute)
		synctest.Wait()
		due := source(c, "crm").RetryAt
		beside := reading("crm", "ann", "bob")
		beside.Batch.AsOf = time.Now()
		if err := c.Accept("crm", beside); err != nil {
			t.Fatal(err)
		}
		if got := source(c, "crm"); due.IsZero() || got.RetryAt.Before(due) || count(t, c) != 2 {
			t.Errorf("due at %s before, %s after", due, got.RetryAt)
		}
	})
}
