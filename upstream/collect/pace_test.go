package collect

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPace(t *testing.T) {
	const every = 15 * time.Minute
	day := Prospect{Limited: true, Spare: 10_000, Cap: 10_000, Horizon: 24 * time.Hour, Healthy: true}
	for name, c := range map[string]struct {
		rhythm   Rhythm
		prospect func(*Prospect)
		want     time.Duration
	}{
		"plenty keeps the rhythm":       {Rhythm{Price: 20}, func(*Prospect) {}, every},
		"an unknown price keeps it":     {Rhythm{}, func(p *Prospect) { p.Spare = 0 }, every},
		"counted alone keeps it":        {Rhythm{Price: 20}, func(p *Prospect) { p.Limited, p.Spare = false, 0 }, every},
		"half of the rest, evenly":      {Rhythm{Price: 20}, func(p *Prospect) { p.Spare = 960 }, time.Hour},
		"its own cap, evenly":           {Rhythm{Price: 20}, func(p *Prospect) { p.Cap = 480 }, time.Hour},
		"two who share":                 {Rhythm{Price: 20}, func(p *Prospect) { p.Spare, p.Sharers = 960, 2 }, 2 * time.Hour},
		"a dear reading":                {Rhythm{Price: 500}, func(*Prospect) {}, 144 * time.Minute},
		"nothing left: the reset":       {Rhythm{Price: 20}, func(p *Prospect) { p.Spare, p.Horizon = 0, 5*time.Hour }, 5 * time.Hour},
		"less than nothing left":        {Rhythm{Price: 20}, func(p *Prospect) { p.Spare, p.Horizon = -300, 5*time.Hour }, 5 * time.Hour},
		"less than one reading":         {Rhythm{Price: 20}, func(p *Prospect) { p.Spare, p.Horizon = 30, 5*time.Hour }, 5 * time.Hour},
		"the reset is near":             {Rhythm{Price: 20}, func(p *Prospect) { p.Spare, p.Horizon = 200, time.Hour }, every},
		"refilled before it is read":    {Rhythm{Price: 3000}, func(p *Prospect) { p.Spare, p.Horizon = 10, 5*time.Minute }, every},
		"stopped":                       {Rhythm{Price: 20}, func(p *Prospect) { p.Stopped = 3 * time.Hour }, 3 * time.Hour},
		"stopped for a moment":          {Rhythm{Price: 20}, func(p *Prospect) { p.Stopped = time.Minute }, every},
		"asked, and no faster allowed":  {Rhythm{Price: 20, Asked: true, Least: every}, func(*Prospect) {}, every},
		"asked and plenty":              {Rhythm{Price: 20, Asked: true, Least: 10 * time.Minute}, func(*Prospect) {}, 10 * time.Minute},
		"at most twice as often":        {Rhythm{Price: 20, Asked: true, Least: time.Minute}, func(*Prospect) {}, every / 2},
		"plenty, and nobody asks":       {Rhythm{Price: 20, Least: time.Minute}, func(*Prospect) {}, every},
		"asked, and only just enough":   {Rhythm{Price: 20, Asked: true, Least: time.Minute}, func(p *Prospect) { p.Spare = 5_000 }, every},
		"asked below the first floor":   {Rhythm{Price: 20, Asked: true, Least: time.Minute}, func(p *Prospect) { p.Healthy = false }, every},
		"asked, and the budget is gone": {Rhythm{Price: 20, Asked: true, Least: time.Minute}, func(p *Prospect) { p.Spare = 480 }, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			p := day
			c.prospect(&p)
			c.rhythm.Every = every
			got, reason := pace(c.rhythm, p)
			if got != c.want || (reason == "") != (got == every && p.Stopped == 0) {
				t.Errorf("%s (%q), want %s", got, reason, c.want)
			}
		})
	}
}

// TestADayNeverEndsInStarvation lives days of any size, in which others eat what they like, evenly or in gulps. Readings that
// follow the pace never touch what is kept, and while others eat evenly none is far from the one before, to the day's end.
func TestADayNeverEndsInStarvation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const day = 24 * time.Hour
		var (
			rhythm = Rhythm{
				Every: time.Duration(rapid.IntRange(1, 60).Draw(t, "every")) * time.Minute,
				Price: rapid.IntRange(1, 200).Draw(t, "price"),
			}
			limit  = rapid.IntRange(10*rhythm.Price, 40_000).Draw(t, "limit")
			kept   = limit / 20
			left   = limit
			read   int
			greed  = rapid.IntRange(0, 90).Draw(t, "greed")
			bursts = rapid.IntRange(0, 20).Draw(t, "bursts")
			others = limit * greed / 100
			eaten  int
			gaps   []time.Duration
			due    time.Duration
		)
		rhythm.Least = rhythm.Every
		for now := time.Duration(0); now < day; now += time.Minute {
			// The others: evenly, or in some gulps.
			want := others * int(now/time.Minute) / (24 * 60)
			if bursts > 0 {
				want = others * min(int(now*time.Duration(bursts)/day)+1, bursts) / bursts
			}
			if n := min(want-eaten, left-kept); n > 0 {
				eaten, left = eaten+n, left-n
			}
			p := Prospect{Limited: true, Spare: left - kept, Cap: limit/2 - read, Horizon: day - now, Healthy: left*5 > limit}
			pause, _ := pace(rhythm, p)
			if len(gaps) > 0 && now-due < pause {
				continue // thought over: not yet
			}
			if left-kept < rhythm.Price || limit/2-read < rhythm.Price {
				continue
			}
			if len(gaps) > 0 && now-due < rhythm.Every {
				t.Fatalf("read again after %s", now-due)
			}
			read, left = read+rhythm.Price, left-rhythm.Price
			gaps, due = append(gaps, now-due), now
		}
		if left < kept {
			t.Fatalf("%d are left, %d were to be kept", left, kept)
		}
		// While readings' half of what others leave pays for many, none is far from the one before.
		share := min(limit-kept-others, limit) / 2
		if share < 40*rhythm.Price || bursts > 0 {
			return // a gulp can take what readings had counted on
		}
		if len(gaps) == 0 {
			t.Fatal("nothing was read all day")
		}
		even := max(rhythm.Every, time.Duration(float64(day)*float64(rhythm.Price)/float64(share)))
		for i, g := range gaps[1:] {
			if bound := 2*even + 2*rhythm.Every; g > bound {
				t.Fatalf("gap %d is %s, even parts are %s", i, g, even)
			}
		}
		// Others who take more than their half leave nothing to anybody at the end, however readings are paced. Where they eat
		// o a day and readings half of what is left in equal parts, all is gone when (1 - half/o)² of the day is left.
		var dry time.Duration
		if half := (limit - kept) / 2; others > half {
			over := 1 - float64(half)/float64(others)
			dry = time.Duration(over * over * float64(day))
		}
		if silent := day - due; silent > dry+3*even+2*rhythm.Every {
			t.Fatalf("silent for the last %s, even parts are %s, dry for %s", silent, even, dry)
		}
	})
}
