package budgettest

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// flight is a request under way.
type flight struct {
	r    budget.Reservation
	sent time.Duration
}

// world drives one store through a random history.
type world struct {
	t       *rapid.T
	clock   *Clock
	store   budget.Store
	limits  budget.Limits
	flying  []flight
	oracle  oracle
	wrongAt time.Duration
	wrong   bool
}

// The clients of the laws; those who are not in allowances have none.
var (
	clients    = []string{"", "frontend", "batch", "admin"}
	fields     = []string{"", "PipedriveUser.permissions", "PipedriveUser.followers"}
	allowances = map[string]int{"frontend": 25, "batch": 60}
)

// laws says: whatever happens in whatever order, no window of tokens or requests is ever overspent.
func laws(t *testing.T, newStore func(budget.Clock) budget.Store) {
	reset := 7 * time.Hour
	for name, limits := range map[string]budget.Limits{
		"rolling day":    {Account: "a", Tokens: 300, RefreshTokens: 120, Credential: "c", Burst: 4},
		"vendor's day":   {Account: "a", Tokens: 80, RefreshTokens: 40, Credential: "c", Reset: &reset},
		"five minutes":   {Account: "a", Tokens: 30, Window: 5 * time.Minute, Credential: "c", Burst: 12},
		"counted":        {Account: "a", Credential: "c", Burst: 3},
		"without bursts": {Account: "a", Tokens: 300, Credential: "c"},
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			clock := &Clock{}
			w := &world{t: t, clock: clock, store: newStore(clock), limits: limits}
			// The wall is right when the ledger first looks at it; a ledger born under a wrong one cannot know, and
			// takes it for a reset that is configured wrongly.
			w.read()
			for range rapid.IntRange(1, 200).Draw(t, "steps") {
				w.step()
			}
			for len(w.flying) > 0 {
				w.settle(len(w.flying) - 1)
			}
			w.judge()
		}))
	}
}

func (w *world) step() {
	switch rapid.SampledFrom([]string{"reserve", "reserve", "reserve", "settle", "settle", "pass", "step"}).Draw(w.t, "do") {
	case "reserve":
		w.reserve()
	case "settle":
		if n := len(w.flying); n > 0 {
			w.settle(rapid.IntRange(0, n-1).Draw(w.t, "which"))
		}
	case "pass":
		unit := rapid.SampledFrom([]time.Duration{time.Millisecond, 100 * time.Millisecond, time.Second, time.Minute, 20 * time.Minute, 2 * time.Hour}).Draw(w.t, "unit")
		w.pass(unit * time.Duration(rapid.IntRange(1, 11).Draw(w.t, "times")))
	case "step":
		w.wrong, w.wrongAt = !w.wrong, w.clock.Elapsed()
		w.clock.Step(0)
		if w.wrong {
			w.clock.Step(time.Duration(rapid.IntRange(-30*3600, 30*3600).Draw(w.t, "seconds")) * time.Second)
		}
	}
}

// pass lets time go by. A wrong wall is put right within the day, as any machine's is: one that is wrong for
// ever is as good as a wrongly configured reset, which nothing can detect.
func (w *world) pass(d time.Duration) {
	if w.wrong && w.clock.Elapsed()+d > w.wrongAt+20*time.Hour {
		w.wrong = false
		w.clock.Step(0)
	}
	w.clock.Advance(d)
}

func (w *world) reserve() {
	ask := budget.Ask{
		Class:     budget.Class(rapid.IntRange(0, 2).Draw(w.t, "class")),
		Tokens:    rapid.SampledFrom([]int{0, 1, 2, 10, 20, 40}).Draw(w.t, "tokens"),
		Slots:     rapid.IntRange(0, 2).Draw(w.t, "slots"),
		Essential: rapid.Bool().Draw(w.t, "essential"),
		By:        budget.Attribution{Client: rapid.SampledFrom(clients).Draw(w.t, "client"), Field: rapid.SampledFrom(fields).Draw(w.t, "field")},
	}
	ask.Allowance = allowances[ask.By.Client]
	d, r, err := w.store.Reserve(w.t.Context(), w.limits, ask)
	if err != nil {
		w.t.Fatalf("Reserve: %v", err)
	}
	if !d.Allowed {
		if d.Because == budget.Admitted || d.RetryIn < 0 {
			w.t.Fatalf("a refusal without a reason: %+v", d)
		}
		return
	}
	now := w.clock.Elapsed()
	w.flying = append(w.flying, flight{r: r, sent: now})
	w.floors(ask, now)
}

// floors judges what was just admitted: what the last window holds, as the vendor may have counted it.
func (w *world) floors(ask budget.Ask, now time.Duration) {
	if w.limits.Reset != nil || ask.Tokens == 0 {
		return
	}
	length := w.length()
	all := w.oracle.within(now-length+1, now+1, tokens)
	refresh := w.oracle.within(now-length+1, now+1, refreshTokens)
	client := w.oracle.within(now-length+1, now+1, of(ask.By.Client))
	for _, f := range w.flying {
		all += f.r.Tokens
		if f.r.By.Client == ask.By.Client {
			client += f.r.Tokens
		}
		if f.r.Class == budget.Refresh {
			refresh += f.r.Tokens
		}
	}
	if ask.Allowance > 0 && client > ask.Allowance {
		w.t.Fatalf("%+v went through: its client has spent %d", ask, client)
	}
	if w.limits.Tokens == 0 {
		return
	}
	least := 0.05
	switch {
	case ask.Class == budget.Mutation:
		least = 0
	case ask.Class == budget.Refresh && !ask.Essential:
		least = 0.20
	}
	if float64(all) > float64(w.limits.Tokens)*(1-least) {
		w.t.Fatalf("%+v went through with %d of %d spent", ask, all, w.limits.Tokens)
	}
	if maximum := w.limits.RefreshTokens; ask.Class == budget.Refresh && maximum > 0 && refresh > maximum {
		w.t.Fatalf("refresh spent %d, more than its %d", refresh, maximum)
	}
}

func (w *world) settle(i int) {
	f := w.flying[i]
	w.flying = append(w.flying[:i], w.flying[i+1:]...)
	before := w.read()
	out := budget.Outcome{Sent: rapid.IntRange(0, 4).Draw(w.t, "sent") > 0}
	if out.Sent {
		out.Answered = rapid.Bool().Draw(w.t, "answered")
		took := w.clock.Elapsed() - f.sent
		w.oracle.requests = append(w.oracle.requests, request{
			sent: f.sent, settled: w.clock.Elapsed(), arrived: f.sent + time.Duration(rapid.Float64Range(0, 1).Draw(w.t, "arrived")*float64(took)),
			tokens: f.r.Tokens, slots: max(f.r.Slots, 1), class: f.r.Class, by: f.r.By,
		})
	}
	if err := w.store.Settle(w.t.Context(), w.limits, f.r, out); err != nil {
		w.t.Fatalf("Settle: %v", err)
	}
	after := w.read()
	if after.Reserved != before.Reserved-f.r.Tokens {
		w.t.Fatalf("reserved %d, after settling %d it is %d", before.Reserved, f.r.Tokens, after.Reserved)
	}
	spent := 0
	if out.Sent {
		spent = f.r.Tokens
	}
	if after.Spent != before.Spent+spent {
		w.t.Fatalf("spent %d, after settling %d (sent: %t) it is %d", before.Spent, f.r.Tokens, out.Sent, after.Spent)
	}
}

func (w *world) read() budget.Readout {
	r, err := w.store.Read(w.t.Context(), w.limits)
	if err != nil {
		w.t.Fatalf("Read: %v", err)
	}
	return r
}

func (w *world) judge() {
	if w.limits.Burst > 0 {
		if err := w.oracle.overAny(2*time.Second, w.limits.Burst, "requests", slots); err != nil {
			w.t.Fatal(err)
		}
	}
	if w.limits.Tokens > 0 {
		w.over(w.limits.Tokens, tokens)
	}
	for client, limit := range allowances {
		w.over(limit, of(client))
	}
	w.attribution()
}

func (w *world) over(limit int, of func(request) int) {
	var err error
	if w.limits.Reset != nil {
		err = w.oracle.overDay(*w.limits.Reset, limit, of)
	} else {
		err = w.oracle.overAny(w.length(), limit, "tokens", of)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) length() time.Duration {
	if w.limits.Window > 0 {
		return w.limits.Window
	}
	return 24 * time.Hour
}

// attribution: every token of the window is in one row, and nothing that is long gone is in any.
func (w *world) attribution() {
	rows, err := w.store.Spent(w.t.Context(), w.limits)
	if err != nil {
		w.t.Fatalf("Spent: %v", err)
	}
	type key struct {
		by    budget.Attribution
		class budget.Class
	}
	most := map[key][2]int{}
	for _, r := range w.oracle.requests {
		if r.settled > w.clock.Elapsed()-w.length()-w.length()/20-5*time.Minute {
			sum := most[key{r.by, r.class}]
			most[key{r.by, r.class}] = [2]int{sum[0] + 1, sum[1] + r.tokens}
		}
	}
	total := 0
	for _, s := range rows {
		k := key{s.By, s.Class}
		if limit, ok := most[k]; !ok || s.Calls > limit[0] || s.Tokens > limit[1] {
			w.t.Fatalf("%+v, and the vendor saw at most %v", s, limit)
		}
		delete(most, k)
		total += s.Tokens
	}
	if spent := w.read().Spent; total < spent {
		w.t.Fatalf("%d tokens are attributed, and %d were spent", total, spent)
	}
}
