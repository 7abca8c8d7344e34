package shared

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// longest bounds a name in a row, in bytes: callers choose the names of their operations.
const longest = 256

// purposeOf is the row under which an ask is written: client, operation, field and class.
func purposeOf(a budget.Ask) string {
	row, err := json.Marshal([]any{cut(a.By.Client), cut(a.By.Operation), cut(a.By.Field), int(a.Class)})
	if err != nil {
		return `["","","",0]` // strings and a number are always encoded
	}
	return string(row)
}

func cut(name string) string { return name[:min(len(name), longest)] }

type purpose struct {
	by    budget.Attribution
	class budget.Class
}

// sums are spendings by purpose.
type sums map[purpose]budget.Spending

func (s sums) add(p purpose, calls, tokens int) {
	sum := s[p]
	s[p] = budget.Spending{By: p.by, Class: p.class, Calls: sum.Calls + calls, Tokens: sum.Tokens + tokens}
}

// row adds one row of a page.
func (s sums) row(name, amount string) error {
	var p purpose
	if err := json.Unmarshal([]byte(name), &[]any{&p.by.Client, &p.by.Operation, &p.by.Field, &p.class}); err != nil {
		return fmt.Errorf("row %q: %w", name, err)
	}
	var calls, tokens int
	if _, err := fmt.Sscan(amount, &calls, &tokens); err != nil {
		return fmt.Errorf("row %q: %w", name, err)
	}
	s.add(p, calls, tokens)
	return nil
}

// maxRows bounds an answer.
const maxRows = 1000

// list is the sums, most tokens first; those that are too many are summed under budget.Other, by class.
func (s sums) list() []budget.Spending {
	list := s.sorted()
	if len(list) <= maxRows {
		return list
	}
	for _, sum := range list[maxRows-3:] {
		p, other := purpose{sum.By, sum.Class}, purpose{budget.Attribution{Client: budget.Other, Operation: budget.Other, Field: budget.Other}, sum.Class}
		if p != other {
			delete(s, p)
			s.add(other, sum.Calls, sum.Tokens)
		}
	}
	return s.sorted()
}

func (s sums) sorted() []budget.Spending {
	list := make([]budget.Spending, 0, len(s))
	for _, sum := range s {
		list = append(list, sum)
	}
	slices.SortFunc(list, func(a, b budget.Spending) int {
		return cmp.Or(cmp.Compare(b.Tokens, a.Tokens), cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.By.Client, b.By.Client),
			cmp.Compare(a.By.Operation, b.By.Operation), cmp.Compare(a.By.Field, b.By.Field), cmp.Compare(a.Class, b.Class))
	})
	return list
}
