package pipefy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/manifold-graph/manifold/upstream/pipefy/generated"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// family is a kind of thing whose member lists are read many at a time.
type family struct {
	operation string
	root      string
	// spread is the fragment of one root; fragments define it and all it uses.
	spread, fragments string
	decode            func(json.RawMessage) ([]generated.MemberFields, error)
}

var pipeFamily = family{
	operation: OpPipesMembers, root: "pipe", spread: "PipeRoster",
	fragments: fragmentsOf(generated.PipeMembers_Operation),
	decode: func(raw json.RawMessage) ([]generated.MemberFields, error) {
		var r generated.PipeRoster
		err := json.Unmarshal(raw, &r)
		return r.Members, err
	},
}

var tableFamily = family{
	operation: OpTablesMembers, root: "table", spread: "TableRoster",
	fragments: fragmentsOf(generated.TableMembers_Operation),
	decode: func(raw json.RawMessage) ([]generated.MemberFields, error) {
		var r generated.TableRoster
		err := json.Unmarshal(raw, &r)
		return r.Members, err
	},
}

// fragmentsOf is the part of a generated document after its operation.
func fragmentsOf(document string) string {
	return document[strings.Index(document, "\nfragment ")+1:]
}

// document asks for the member lists of n roots: a0 for the variable i0, and so on.
func (f family) document(n int) string {
	var head, body strings.Builder
	for i := range n {
		if i > 0 {
			head.WriteString(", ")
		}
		fmt.Fprintf(&head, "$i%d: ID!", i)
		fmt.Fprintf(&body, "  a%d: %s(id: $i%d) { ...%s }\n", i, f.root, i, f.spread)
	}
	return "query (" + head.String() + ") {\n" + body.String() + "}\n" + f.fragments
}

// PipeMembers reads the member lists of pipes, many per call. An id that cannot
// be read is a gap, not an error. An error means that the source as a whole is
// failing or refusing; what had been read until then comes with it.
func (c *Client) PipeMembers(ctx context.Context, ids []string) (Rosters, error) {
	return c.rosters(ctx, pipeFamily, ids)
}

// TableMembers is PipeMembers for tables.
func (c *Client) TableMembers(ctx context.Context, ids []string) (Rosters, error) {
	return c.rosters(ctx, tableFamily, ids)
}

// rosters asks for distinct ids, a batch at a time.
func (c *Client) rosters(ctx context.Context, f family, ids []string) (Rosters, error) {
	seen := make(map[string]bool, len(ids))
	var asked []string
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			asked = append(asked, id)
		}
	}
	b := batcher{sender: sender{c.wire, f.operation, false}, family: f, patience: bits.Len(uint(c.opts.Batch)) + 3}
	learned, most := c.sizes.get(f.operation), c.opts.Batch
	full, limited := false, false
	for len(asked) > 0 {
		size := learned.of(most)
		n := min(size, len(asked))
		b.largest, b.tooBig, b.monster = 0, false, false
		if err := b.read(ctx, asked[:n]); err != nil {
			return b.out, err
		}
		full, limited = full || n == size, limited || b.tooBig
		if b.tooBig && !b.monster && b.largest < n {
			// It was no single id that was too much, so it was their number.
			learned = learned.refused(n, b.largest)
			c.sizes.set(f.operation, learned)
		}
		asked = asked[n:]
	}
	if full && !limited {
		c.sizes.set(f.operation, learned.grown(most))
	}
	return b.out, nil
}

// batcher reads one family, splitting what the server cannot answer at once.
//
// A document either brings answers about some of its ids, and only the rest is
// asked for again, or brings none, and its halves are asked for. Each step leaves
// fewer ids, so that n ids take at most 2n-1 documents.
type batcher struct {
	sender
	family
	out Rosters
	// failures counts documents in a row that told nothing at all. One bad id needs
	// as many as it takes to halve a batch down to it; patience is a little more,
	// and beyond it the source is down, not the id bad.
	failures, patience int
	// largest is the most that one document answered, tooBig whether one was too much, monster whether one was of a single id.
	largest int
	tooBig  bool
	monster bool
}

func (b *batcher) read(ctx context.Context, ids []string) error {
	again, err := b.ask(ctx, ids)
	if err != nil || len(again) == 0 {
		return err
	}
	if len(again) < len(ids) {
		return b.read(ctx, again)
	}
	half := (len(ids) + 1) / 2
	if err := b.read(ctx, ids[:half]); err != nil {
		return err
	}
	return b.read(ctx, ids[half:])
}

// ask sends one document. It answers the ids to ask for again in smaller
// documents, which are none for a document of one id.
func (b *batcher) ask(ctx context.Context, ids []string) (again []string, err error) {
	variables := make(map[string]string, len(ids))
	for i, id := range ids {
		variables["i"+strconv.Itoa(i)] = id
	}
	a := answer{many: true}
	b.out.Documents++
	if err := b.send(ctx, b.document(len(ids)), variables, &a); err != nil {
		reason, err := b.blame(ctx, err)
		if err != nil {
			return nil, err
		}
		if len(ids) == 1 {
			b.monster = b.monster || reason == GapTooBig
			b.out.Gaps = append(b.out.Gaps, Gap{ids[0], reason})
			return nil, nil
		}
		return ids, nil
	}
	b.failures = 0
	for i, id := range ids {
		again = b.take(id, "a"+strconv.Itoa(i), &a, len(ids) == 1, again)
	}
	b.largest = max(b.largest, len(ids)-len(again))
	return again, nil
}

// take reads one alias of an answer.
func (b *batcher) take(id, alias string, a *answer, alone bool, again []string) []string {
	sound, reason := true, GapHidden
	for _, p := range a.problems {
		if p.root != alias && p.root != "" {
			continue
		}
		sound = false
		switch p.kind {
		case wire.TooLarge, wire.Timeout:
			reason = GapTooBig
		case wire.Denied, wire.NotFound, wire.BadRequest:
		default:
			if reason == GapHidden {
				reason = GapFailure
			}
		}
	}
	if reason == GapTooBig && !alone {
		b.tooBig = true
		return append(again, id)
	}
	raw, sent := a.roots[alias]
	var members []generated.MemberFields
	if sent && !isNull(raw) {
		var err error
		if members, err = b.decode(raw); err != nil {
			members, reason = nil, GapFailure
		}
	}
	if members == nil {
		b.monster = b.monster || reason == GapTooBig
		b.out.Gaps = append(b.out.Gaps, Gap{id, reason})
		return again
	}
	list, whole := membersOf(members)
	b.out.Read = append(b.out.Read, Roster{ID: id, Members: list, Whole: whole && sound})
	return again
}

// blame decides whether a failed document may be the fault of its ids or of its
// size, and gives the reason; else it returns the error, which ends the reading.
func (b *batcher) blame(ctx context.Context, err error) (GapReason, error) {
	f, ok := errors.AsType[*wire.Failure](err)
	if !ok || ctx.Err() != nil {
		return "", err
	}
	switch f.Kind {
	case wire.Denied, wire.NotFound:
		if f.Status != 200 && f.Status != 400 && f.Status != 422 {
			return "", err
		}
		b.failures = 0
		return GapHidden, nil
	case wire.TooLarge:
		b.failures, b.tooBig = 0, true
		return GapTooBig, nil
	case wire.Timeout:
		b.tooBig = true
		return GapTooBig, b.lose(err)
	case wire.ServerError, wire.Malformed, wire.BadRequest:
		return GapFailure, b.lose(err)
	}
	return "", err
}

// lose counts a document that told nothing, and gives up with err when there
// have been too many in a row.
func (b *batcher) lose(err error) error {
	if b.failures++; b.failures > b.patience {
		return err
	}
	return nil
}
