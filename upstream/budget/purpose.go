package budget

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// purpose is for what something is spent.
type purpose struct {
	by    Attribution
	class Class
}

type amount struct{ calls, tokens int }

// purposes is what was spent for what, on pages of elapsed time, oldest first. It informs and decides nothing, so its
// pages are wider than a tally's grains: a quarter of an hour of a day. A page counts until its newest moment
// is out of reach.
type purposes struct {
	pages []page
}

type page struct {
	end  time.Duration
	rows map[purpose]amount
}

const (
	pagesPerWindow = 96
	// maxRows bounds a page, and an account's answer: callers choose the names of their operations.
	maxRows = 1000
)

// Other stands in every field of an Attribution for those that were too many to list.
const Other = "(other)"

// rest is where a class's purposes go that were too many.
func rest(c Class) purpose { return purpose{Attribution{Other, Other, Other}, c} }

func (p *purposes) add(now, window time.Duration, what purpose, tokens int) {
	width := max(window/pagesPerWindow, 1)
	end := now - now%width + width
	if n := len(p.pages); n == 0 || p.pages[n-1].end != end {
		p.pages = append(p.pages, page{end: end, rows: map[purpose]amount{}})
	}
	rows := p.pages[len(p.pages)-1].rows
	if _, ok := rows[what]; !ok && len(rows) >= maxRows-classes {
		what = rest(what.class)
	}
	sum := rows[what]
	rows[what] = amount{sum.calls + 1, sum.tokens + tokens}
}

// forget drops the pages before from.
func (p *purposes) forget(from time.Duration) {
	n := 0
	for n < len(p.pages) && p.pages[n].end <= from {
		n++
	}
	p.pages = slices.Delete(p.pages, 0, n)
}

// since is what was spent after from, most tokens first.
func (p *purposes) since(from time.Duration) []Spending {
	sums := map[purpose]amount{}
	for _, page := range p.pages {
		if page.end <= from {
			continue
		}
		for what, a := range page.rows {
			sum := sums[what]
			sums[what] = amount{sum.calls + a.calls, sum.tokens + a.tokens}
		}
	}
	list := sorted(sums)
	if len(list) <= maxRows {
		return list
	}
	for _, s := range list[maxRows-classes:] {
		what, other := purpose{s.By, s.Class}, rest(s.Class)
		if what == other {
			continue
		}
		delete(sums, what)
		sum := sums[other]
		sums[other] = amount{sum.calls + s.Calls, sum.tokens + s.Tokens}
	}
	return sorted(sums)
}

func sorted(sums map[purpose]amount) []Spending {
	list := make([]Spending, 0, len(sums))
	for what, a := range sums {
		list = append(list, Spending{By: what.by, Class: what.class, Calls: a.calls, Tokens: a.tokens})
	}
	slices.SortFunc(list, func(a, b Spending) int {
		return cmp.Or(cmp.Compare(b.Tokens, a.Tokens), cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.By.Client, b.By.Client),
			cmp.Compare(a.By.Operation, b.By.Operation), cmp.Compare(a.By.Field, b.By.Field), cmp.Compare(a.Class, b.Class))
	})
	return list
}

// purse is what one client has spent of an account, and holds open.
type purse struct {
	spent    tally
	reserved int
}

// purses are the purses by client's name. Spending without a name has none.
type purses map[string]*purse

// of is client's purse; an empty one that is not kept if there is none.
func (p purses) of(client string) *purse {
	if purse, ok := p[client]; ok {
		return purse
	}
	return &purse{}
}

func (p purses) reserve(client string, tokens int) {
	if client == "" {
		return
	}
	if p[client] == nil {
		p[client] = &purse{}
	}
	p[client].reserved += tokens
}

func (p purses) settle(a Ask, sent bool, now, window time.Duration) {
	purse := p[a.By.Client]
	if purse == nil {
		return
	}
	purse.reserved -= a.Tokens
	if sent {
		purse.spent.add(now, window, a.Class, a.Tokens)
	}
}

// forget drops the purses in which nothing is left since from.
func (p purses) forget(from time.Duration) {
	maps.DeleteFunc(p, func(_ string, purse *purse) bool {
		purse.spent.forget(from)
		return purse.reserved == 0 && len(purse.spent.grains) == 0
	})
}
