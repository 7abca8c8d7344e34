package resolvers

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/resolvers/loaders"
)

// renewed answers from the picture. Where the caller wants nothing older than an age, it first has read anew what the
// answer shows of the picture, and answers again from the newest one. What could not be had is answered as it is
// held, with a warning, unless it is staler than the caller takes.
func renewed[T any](ctx context.Context, r *Resolver, answer func(directory.View) (T, error), shown func(T) []directory.Identity) (T, error) {
	got, judge, err := anew(ctx, r, answer, shown)
	if err != nil {
		return got, err
	}
	if err := judge(ctx, shown(got)); err != nil {
		var nothing T
		return nothing, err
	}
	return got, nil
}

// judge warns at the path of ctx of every source of which something shown is older than wanted. An error says that it is
// staler than that.
type judge func(ctx context.Context, shown []directory.Identity) error

// anew is renewed without its judgement.
func anew[T any](ctx context.Context, r *Resolver, answer func(directory.View) (T, error), shown func(T) []directory.Identity) (T, judge, error) {
	set := loaders.From(ctx)
	wanted := set.Asker.Wanted
	got, err := answer(set.View())
	if err != nil || wanted.MaxAge == nil {
		return got, content, err
	}
	var (
		now      = r.Service.Now()
		renewals []people.Renewal
	)
	users := raw(shown(got))
	switch {
	case len(users) == 0 || wanted.OnlyIfCached:
	case set.Rehearsal != nil:
		set.Rehearsal.Renew(ctx, set.Asker, users)
		return got, content, nil
	case r.Renewer != nil:
		who := access.From(ctx)
		renewals = set.Renew(ctx, r.Renewer, users, func() directory.View { return r.Service.View(who) })
		got, err = answer(set.View())
	}
	return got, func(ctx context.Context, shown []directory.Identity) error {
		return compare(ctx, now, wanted, shown, renewals)
	}, err
}

func content(context.Context, []directory.Identity) error { return nil }

// nodes answers several ids, each in its own place.
func (r *Resolver) nodes(ctx context.Context, ids []string) ([]people.Node, error) {
	return inPlaces(ctx, r, func(v directory.View) ([]people.Node, []error, error) {
		nodes, errs, err := r.Service.Nodes(v, access.From(ctx), ids)
		for i := range errs {
			if n, err, ok := r.actionNode(ctx, ids[i]); ok {
				nodes[i], errs[i] = n, err
			}
		}
		return nodes, errs, err
	})
}

// inPlaces is renewed for each of several objects in its own place.
func inPlaces(ctx context.Context, r *Resolver, answer func(directory.View) ([]people.Node, []error, error)) ([]people.Node, error) {
	var errs []error
	nodes, judge, err := anew(ctx, r, func(v directory.View) (nodes []people.Node, err error) {
		nodes, errs, err = answer(v)
		return nodes, err
	}, func(nodes []people.Node) []directory.Identity {
		var all []directory.Identity
		for _, n := range nodes {
			all = append(all, ofNode(n)...)
		}
		return all
	})
	for i, err := range errs {
		at := graphql.WithPathContext(ctx, graphql.NewPathWithIndex(i))
		if err == nil {
			err = judge(at, ofNode(nodes[i]))
		}
		if err != nil {
			nodes[i] = nil
			graphql.AddError(at, err)
		}
	}
	return nodes, err
}

func compare(ctx context.Context, now time.Time, wanted people.Wanted, shown []directory.Identity, renewals []people.Renewal) error {
	oldest := make(map[person.SourceID]person.Freshness)
	var order []person.SourceID
	for _, i := range shown {
		f, source := i.Freshness(), i.Raw().Source
		if now.Sub(f.ObservedAt) <= *wanted.MaxAge {
			continue
		}
		known, ok := oldest[source]
		if !ok {
			order = append(order, source)
		}
		if !ok || f.ObservedAt.Before(known.ObservedAt) {
			oldest[source] = f
		}
	}
	bill := loaders.From(ctx).Bill
	for _, source := range order {
		f := oldest[source]
		why := whyOld(source, now.Sub(f.ObservedAt), wanted, renewals)
		if wanted.MaxStale != nil && now.Sub(f.ObservedAt) > *wanted.MaxAge+*wanted.MaxStale {
			return why
		}
		bill.Warn(loaders.Warning{Path: graphql.GetPath(ctx).String(), Failure: why, Freshness: f})
	}
	return nil
}

// whyOld is why what is shown of a source is not newer.
func whyOld(source person.SourceID, age time.Duration, wanted people.Wanted, renewals []people.Renewal) *fault.Error {
	for _, r := range renewals {
		if r.Source == source && r.Err != nil {
			return fault.From(r.Err)
		}
	}
	f := fault.New(fault.SourceUnavailable, "What is known of %s is %d seconds old, and nothing newer could be had.", source, seconds(age))
	if wanted.OnlyIfCached {
		f.Message = string(source) + " may not be asked anew: the request says only-if-cached."
	}
	f.Source = string(source)
	return f
}

func raw(identities []directory.Identity) []*person.Identity {
	out := make([]*person.Identity, len(identities))
	for i, id := range identities {
		out[i] = id.Raw()
	}
	return out
}

// What answers show of the picture.

func ofPerson(p *directory.Person) []directory.Identity {
	if p == nil {
		return nil
	}
	return p.Identities()
}

func ofPeople(page *people.Page[directory.Person]) []directory.Identity {
	var all []directory.Identity
	for _, p := range page.Nodes() {
		all = append(all, p.Identities()...)
	}
	return all
}

func ofAccounts(page *people.Page[people.Account]) []directory.Identity {
	var all []directory.Identity
	for _, a := range page.Nodes() {
		all = append(all, a.Entry())
	}
	return all
}

func ofNode(n people.Node) []directory.Identity {
	switch n := n.(type) {
	case directory.Person:
		return n.Identities()
	case people.Account:
		return []directory.Identity{n.Entry()}
	}
	return nil
}

// itemsOf is of, unless the connection is asked for nothing of its items.
func itemsOf[T any](ctx context.Context, of func(T) []directory.Identity) func(T) []directory.Identity {
	connection := graphql.GetFieldContext(ctx).Field
	for _, f := range graphql.CollectFieldsCtx(ctx, []string{connection.Definition.Type.Name()}) {
		if f.Name == "nodes" || f.Name == "edges" {
			return of
		}
	}
	return func(T) []directory.Identity { return nil }
}
