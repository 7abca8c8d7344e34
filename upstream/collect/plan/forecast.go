package plan

import (
	"maps"
	"slices"
	"time"
)

// memory is how many past generations a forecast averages over, the newest counting most.
const memory = 3

// forecast expects of the coming freshness window what singles alone would have cost in the last ones.
type forecast[K comparable] struct {
	price int
	// singles is when each identity would have been read by one who never buys a list.
	singles map[K]time.Time
	// began and spent are of the current generation, which is one freshness window long.
	began  time.Time
	length time.Duration
	spent  int
	// rates are tokens per second in the last generations, newest first.
	rates []float64
}

func newForecast[K comparable](price int) *forecast[K] {
	return &forecast[K]{price: price, singles: map[K]time.Time{}}
}

func (f *forecast[K]) clone() *forecast[K] {
	c := *f
	c.singles, c.rates = maps.Clone(f.singles), slices.Clone(f.rates)
	return &c
}

// note takes distinct demands. given tells what needs no paying.
func (f *forecast[K]) note(at time.Time, demands []Demand[K], given func(Demand[K]) bool) {
	age := time.Duration(0)
	for _, d := range demands {
		age = max(age, at.Sub(d.Since))
	}
	f.turn(at, age)
	for _, d := range demands {
		if f.singles[d.Key].Before(d.Since) && !given(d) {
			f.singles[d.Key] = at
			f.spent += f.price
		}
	}
}

// turn ends generations that are over.
func (f *forecast[K]) turn(at time.Time, age time.Duration) {
	if f.began.IsZero() {
		f.began, f.length = at, age
		return
	}
	for past := 0; f.length > 0 && at.Sub(f.began) >= f.length && past <= memory; past++ {
		f.rates = append([]float64{float64(f.spent) / f.length.Seconds()}, f.rates[:min(len(f.rates), memory-1)]...)
		f.began, f.spent = f.began.Add(f.length), 0
	}
	if f.length == 0 || at.Sub(f.began) >= f.length {
		f.began, f.length, f.spent = at, age, 0
		for k, t := range f.singles {
			if at.Sub(t) > age {
				delete(f.singles, k)
			}
		}
	}
}

// expects is what singles would cost in the coming span.
func (f *forecast[K]) expects(at time.Time, span time.Duration) float64 {
	if span <= 0 {
		return 0
	}
	// The running generation counts by the part of it that has passed.
	total, weight, w := 0.0, 0.0, 1.0
	if passed := at.Sub(f.began).Seconds(); passed > 0 && f.length > 0 {
		part := min(passed/f.length.Seconds(), 1)
		total, weight = part*float64(f.spent)/passed, part
	}
	for _, r := range f.rates {
		total, weight, w = total+w*r, weight+w, w/2
	}
	if weight == 0 {
		return 0
	}
	return total / weight * span.Seconds()
}
