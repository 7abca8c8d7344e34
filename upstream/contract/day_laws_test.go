package contract_test

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// dayTokens is Manifold's share of a day. Of what the company has, 40 % are eaten by somebody else.
const dayTokens = 3000

// evenly eats so much between 8:00 and 16:00, gulp at 10:00.
func evenly(tokens int) func(minute int) int {
	return func(minute int) int {
		if minute >= 8*60 && minute < 16*60 && minute%2 == 0 {
			return tokens / 240
		}
		return 0
	}
}

func gulp(tokens int) func(minute int) int {
	return func(minute int) int {
		if minute == 10*60 {
			return tokens
		}
		return 0
	}
}

// TestI3_ADayWithOthersBeforeRealSimulators is a working day of the real clients before the real simulators, which enforce the company's budget: 40 % of it is eaten
// by someone else; refreshes stretch, interactive reads never starve, the last 5 % is still there for acts.
func TestI3_ADayWithOthersBeforeRealSimulators(t *testing.T) {
	t.Parallel()
	midnight := time.Duration(0)
	whole := tariff{budget: dayTokens, share: dayTokens, reset: &midnight, paced: true}
	unknown := whole
	unknown.reset = nil
	// A share of 60 % needs no word of Pipedrive's, and it is the share that binds.
	portion := tariff{budget: 5000, share: dayTokens, reset: &midnight, blind: true, paced: true}
	for name, c := range map[string]struct {
		tariff
		eats func(minute int) int
	}{
		"evenly":                   {whole, evenly(1200)},
		"in a gulp":                {whole, gulp(1200)},
		"evenly, reset not known":  {unknown, evenly(1200)},
		"in a gulp, reset unknown": {unknown, gulp(1200)},
		"of 5,000, and unseen":     {portion, gulp(2000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := live(t, c.tariff, c.eats)
			d.keepsI1(t)
			d.keepsI3(t)
			d.serves(t)
			d.stretches(t)
		})
	}
}

// keepsI1: the simulator's meter shows no token over the share, and no refusal.
func (d *day) keepsI1(t *testing.T) {
	t.Helper()
	ours := 0
	for _, l := range d.today() {
		if l.Kind == wire.OK {
			ours += l.Tokens
		}
	}
	if d.spentToday > d.share || d.spentToday != ours {
		t.Errorf("%d tokens of %d were charged, and %d attributed", d.spentToday, d.share, ours)
	}
	for why, n := range d.refused {
		t.Errorf("Pipedrive refused %d requests: %s", n, why)
	}
}

// keepsI3: refreshing never touches the last 20 %, except by the plain list, and no read the last 5 %. What others have
// spent since the last answer nobody can know; and who does not know the reset may look for it every half an hour.
func (d *day) keepsI3(t *testing.T) {
	t.Helper()
	var (
		before          line
		low, denied     int
		refreshFloor    = d.share / 5
		interactiveLeft = d.share / 20
	)
	for _, l := range d.today() {
		list := l.Operation == "users.list"
		least := interactiveLeft
		switch {
		case l.Class == wire.Mutation:
			continue
		case l.Class == wire.Refresh && !list:
			least = refreshFloor
		}
		if l.Kind == wire.Refused && l.Class == wire.Refresh && !list && l.left < refreshFloor {
			denied++
		}
		if l.Kind != wire.OK {
			continue
		}
		unseen := l.others - before.others
		probe := d.reset == nil && l.at.Sub(before.at) >= 30*time.Minute
		if l.left+unseen < least && !probe {
			t.Errorf("%s %s (%s) left %d of %d, and had to leave %d", l.at.Format("15:04:05"), l.Operation, l.Class, l.left, d.share, least)
		}
		if list && l.Class == wire.Refresh && l.left < refreshFloor {
			low++
		}
		before = l
	}
	if !d.blind && (low < 3 || denied < 3) {
		t.Errorf("below 20 %% %d lists were read, and %d other refreshes were not", low, denied)
	}
}

// serves: whoever asked was answered, and acts have what was kept for them even after somebody has read all that may be read.
func (d *day) serves(t *testing.T) {
	t.Helper()
	for _, err := range d.unanswered {
		t.Errorf("somebody was not answered: %v", err)
	}
	reads, spent := 0, 0
	for _, l := range d.today() {
		if l.Class == wire.Interactive && l.at.Before(d.evening) {
			reads, spent = reads+1, spent+l.Tokens
			if l.Kind != wire.OK {
				t.Errorf("at %s %s was answered %s", l.at.Format("15:04:05"), l.Operation, l.Kind)
			}
		}
	}
	if spent < 400 {
		t.Errorf("people asked for %d tokens only", spent)
	}
	acts := d.share / 20 / 10
	if least := d.share / 20; d.kept < least || d.drained < least || d.drained > least+3*20+2 {
		t.Errorf("%d tokens were left, and %d after a reader without manners", d.kept, d.drained)
	}
	if d.failed != nil || d.acts != acts || fault.KindOf(d.beyond) != fault.BudgetExhausted {
		t.Errorf("%d of %d acts went through: %v; and the next was told %v", d.acts, acts, d.failed, d.beyond)
	}
	t.Logf("%d interactive calls for %d tokens; %d kept, %d after the greedy reader, %d acts, %d of %d spent", reads, spent, d.kept, d.drained, d.acts, d.spentToday, d.share)
}

// stretches: fewer lists than at the rhythm, and no two farther apart than half of what was then left pays for in even parts. A
// pause is thought over once a rhythm, so it may be one longer; and it is never more than eight.
func (d *day) stretches(t *testing.T) {
	t.Helper()
	lists, longest, morning := 0, time.Duration(0), time.Duration(0)
	last := d.midnight.Add(-24*time.Hour + 2*time.Minute)
	refresh := 0 // comes back within the window while that rolls
	for _, l := range d.lines {
		if l.Class != wire.Refresh || l.Kind != wire.OK {
			continue
		}
		if l.at.After(d.midnight) {
			if l.Operation == "users.list" && morning == 0 {
				morning = l.at.Sub(d.midnight)
			}
			continue
		}
		refresh += l.Tokens
		if l.Operation != "users.list" {
			continue
		}
		horizon, back := d.midnight.Add(time.Minute).Sub(last), 0
		if d.reset == nil {
			horizon, back = 24*time.Hour, refresh-l.Tokens
		}
		gap, spare := l.at.Sub(last), l.left+l.Tokens-d.share/20+back
		const price = 22 // the first reading's
		even := time.Duration(float64(horizon) * price / (float64(max(spare, 1)) / 2))
		if bound := max(even, rhythm) + rhythm + time.Minute; gap > bound {
			t.Errorf("the list of %s came %s after the last, with %d tokens left for %s: at most %s", l.at.Format("15:04"), gap, spare, horizon, bound)
		}
		lists, longest, last = lists+1, max(longest, gap), l.at
	}
	longest = max(longest, d.evening.Sub(last))
	if most := int(24 * time.Hour / rhythm); lists >= most*3/4 || lists < most/3 || longest > 8*rhythm {
		t.Errorf("%d lists of %d were read, with %s between two", lists, most, longest)
	}
	if morning == 0 || morning > time.Hour {
		t.Errorf("the first list of the next day came %s after the reset", morning)
	}
	t.Logf("%d lists, at most %s apart, the next day's first after %s", lists, longest.Round(time.Minute), morning.Round(time.Second))
}

// today is what was attempted from midnight to midnight.
func (d *day) today() []line {
	for i, l := range d.lines {
		if !l.at.Before(d.midnight) {
			return d.lines[:i]
		}
	}
	return d.lines
}

// TestADayWithoutPacingBeforeRealSimulators shows what pacing is for: the same day at a fixed rhythm is refused from the afternoon on, its picture
// freezes, and others eat what was kept for acts before anybody has read how little is left.
func TestADayWithoutPacingBeforeRealSimulators(t *testing.T) {
	t.Parallel()
	d := live(t, tariff{budget: dayTokens, share: dayTokens, reset: new(time.Duration)}, evenly(1200))
	var last time.Time
	for _, l := range d.today() {
		if l.Operation == "users.list" && l.Class == wire.Refresh && l.Kind == wire.OK {
			last = l.at
		}
	}
	frozen := d.midnight.Sub(last)
	if len(d.unanswered) == 0 || frozen < 4*time.Hour {
		t.Errorf("a fixed rhythm has done no harm: %d questions were not answered, and the picture froze for %s", len(d.unanswered), frozen)
	}
	if d.spentToday > d.share {
		t.Errorf("%d tokens of %d were charged", d.spentToday, d.share)
	}
	t.Logf("%d questions not answered, %d of %d acts, no list for %s", len(d.unanswered), d.acts, d.share/20/10, frozen.Round(time.Minute))
}
