package collect

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/person"
)

// RegisterOptions are what a Register can do without.
type RegisterOptions struct {
	// Log is silent when nil.
	Log *slog.Logger
	// Every is how often the store is asked what other replicas did, and what could not be stored is tried again; 2 s when 0.
	Every time.Duration
	// Patience is how long a picture waits for the store to seat those who are new; 5 s when 0. After that it is shown with
	// the ids that they will most probably have.
	Patience time.Duration
}

// Register gives people the ids that they keep, from a store that all replicas have. A store that does not answer holds no
// picture up: ids are then what they were, and what is new is stored later.
type Register struct {
	store    lineage.Store
	personID func(person.Key) person.ID
	log      *slog.Logger
	every    time.Duration
	patience time.Duration
	wake     chan struct{}

	asking   chan struct{} // holds a token while somebody asks the store; taken before mu
	revision int64         // up to which the store was read

	mu   sync.RWMutex // guards what follows
	book *lineage.Book
	// unstored are seats that the store has not given yet, and moves what it has not been told yet.
	unstored []lineage.Seat
	moves    map[person.Key]lineage.Move
	// newest is the greatest age that the store is known to have given.
	newest int64
	// mistaken tells that pictures were made with other seats than the store's.
	mistaken bool
}

var _ directory.Names = (*Register)(nil)

// NewRegister makes an empty Register. personID proposes ids; two keys never share one.
func NewRegister(store lineage.Store, personID func(person.Key) person.ID, o RegisterOptions) *Register {
	r := &Register{
		store: store, personID: personID, log: o.Log, every: cmp.Or(o.Every, 2*time.Second), patience: cmp.Or(o.Patience, 5*time.Second),
		wake: make(chan struct{}, 1), asking: make(chan struct{}, 1), book: lineage.NewBook(), moves: make(map[person.Key]lineage.Move),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r
}

// provisional is the age from which seats are this process's own: older than no stored one.
const provisional = int64(1) << 62

// Seat implements directory.Names.
func (r *Register) Seat(k person.Key) (lineage.Seat, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.book.Seat(k)
}

// Resolve implements directory.Names.
func (r *Register) Resolve(id person.ID) person.ID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.book.Resolve(id)
}

// Name implements directory.Names.
func (r *Register) Name(identities []*person.Identity, cluster []int32, present func(person.Key) bool) []person.ID {
	if missing := r.missing(identities); len(missing) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), r.patience)
		defer cancel()
		r.seat(ctx, missing)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	names, moves := r.book.Name(len(identities), func(i int) person.Key { return identities[i].Key }, cluster, present)
	r.book.Move(moves)
	for _, m := range moves {
		if earlier, waits := r.moves[m.Key]; waits {
			m.From = earlier.From
		}
		r.moves[m.Key] = m
	}
	if len(moves) > 0 {
		r.nudge()
	}
	return names
}

// missing lists, in the order of keys, proposals for those who have no seat.
func (r *Register) missing(identities []*person.Identity) []lineage.Seat {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var missing []lineage.Seat
	for _, i := range identities {
		if _, seated := r.book.Seat(i.Key); !seated {
			missing = append(missing, lineage.Seat{Key: i.Key, Own: r.personID(i.Key)})
		}
	}
	return missing
}

// seat has the store give seats, or gives provisional ones.
func (r *Register) seat(ctx context.Context, proposed []lineage.Seat) {
	err := r.enter(ctx, proposed)
	if err == nil {
		return
	}
	r.log.WarnContext(ctx, "new identities could not be given lasting ids, which is tried again", "identities", len(proposed), "error", err)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range proposed {
		if _, seated := r.book.Seat(s.Key); seated {
			continue
		}
		s.Age, s.Person = provisional+int64(r.book.Len()), s.Own
		r.book.Put(s)
		r.unstored = append(r.unstored, s)
	}
}

// batch is how many seats are asked for at once: others want to write too.
const batch = 10_000

// enter has the store give seats, in the order proposed.
func (r *Register) enter(ctx context.Context, proposed []lineage.Seat) error {
	select {
	case r.asking <- struct{}{}:
		defer func() { <-r.asking }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := r.catchUp(ctx); err != nil { // who is seated already may be there by another replica, and moved
		return err
	}
	for part := range slices.Chunk(proposed, batch) {
		seats, err := r.store.EnterSeats(ctx, part)
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.put(seats...)
		r.mu.Unlock()
	}
	return nil
}

// catchUp reads what any replica wrote since the last time. Callers hold asking.
func (r *Register) catchUp(ctx context.Context) error {
	seats, revision, err := r.store.Seats(ctx, r.revision)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range seats {
		if _, waits := r.moves[s.Key]; waits {
			continue // the store is about to be told otherwise, and answers what it made of it
		}
		if known, ok := r.book.Seat(s.Key); ok && known != s {
			r.mistaken = true
		}
		r.put(s)
	}
	r.revision = revision
	return nil
}

// put writes down what the store gave. Callers hold mu.
func (r *Register) put(seats ...lineage.Seat) {
	r.book.Put(seats...)
	for _, s := range seats {
		r.newest = max(r.newest, s.Age)
	}
}

func (r *Register) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Sync stores what is not stored yet, and reads what other replicas did. It tells whether pictures should be made anew,
// for the store knows better.
func (r *Register) Sync(ctx context.Context) (anew bool, err error) {
	select {
	case r.asking <- struct{}{}:
		defer func() { <-r.asking }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	r.mu.Lock()
	unstored := slices.Clone(r.unstored)
	moves := make([]lineage.Move, 0, len(r.moves))
	for _, m := range r.moves {
		moves = append(moves, m)
	}
	r.mu.Unlock()
	for part := range slices.Chunk(unstored, batch) {
		seats, err := r.store.EnterSeats(ctx, part)
		if err != nil {
			return false, err
		}
		r.mu.Lock()
		r.unstored = r.unstored[len(part):]
		last := r.newest
		for _, s := range seats {
			known, _ := r.book.Seat(s.Key)
			r.mistaken = r.mistaken || s.Age <= last // another replica had met them: they are older than was thought
			last = s.Age
			if _, waits := r.moves[s.Key]; waits {
				s.Person = known.Person
			}
			r.mistaken = r.mistaken || known.Own != s.Own || known.Person != s.Person
			r.put(s)
		}
		r.mu.Unlock()
	}
	if len(moves) > 0 {
		slices.SortFunc(moves, func(a, b lineage.Move) int { return a.Key.Compare(b.Key) })
		seats, err := r.store.MoveSeats(ctx, moves)
		if err != nil {
			return false, err
		}
		r.mu.Lock()
		for i, m := range moves {
			if now := r.moves[m.Key]; now != m { // it was moved on meanwhile
				now.From = seats[i].Person
				r.moves[m.Key] = now
				continue
			}
			delete(r.moves, m.Key)
			r.mistaken = r.mistaken || seats[i].Person != m.To
			r.book.Put(seats[i])
		}
		r.mu.Unlock()
	}
	if err := r.catchUp(ctx); err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	anew, r.mistaken = r.mistaken, false
	return anew, nil
}

// Run keeps the store and the register alike until ctx ends, looking at each signal of news too, which may be nil; anew makes
// the picture anew.
func (r *Register) Run(ctx context.Context, news <-chan struct{}, anew func()) error {
	tick := time.NewTicker(r.every)
	defer tick.Stop()
	for {
		if better, err := r.Sync(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "people's ids could not be stored, which is tried again", "error", err)
		} else if better {
			anew()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-news:
		case <-tick.C:
		}
	}
}
