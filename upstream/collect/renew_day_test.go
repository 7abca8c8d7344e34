package collect_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// wish is one query of a day: a person, by nobody older than the contract, and every third time with permissions, every fifth
// with role assignments.
type wish struct {
	at          time.Duration
	user        int
	permissions bool
	assignments bool
}

// TestI4RecordedDayWithDetails plays 5,000 Zipf-drawn queries over 1,000 people through the whole of it: the picture, the rhythm of a
// quarter of an hour, renewals, details and their caches. What interactive work was charged is at most 1.10 times the
// optimum, in which details are read when somebody wants them and nothing fresh is held.
func TestI4RecordedDayWithDetails(t *testing.T) {
	const (
		contract = 5 * time.Minute
		fresh    = 10 * time.Minute // how long details are
	)
	r := rand.New(rand.NewPCG(7, 7))
	zipf := rand.NewZipf(r, 1.1, 1, 999)
	day := make([]wish, 5000)
	for i := range day {
		day[i] = wish{at: 9*time.Hour + time.Duration(r.NormFloat64()*float64(3*time.Hour)), user: int(zipf.Uint64()) + 1, permissions: i%3 == 0, assignments: i%5 == 0}
		day[i].at = min(max(day[i].at, 0), 24*time.Hour-time.Second).Truncate(time.Second)
	}
	slices.SortFunc(day, func(a, b wish) int { return int(a.at - b.at) })

	renew(t, 1000, budget.Limits{Tokens: 1_000_000, RefreshTokens: 500_000}, func(t *testing.T, h *renewing) {
		h.takes = time.Millisecond
		details := collect.NewDetails(h.costs, collect.DetailSources{Pipedrive: map[person.SourceID]collect.As[collect.PipedriveDetails]{
			acme: func(c wire.Class, g wire.Gate) collect.PipedriveDetails {
				return &papers{company: h.company, w: collect.Work{Class: c, Gate: g}}
			},
		}}, collect.DetailOptions{})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		ended := make(chan error)
		go func() { ended <- details.Run(ctx) }()

		began := time.Now()
		rhythm := 15 * time.Minute
		renewed, lazily := 0, 0
		asked := [2]map[int]time.Duration{{}, {}}
		for _, w := range day {
			for ; rhythm <= w.at; rhythm += 15 * time.Minute {
				time.Sleep(time.Until(began.Add(rhythm)))
				h.collector.Refresh(t.Context())
			}
			time.Sleep(time.Until(began.Add(w.at)))
			user := h.users(t, strconv.Itoa(w.user))
			for _, got := range h.Renew(t.Context(), within(contract), user) {
				if got.Err != nil {
					t.Fatal(got.Err)
				}
				renewed += got.Cost.Tokens
			}
			for kind, wanted := range [2]bool{w.permissions, w.assignments} {
				if !wanted {
					continue
				}
				if at, ok := asked[kind][w.user]; !ok || w.at-at >= fresh {
					lazily, asked[kind][w.user] = lazily+10, w.at
				}
				if kind == 0 {
					answered(t, details.Permissions(t.Context(), people.Asker{}, user))
				} else {
					answered(t, details.RoleAssignments(t.Context(), people.Asker{}, user))
				}
			}
		}
		time.Sleep(time.Second) // what is read behind a stale answer is charged, too
		detailed := 10 * h.made("detail")
		best := optimum(day, contract)
		ratio := float64(renewed+detailed) / float64(best+lazily)
		t.Logf("renewals %d tokens, and %d would have done: %.3f; details %d of %d: %.3f; in all %.3f",
			renewed, best, float64(renewed)/float64(best), detailed, lazily, float64(detailed)/float64(lazily), ratio)
		if ratio > 1.10 || float64(renewed) > 1.10*float64(best) || ratio < 0.99 {
			t.Errorf("%d tokens for renewals where %d would have done, and %d for details where %d would have: %.3f", renewed, best, detailed, lazily, ratio)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func answered[T any](t *testing.T, all []people.Detail[T]) {
	t.Helper()
	for _, d := range all {
		if d.Err != nil || !d.Held {
			t.Fatalf("%+v", d)
		}
	}
}

// optimum is the least that the renewals of a day cost beside a rhythm of a quarter of an hour: best[j] is the least for all up to
// the j-th wish if that buys the list, and between two lists everybody is read singly when too old.
func optimum(day []wish, contract time.Duration) int {
	best := make([]int, len(day)+1)
	for j := range best[1:] {
		best[j+1] = 1 << 40
	}
	least := 1 << 40
	for i := range best {
		list, cost, singles := -contract-1, best[i], map[int]time.Duration{}
		if i > 0 {
			list = day[i-1].at
		}
		for j := i; j < len(day); j++ {
			w := day[j]
			best[j+1] = min(best[j+1], cost+20)
			list = max(list, w.at.Truncate(15*time.Minute)) // the rhythm
			if at, ok := singles[w.user]; list < w.at-contract && (!ok || at < w.at-contract) {
				singles[w.user], cost = w.at, cost+2
			}
			if cost >= best[j+1] && j < len(day)-1 {
				cost = 1 << 40 // whoever buys the list here is better off
				break
			}
		}
		least = min(least, cost)
	}
	return least
}

// papers answers details of a company, for ten tokens each.
type papers struct {
	*company
	w collect.Work
}

func (p *papers) Permissions(ctx context.Context, _ int64) ([]person.Permission, error) {
	return []person.Permission{{Name: "can_use_api"}}, p.call(ctx, p.w, "users.permissions", "detail")
}

func (p *papers) RoleAssignments(ctx context.Context, _ int64) ([]person.RoleAssignment, error) {
	return []person.RoleAssignment{{RoleID: 1}}, p.call(ctx, p.w, "users.roleAssignments", "detail")
}

func (p *papers) RoleSettings(ctx context.Context, _ int64) ([]person.RoleSetting, error) {
	return nil, p.call(ctx, p.w, "users.roleSettings", "detail")
}

func (p *papers) Followers(ctx context.Context, _ int64, _ string) ([]person.Follower, string, error) {
	return nil, "", p.call(ctx, p.w, "users.followers", "detail")
}
