// Package share lets replicas share what they read of sources: in Redis, or in memory for tests.
//
// A reading is packed (layout.go, pack.go) and stored in chunks under a manifest. Everything of one source has one hash
// tag, so that each script touches one slot of a Cluster.
package share

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/notify"
)

var (
	//go:embed lua/lease.lua
	leaseSource string
	//go:embed lua/renew.lua
	renewSource string
	//go:embed lua/release.lua
	releaseSource string
	//go:embed lua/publish.lua
	publishSource string
	//go:embed lua/announce.lua
	announceSource string

	leaseScript    = redis.NewScript(leaseSource)
	renewScript    = redis.NewScript(renewSource)
	releaseScript  = redis.NewScript(releaseSource)
	publishScript  = redis.NewScript(publishSource)
	announceScript = redis.NewScript(announceSource)
)

// grace is for how long chunks outlive what they are for: of a reading that was replaced, for those who are fetching it;
// of one whose publication never came.
const grace = 2 * time.Minute

// Exchange shares readings over Redis: one server, or a Cluster.
type Exchange struct {
	client redis.UniversalClient
	o      Options
	bell   notify.Bell[person.SourceID]
}

var _ collect.Exchange = (*Exchange)(nil)

// New makes an Exchange. It connects with its first command. Without Run, watchers hear nothing.
func New(client redis.UniversalClient, o Options) *Exchange {
	return &Exchange{client: client, o: o.withDefaults()}
}

// keys are the names of what is shared of one source.
type keys struct{ lease, fence, head, changes, chunk string }

// standing is where the standing is: a field of the head.
func (k keys) standing() string { return k.head + " standing" }

// The source's name is hashed, for operators put into names what they like.
func (x *Exchange) tag(source person.SourceID) string {
	sum := sha256.Sum256([]byte(string(source) + "\x00" + x.o.Scope(source)))
	return hex.EncodeToString(sum[:12])
}

func (x *Exchange) keys(source person.SourceID) keys {
	base := fmt.Sprintf("%s:share%d:{%s}:", x.o.Prefix, layoutVersion, x.tag(source))
	return keys{lease: base + "lease", fence: base + "fence", head: base + "head", changes: base + "changes", chunk: base + "chunk:"}
}

func (x *Exchange) channel() string { return fmt.Sprintf("%s:share%d:news", x.o.Prefix, layoutVersion) }

func ms(d time.Duration) int64 { return max(1, d.Milliseconds()) }

// TryLease implements collect.Exchange.
func (x *Exchange) TryLease(ctx context.Context, source person.SourceID) (collect.Lease, error) {
	k := x.keys(source)
	got, err := leaseScript.Run(ctx, x.client, []string{k.lease, k.fence}, ms(x.o.Lease), ms(x.o.Keep)).Slice()
	if err != nil {
		return collect.Lease{}, fmt.Errorf("lease of %s: %w", source, err)
	}
	fence, _ := strconv.ParseUint(got[0].(string), 10, 64)
	return collect.Lease{Fence: collect.Fence(fence), For: time.Duration(got[1].(int64)) * time.Millisecond}, nil
}

// Renew implements collect.Exchange.
func (x *Exchange) Renew(ctx context.Context, source person.SourceID, fence collect.Fence) error {
	kept, err := renewScript.Run(ctx, x.client, []string{x.keys(source).lease}, uint64(fence), ms(x.o.Lease)).Int()
	if err != nil {
		return fmt.Errorf("renew the lease of %s: %w", source, err)
	}
	if kept == 0 {
		return collect.ErrLeaseLost
	}
	return nil
}

// Release implements collect.Exchange.
func (x *Exchange) Release(ctx context.Context, source person.SourceID, fence collect.Fence) error {
	if err := releaseScript.Run(ctx, x.client, []string{x.keys(source).lease}, uint64(fence), x.channel(), x.tag(source)).Err(); err != nil {
		return fmt.Errorf("release the lease of %s: %w", source, err)
	}
	return nil
}

// standing is how collect.Standing is stored.
type standing struct {
	Reason  string    `json:"reason,omitzero"`
	Code    string    `json:"code,omitzero"`
	RetryAt time.Time `json:"retryAt,omitzero"`
}

// Publish implements collect.Exchange. The chunks are there before anything points to them.
func (x *Exchange) Publish(ctx context.Context, source person.SourceID, fence collect.Fence, r collect.Report) (uint64, error) {
	k := x.keys(source)
	names, stood, told := []string{k.head}, "", ""
	if r.Standing != nil {
		b, err := json.Marshal(standing(*r.Standing))
		if err != nil {
			return 0, err
		}
		if b, err = x.o.Seal(k.standing(), b); err != nil {
			return 0, err
		}
		stood = string(b)
	}
	if r.Reading != nil {
		m, err := x.upload(ctx, k, fence, r.Reading)
		if err != nil {
			return 0, fmt.Errorf("share the reading of %s: %w", source, err)
		}
		b, err := json.Marshal(m)
		if err != nil {
			return 0, err
		}
		told = string(b) // in clear: whoever publishes next retires the chunks that it names
		names = append(names, m.names(k)...)
	}
	got, err := publishScript.Run(ctx, x.client, names, uint64(fence), stood, told, r.ReadingVersion, ms(x.o.Keep), x.channel(), x.tag(source)).StringSlice()
	if err != nil {
		return 0, fmt.Errorf("tell of %s: %w", source, err)
	}
	version, _ := strconv.ParseUint(got[0], 10, 64)
	if version == 0 {
		return 0, collect.ErrLeaseLost
	}
	x.retire(ctx, k, got[2])
	return version, nil
}

// upload stores the chunks of a reading, for a while.
func (x *Exchange) upload(ctx context.Context, k keys, fence collect.Fence, r *collect.Reading) (manifest, error) {
	m := manifest{ID: strconv.FormatUint(uint64(fence), 36) + "-" + rand.Text()}
	packed, err := pack(r, x.o.ChunkBytes, func(n int, b []byte) error {
		sealed, err := x.o.Seal(m.name(k, n), b)
		if err != nil {
			return err
		}
		return x.client.Set(ctx, m.name(k, n), sealed, grace).Err()
	})
	packed.ID = m.ID
	return packed, err
}

func (m manifest) name(k keys, n int) string { return k.chunk + m.ID + ":" + strconv.Itoa(n) }

func (m manifest) names(k keys) []string {
	var all []string
	for n := range m.Chunks {
		all = append(all, m.name(k, n))
	}
	return all
}

// retire lets the chunks of a reading that was replaced go. Whatever fails here, they go by themselves, later.
func (x *Exchange) retire(ctx context.Context, k keys, replaced string) {
	var m manifest
	if replaced == "" || json.Unmarshal([]byte(replaced), &m) != nil {
		return
	}
	_, _ = x.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, name := range m.names(k) {
			p.PExpire(ctx, name, grace)
		}
		return nil
	})
}

// Announce implements collect.Exchange.
func (x *Exchange) Announce(ctx context.Context, source person.SourceID, changes []directory.Change) error {
	k := x.keys(source)
	b, err := packChanges(changes)
	if err != nil {
		return err
	}
	if b, err = x.o.Seal(k.changes, b); err != nil {
		return err
	}
	if err := announceScript.Run(ctx, x.client, []string{k.head, k.changes}, b, x.o.Announcements, ms(x.o.Keep), x.channel(), x.tag(source)).Err(); err != nil {
		return fmt.Errorf("announce changes of %s: %w", source, err)
	}
	return nil
}

// Latest implements collect.Exchange. While nothing is new it is one small command.
func (x *Exchange) Latest(ctx context.Context, source person.SourceID, known, held uint64) (collect.Report, error) {
	k := x.keys(source)
	var head struct {
		Version  uint64 `redis:"version"`
		Reading  uint64 `redis:"reading"`
		Standing string `redis:"standing"`
		Manifest string `redis:"manifest"`
	}
	if err := x.client.HMGet(ctx, k.head, "version", "reading").Scan(&head); err != nil {
		return collect.Report{}, fmt.Errorf("latest of %s: %w", source, err)
	}
	if head.Version == known {
		return collect.Report{Version: head.Version, ReadingVersion: head.Reading}, nil
	}
	if err := x.client.HMGet(ctx, k.head, "version", "reading", "standing", "manifest").Scan(&head); err != nil {
		return collect.Report{}, fmt.Errorf("latest of %s: %w", source, err)
	}
	r := collect.Report{Version: head.Version, ReadingVersion: head.Reading}
	r.Standing = x.standing(k, head.Standing)
	var err error
	if r.Changes, err = x.changes(ctx, k, known); err != nil {
		return collect.Report{}, fmt.Errorf("latest changes of %s: %w", source, err)
	}
	if head.Reading > held {
		r.Reading, err = x.download(ctx, k, head.Manifest)
	}
	return r, err
}

// standing reads what Publish wrote; nil if it cannot.
func (x *Exchange) standing(k keys, stood string) *collect.Standing {
	if stood == "" {
		return nil
	}
	var s standing
	if b, err := x.o.Open(k.standing(), []byte(stood)); err != nil || json.Unmarshal(b, &s) != nil {
		return nil
	}
	return (*collect.Standing)(&s)
}

// changes gives what was announced after version known. What cannot be read is left to the next reading.
func (x *Exchange) changes(ctx context.Context, k keys, known uint64) ([]directory.Change, error) {
	after := "(" + strconv.FormatUint(known, 10)
	packed, err := x.client.ZRangeByScore(ctx, k.changes, &redis.ZRangeBy{Min: after, Max: "+inf"}).Result()
	if err != nil {
		return nil, err
	}
	var all []directory.Change
	for _, p := range packed {
		b, err := x.o.Open(k.changes, []byte(p))
		if err != nil {
			continue
		}
		if some, err := unpackChanges(b, x.o.MaxBytes); err == nil {
			all = append(all, some...)
		}
	}
	return all, nil
}

// download fetches and unpacks a reading. What is gone or spoilt is ErrUnreadable; that Redis is away is not.
func (x *Exchange) download(ctx context.Context, k keys, told string) (*collect.Reading, error) {
	var m manifest
	if err := json.Unmarshal([]byte(told), &m); err != nil {
		return nil, fmt.Errorf("%w: %w", collect.ErrUnreadable, err)
	}
	var away error
	r, err := unpack(m, x.o.MaxBytes, func(n int) ([]byte, error) {
		b, err := x.client.Get(ctx, m.name(k, n)).Bytes()
		if err != nil {
			if !errors.Is(err, redis.Nil) {
				away = err
			}
			return nil, err
		}
		return x.o.Open(m.name(k, n), b)
	})
	switch {
	case away != nil:
		return nil, away
	case err != nil:
		return nil, fmt.Errorf("%w: %w", collect.ErrUnreadable, err)
	}
	return r, nil
}
