package budget

import "time"

// account is what one account has spent, and what may still be.
type account struct {
	tally    tally
	period   period
	vendor   vendor
	reserved spend
	open     map[uint64]*flight
	purses   purses
	purposes purposes
	// swept is when purses and purposes last forgot.
	swept time.Duration
}

// tick brings the account to the present.
func (a *account) tick(l Limits, wall time.Time, now time.Duration) {
	a.period.length = l.Span()
	if l.Reset != nil && !a.period.daily {
		a.period.learn(*l.Reset, now)
	}
	a.period.tick(wall, now)
	oldest := now - a.period.length - 3*slack
	a.tally.forget(oldest)
	if now-a.swept > a.period.length/pagesPerWindow {
		a.swept = now
		a.purses.forget(oldest)
		a.purposes.forget(oldest)
	}
	a.vendor.forget(a.period.began(wall, now))
}

// decide says whether tokens allow an Ask. One that costs none is always allowed.
func (a *account) decide(l Limits, ask Ask, wall time.Time, now time.Duration) Decision {
	from := a.period.from(wall, now)
	used := a.tally.since(from).plus(a.reserved)
	d := Decision{Remaining: Unlimited, ResetsAt: a.period.next(wall, now)}

	limit := l.Tokens
	if limit > 0 {
		least := floor(ask, limit)
		d.Remaining = max(limit-used.total()-least, 0)
		if over := used.total() + ask.Tokens + least - limit; over > 0 && ask.Tokens > 0 {
			d.Because = ShareSpent
			if over <= least {
				d.Because = FloorReached
			}
			d.RetryIn = a.relief(&a.tally, from, over, wall, now, spend.total)
			return d
		}
		if over := used[Refresh] + ask.Tokens - l.RefreshCap(); ask.Class == Refresh && over > 0 && ask.Tokens > 0 {
			d.Remaining, d.Because = 0, RefreshSpent
			d.RetryIn = a.relief(&a.tally, from, over, wall, now, func(s spend) int { return s[Refresh] })
			return d
		}
	}
	if ask.Allowance > 0 {
		purse := a.purses.of(ask.By.Client)
		left := ask.Allowance - purse.spent.since(from).total() - purse.reserved
		if d.Remaining == Unlimited || left < d.Remaining {
			d.Remaining = max(left, 0)
		}
		if over := ask.Tokens - left; over > 0 && ask.Tokens > 0 {
			d.Because, d.RetryIn = AllowanceSpent, a.relief(&purse.spent, from, over, wall, now, spend.total)
			return d
		}
	}
	if a.vendor.known() && ask.Tokens > 0 {
		// left is what there is if the vendor's word includes all that is open, room if it includes none of it.
		left, least := a.vendor.left(0), floor(ask, limit)
		room := a.vendor.left(a.reserved.total()) - least
		if limit > 0 {
			d.Remaining = max(min(d.Remaining, room), 0)
		}
		switch {
		case room >= ask.Tokens:
		case left-least >= ask.Tokens:
			d.Because, d.RetryIn = Unsettled, answerWait
			return d
		case now < a.vendor.probeAt || !d.ResetsAt.IsZero():
			d.Because, d.RetryIn = FloorReached, a.vendor.probeAt-now
			if left < ask.Tokens {
				d.Because = VendorSpent
			}
			if !d.ResetsAt.IsZero() {
				d.RetryIn = d.ResetsAt.Sub(wall)
			}
			return d
		}
	}
	d.Allowed = true
	return d
}

// relief is how long it takes until over tokens have left the window; 0 if that is not foreseeable.
func (a *account) relief(t *tally, from time.Duration, over int, wall time.Time, now time.Duration, of func(spend) int) time.Duration {
	end, ok := t.relief(from, over, of)
	switch next := a.period.next(wall, now); {
	case !ok:
		return 0
	case !next.IsZero():
		return next.Sub(wall)
	default:
		return end + a.period.length - now
	}
}

func (a *account) reserve(r Reservation, now time.Duration) {
	a.open[r.ID] = &flight{Ask: r.Ask, at: now}
	a.reserved[r.Class] += r.Tokens
	a.purses.reserve(r.By.Client, r.Tokens)
	if a.vendor.known() && now >= a.vendor.probeAt {
		a.vendor.probeAt = now + probeEvery
	}
}

// settle moves a reservation to what was spent, now: the vendor may have charged it at any moment up to here.
func (a *account) settle(id uint64, o Outcome, wall time.Time, now time.Duration, latest uint64) {
	f := a.open[id]
	delete(a.open, id)
	a.reserved[f.Class] -= f.Tokens
	a.purses.settle(f.Ask, o.Sent, now, a.period.length)
	if !o.Sent {
		return
	}
	a.tally.add(now, a.period.length, f.Class, f.Tokens)
	a.purposes.add(now, a.period.length, purpose{f.By, f.Class}, f.Tokens)
	switch {
	case o.Limited == ByBudget:
		a.vendor.say(now, f, &figure{asked: f.at, refused: true, by: latest}, a.vendor.limit, a.open)
	case o.Seen.Remaining != nil:
		limit := 0
		if o.Seen.Limit != nil {
			limit = *o.Seen.Limit
		}
		before := a.vendor.said
		if a.vendor.say(now, f, &figure{remaining: *o.Seen.Remaining, asked: f.at}, limit, a.open) {
			if reset, ok := resetBetween(wall.Add(before.asked-now-slack), wall.Add(slack)); ok && !a.period.doubted(now) {
				a.period.learn(reset, now)
			}
		}
	default:
		a.vendor.pass(f, a.open)
		if o.Answered {
			a.vendor.answered(id)
		}
	}
}
