package budget

import "time"

// spend is tokens by class.
type spend [classes]int

func (s spend) total() int { return s[Refresh] + s[Interactive] + s[Mutation] }

func (s spend) plus(o spend) spend {
	for c := range s {
		s[c] += o[c]
	}
	return s
}

// tally is what was spent when, in grains of elapsed time, oldest first. A grain counts whole until its
// newest moment is out of reach, so a window is never underestimated.
type tally struct {
	grains []grain
}

type grain struct {
	end   time.Duration
	spent spend
}

// perWindow is how many grains a window has: 72 s of a day, 250 ms of 5 minutes.
const perWindow = 1200

func (t *tally) add(now, window time.Duration, c Class, tokens int) {
	width := max(window/perWindow, 1)
	end := now - now%width + width
	if n := len(t.grains); n == 0 || t.grains[n-1].end != end {
		t.grains = append(t.grains, grain{end: end})
	}
	t.grains[len(t.grains)-1].spent[c] += tokens
}

// since is what was spent after from.
func (t *tally) since(from time.Duration) spend {
	var sum spend
	for i := len(t.grains) - 1; i >= 0 && t.grains[i].end > from; i-- {
		for c, n := range &t.grains[i].spent {
			sum[c] += n
		}
	}
	return sum
}

// forget drops what was spent before from.
func (t *tally) forget(from time.Duration) {
	n := 0
	for n < len(t.grains) && t.grains[n].end <= from {
		n++
	}
	if n > 0 {
		t.grains = append(t.grains[:0], t.grains[n:]...)
	}
}

// relief is the end of the grain with which, once it is out of reach, at least need tokens (of the kind
// that of picks) spent after from have gone. False: there are not that many.
func (t *tally) relief(from time.Duration, need int, of func(spend) int) (time.Duration, bool) {
	for _, g := range t.grains {
		if g.end <= from {
			continue
		}
		if need -= of(g.spent); need <= 0 {
			return g.end, true
		}
	}
	return 0, false
}
