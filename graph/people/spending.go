package people

import (
	"cmp"
	"maps"
	"slices"

	"github.com/manifold-graph/manifold/graph/optional"
)

// SpendingKey is what spending can be told apart by.
type SpendingKey uint8

// The keys.
const (
	SpendingClient SpendingKey = iota
	SpendingOperation
	SpendingField
	SpendingClass
)

// Spent is spending, summed over what it is not told apart by: that is nil, as is what is unknown.
type Spent struct {
	Client, Operation, Field, Class *string
	Calls, Tokens                   int
}

// defaultSpending is how many rows are told when nobody says.
const defaultSpending = 20

// SpentBy sums rows by keys, by all of them when there are none, and tells the largest first.
func SpentBy(rows []Spending, by []SpendingKey, first *int) ([]Spent, error) {
	n := defaultSpending
	if first != nil {
		var err error
		if n, err = pageSize("first", *first); err != nil {
			return nil, err
		}
	}
	sums := make(map[Spending]Spending)
	for _, r := range rows {
		key := Spending{Client: r.Client, Operation: r.Operation, Field: r.Field, Class: r.Class}
		for k, name := range []*string{SpendingClient: &key.Client, SpendingOperation: &key.Operation, SpendingField: &key.Field, SpendingClass: &key.Class} {
			if len(by) > 0 && !slices.Contains(by, SpendingKey(k)) {
				*name = ""
			}
		}
		sum, known := sums[key]
		if !known {
			sum = key
		}
		sum.Calls += r.Calls
		sum.Tokens += r.Tokens
		sums[key] = sum
	}
	all := slices.Collect(maps.Values(sums))
	slices.SortFunc(all, func(a, b Spending) int {
		return cmp.Or(cmp.Compare(b.Tokens, a.Tokens), cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Client, b.Client),
			cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Class, b.Class))
	})
	out := make([]Spent, 0, min(n, len(all)))
	for _, s := range all[:min(n, len(all))] {
		out = append(out, Spent{
			Client: optional.Text(s.Client), Operation: optional.Text(s.Operation), Field: optional.Text(s.Field), Class: optional.Text(s.Class),
			Calls: s.Calls, Tokens: s.Tokens,
		})
	}
	return out, nil
}
