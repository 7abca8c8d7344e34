package budget

import "time"

const (
	// slack is by how much our wall clock and the vendor's may differ around a reset: what is spent within
	// it counts in both days.
	slack = time.Minute
	// stepped is the change of the wall against elapsed time that is called a step.
	stepped = slack / 2
)

// period says how far back spending counts. Without a reset that is the whole window, rolling. With
// one it is the vendor's day; but for a whole window after the wall clock was stepped, or the reset moved,
// it rolls again, for then the wall cannot be trusted to say which day a token belongs to.
type period struct {
	length time.Duration
	// reset is the vendor's reset as time after midnight UTC; meaningful if daily.
	reset time.Duration
	daily bool

	anchored bool
	anchor   time.Duration // wall minus elapsed
	// rolls is the elapsed time until which the period rolls whatever reset says.
	rolls time.Duration
}

// tick notes the two times; call it before reach.
func (p *period) tick(wall time.Time, now time.Duration) {
	offset := time.Duration(wall.UnixNano()) - now
	switch {
	case !p.anchored:
		p.anchored, p.anchor = true, offset
	case (offset - p.anchor).Abs() > stepped:
		p.anchor, p.rolls = offset, now+p.length
	}
}

// learn sets the vendor's reset.
func (p *period) learn(reset, now time.Duration) {
	if p.length != day || p.daily && p.reset == reset {
		return
	}
	if p.daily {
		p.rolls = now + p.length
	}
	p.daily, p.reset = true, reset
}

func (p *period) rolling(now time.Duration) bool { return !p.daily || p.doubted(now) }

// doubted tells whether the wall does not say what hour it is for the vendor.
func (p *period) doubted(now time.Duration) bool { return now < p.rolls }

// from is the elapsed time after which spending counts.
func (p *period) from(wall time.Time, now time.Duration) time.Duration {
	if p.rolling(now) {
		return now - p.length
	}
	last := lastReset(wall.Add(-slack), p.reset)
	return now - wall.Sub(last) - slack
}

// began is the elapsed time before which nothing that the vendor said of its budget holds any more.
func (p *period) began(wall time.Time, now time.Duration) time.Duration {
	from := p.from(wall, now)
	if !p.rolling(now) {
		from += 2 * slack
	}
	return from
}

// next is the wall time of the coming reset, slack included; zero while the period rolls.
func (p *period) next(wall time.Time, now time.Duration) time.Time {
	if p.rolling(now) {
		return time.Time{}
	}
	return lastReset(wall.Add(-slack), p.reset).Add(day + slack)
}

// lastReset is the latest moment not after t at which the vendor's day began.
func lastReset(t time.Time, reset time.Duration) time.Time {
	begin := t.UTC().Truncate(day).Add(reset)
	if begin.After(t) {
		begin = begin.Add(-day)
	}
	return begin.Round(0)
}
