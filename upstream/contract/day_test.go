package contract_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	simdrive "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// question is one that a human asks on a working day.
type question struct {
	at   time.Duration
	user int // a rank of popularity
	what int // of a hundred
}

// questions are a day's: at office hours, most at noon, and of few people often.
func questions() []question {
	r := rand.New(rand.NewPCG(11, 23))
	zipf := rand.NewZipf(r, 1.3, 2, 49)
	day := make([]question, 160)
	for i := range day {
		at := 13*time.Hour + time.Duration(r.NormFloat64()*float64(150*time.Minute))
		day[i] = question{min(max(at, 8*time.Hour), 18*time.Hour), int(zipf.Uint64()) + 1, r.IntN(100)}
	}
	return day
}

// ask asks it as the graph does, and gives what went wrong.
func (o *office) ask(ctx context.Context, q question) (errs []error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	who := people.Asker{Client: "frontend", Operation: "Person"}
	users := []*person.Identity{o.user(q.user)}
	switch {
	case q.what < 50: // a page, from memory
		if _, err := o.view().People(directory.PeopleQuery{Window: directory.Window{First: 25}}); err != nil {
			errs = append(errs, err)
		}
	case q.what < 70:
		errs = append(errs, o.details.Permissions(ctx, who, users)[0].Err)
	case q.what < 80:
		errs = append(errs, o.details.RoleSettings(ctx, who, users)[0].Err)
	case q.what < 85:
		errs = append(errs, o.details.RoleAssignments(ctx, who, users)[0].Err)
	case q.what < 90:
		errs = append(errs, o.details.Followers(ctx, who, users)[0].Err)
	default:
		who.Wanted.MaxAge = new(5 * time.Minute)
		for _, r := range o.renewer.Renew(ctx, who, users) {
			errs = append(errs, r.Err)
		}
	}
	return errs
}

// day is what came of one.
type day struct {
	*office
	// unanswered is what went wrong with what humans asked.
	unanswered []error
	// kept is what was left before acts; drained what a greedy reader then left.
	kept, drained int
	// acts went through before one failed.
	acts   int
	failed error
	// beyond is what an act was told that came when all was spent.
	beyond error
	// spentToday is what the simulator charged to Manifold from midnight to midnight, refused whom it had to refuse.
	spentToday int
	refused    map[string]int
	// evening is when the greedy reader came, midnight the end of the day.
	evening, midnight time.Time
}

// live lives a day and three hours. From two minutes past midnight on Pipedrive is read every 15 minutes if the budget allows,
// and so are the other two; from 8:00 to 18:00 people ask; every hour a webhook names two users; others eat what they
// like. At 18:30 Pipedrive fails three times. At 23:50 somebody reads all that may be read, and then an administrator
// deactivates as many users as the last 5 % pay for, and tries one more.
func live(t *testing.T, f tariff, eats func(minute int) int) day {
	var d day
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, f)
		d.office = o
		d.midnight = time.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
		o.run(t)
		asked := d.askAll(t)
		for minute := 3; minute < 23*60+50; minute++ {
			o.eat(eats(minute))
			switch {
			case minute%60 == 37:
				d.hook(minute / 60)
			case minute == 18*60+30:
				o.transport.broken.Store(3)
			}
			time.Sleep(time.Until(d.midnight.Add(time.Duration(minute-24*60+1) * time.Minute)))
		}
		asked()
		d.evening, d.kept = time.Now(), o.left()
		d.drain(t)
		d.act(t)
		time.Sleep(time.Until(d.midnight))
		d.spentToday = o.spent()
		o.turn()
		time.Sleep(3 * time.Hour)
		d.refused = o.server.Usage().Refused
		o.close()
	})
	return d
}

// askAll lets people ask; the function that it gives waits for the last answer.
func (d *day) askAll(t *testing.T) (wait func()) {
	var (
		mu    sync.Mutex
		asked sync.WaitGroup
		began = d.midnight.Add(-24 * time.Hour)
	)
	for _, q := range questions() {
		asked.Go(func() {
			time.Sleep(time.Until(began.Add(q.at)))
			for _, err := range d.ask(t.Context(), q) {
				if err != nil {
					mu.Lock()
					d.unanswered = append(d.unanswered, err)
					mu.Unlock()
				}
			}
		})
	}
	return asked.Wait
}

// hook tells of two users who have changed.
func (d *day) hook(hour int) {
	for n := range 2 {
		u := d.user(2*hour + n)
		d.server.Edit(d.company(), u.Pipedrive.UserID, func(u *simdrive.User) { u.Name += "!" })
		d.renewer.MarkDirty(drive, u.Key)
	}
}

// drain reads as a batch job without manners does.
func (d *day) drain(t *testing.T) {
	reader := d.client.As(wire.Interactive, d.costs.Gate(budget.Attribution{Client: "batch"}))
	users := d.server.Users(d.company())
	for i := 0; ; i++ {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err := reader.User(ctx, users[i%len(users)].ID)
		cancel()
		if fault.KindOf(err) == fault.BudgetExhausted {
			break
		}
		must(t, err)
	}
	d.drained = d.left()
}

// act deactivates users, and sees whether they are.
func (d *day) act(t *testing.T) {
	admin := d.client.As(wire.Mutation, d.costs.Gate(budget.Attribution{Client: "admin"}))
	deactivate := func(id int64) error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := admin.SetUserActive(ctx, id, false)
		return err
	}
	for _, u := range d.server.Users(d.company()) {
		if !u.Active || u.HasCreatedCompany {
			continue
		}
		if d.acts == d.share/20/10 {
			d.beyond = deactivate(u.ID)
			return
		}
		if err := deactivate(u.ID); err != nil {
			d.failed = err
			return
		}
		if after := d.find(u.ID); after.Active {
			t.Errorf("act %d has done nothing", d.acts)
		}
		d.acts++
	}
}

func (o *office) find(id int64) *simdrive.User {
	for _, u := range o.server.Users(o.company()) {
		if u.ID == id {
			return u
		}
	}
	return nil
}
