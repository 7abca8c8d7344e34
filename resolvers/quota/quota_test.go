package quota

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestNobodyTakesMoreThanTheLimitAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 1000).Draw(t, "limit")
		c := &clock{at: time.Unix(1_800_000_000, 0)}
		q := New(c.now)
		type taking struct {
			at time.Time
			n  int
		}
		var takings []taking
		for range rapid.IntRange(1, 200).Draw(t, "takes") {
			c.at = c.at.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond)
			n := rapid.IntRange(0, limit).Draw(t, "n")
			wait, ok := q.Take("somebody", n, limit)
			if !ok {
				// Whoever waits as long as they are told gets it.
				if wait <= 0 || wait > window {
					t.Fatalf("wait is %s", wait)
				}
				c.at = c.at.Add(wait)
				if _, ok = q.Take("somebody", n, limit); !ok {
					t.Fatalf("refused after waiting %s", wait)
				}
			}
			takings = append(takings, taking{c.at, n})
			sum := 0
			for i := len(takings) - 1; i >= 0; i-- {
				sum += takings[i].n
				over := c.at.Sub(takings[i].at)
				if most := float64(limit) * (1 + float64(over)/float64(window)); float64(sum) > most+1e-3 {
					t.Fatalf("%d within %s under a limit of %d", sum, over, limit)
				}
			}
		}
	})
}

func TestCallersDoNotPayForEachOther(t *testing.T) {
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	q := New(c.now)
	if _, ok := q.Take("a", 10, 10); !ok {
		t.Error("a's first was refused")
	}
	if wait, ok := q.Take("a", 1, 10); ok || wait != 6*time.Second {
		t.Errorf("a got more than there is: %v, or waits %s", ok, wait)
	}
	if _, ok := q.Take("b", 10, 10); !ok {
		t.Error("b pays for a")
	}
}

func TestManyCallersTakeBoundedMemoryAndForgetNobodysTaking(t *testing.T) {
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	q := New(c.now)
	q.Take("first", 10, 10)
	for n := range 3 * callers {
		q.Take(fmt.Sprint(n), 1, 10)
	}
	if len(q.full) > callers+1 {
		t.Errorf("%d callers are held", len(q.full))
	}
	if _, ok := q.Take("first", 1, 10); ok {
		t.Error("others drove out what the first had taken")
	}
	c.at = c.at.Add(window)
	if _, ok := q.Take("new", 10, 10); !ok || len(q.full) > 2 {
		t.Errorf("a minute later %d callers are held, and a new one gets: %v", len(q.full), ok)
	}
}
