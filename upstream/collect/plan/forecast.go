package plan

import (
	"slices"
	"time"
)

const (
	// spans is over how many past spans a forecast averages.
	spans = 3
	// remembered bounds how many demands it looks back on. Where they are more, a list is worth it anyway.
	remembered = 4096
)

// forecast expects of a coming span of time what was asked for in the last ones of that length.
type forecast[K comparable] struct {
	began time.Time
	past  []asked[K] // in order of time
}

type asked[K comparable] struct {
	at  time.Time
	key K
}

func (f *forecast[K]) note(at time.Time, demands []Demand[K]) {
	if f.began.IsZero() {
		f.began = at
	}
	for _, d := range demands {
		f.past = append(f.past, asked[K]{at, d.Key})
	}
	if len(f.past) > 2*remembered {
		f.past = slices.Clone(f.past[len(f.past)-remembered:])
	}
}

// expects is how many single readings the coming span will take, if what is known of an identity serves for age: the
// identities asked for in one span, each by the part of the span in which it will be too old.
func (f *forecast[K]) expects(at time.Time, span, age time.Duration, known func(K) time.Time) float64 {
	if span <= 0 {
		return 0
	}
	total, met, slot := 0.0, map[K]bool{}, 0
	for i := len(f.past) - 1; i >= 0; i-- {
		a := f.past[i]
		n := int(at.Sub(a.at) / span)
		if n >= spans {
			break
		}
		if n > slot {
			slot = n
			clear(met)
		}
		if !met[a.key] {
			met[a.key] = true
			fresh := age - at.Sub(known(a.key))
			total += 1 - min(1, max(0, float64(fresh)/float64(span)))
		}
	}
	seen := min(float64(at.Sub(f.began))/float64(span), spans)
	return total / max(1, seen)
}

func (f *forecast[K]) clone() *forecast[K] {
	return &forecast[K]{began: f.began, past: slices.Clone(f.past)}
}
