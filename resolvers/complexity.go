package resolvers

import (
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/graph/people"
)

// Complexity weighs lists: what stands in a page counts once for every item that
// the page may hold. Everything else counts one.
func Complexity() generated.ComplexityRoot {
	var c generated.ComplexityRoot
	page := func(child int, first *int, _ *string) int { return 1 + size(first, nil)*child }
	c.Query.People = func(child int, first *int, _ *string, last *int, _ *string, _ *people.Filter, _ *people.Order) int {
		return 1 + size(first, last)*child
	}
	c.Query.Resources = func(child int, first *int, _ *string, _ *people.ResourceFilter) int {
		return 1 + size(first, nil)*child
	}
	c.Query.Nodes = func(child int, ids []string) int { return 1 + len(ids)*child }
	c.Query.LinkSuggestions, c.Query.LinkConflicts, c.Query.LinkDecisions = page, page, page
	c.Query.Changes = func(child int, first *int, _ *string, _ *people.ChangeFilter) int { return 1 + size(first, nil)*child }
	c.Person.Grants = func(child int, first *int, _ *string, _ *directory.GrantFilter) int {
		return 1 + size(first, nil)*child
	}
	c.Resource.Members, c.Source.Identities, c.PipedriveUser.Followers = page, page, page
	c.PipefyUser.OrganizationMemberships, c.PipefyUser.PipeMemberships, c.PipefyUser.TableMemberships = page, page, page
	c.PipedreamUser.Accounts = func(child int, _ *string, first *int, _ *string) int { return 1 + size(first, nil)*child }
	c.SourceBudget.SpentBy = func(child int, first *int, _ []people.SpendingKey) int { return 1 + size(first, nil)*child }
	return c
}

// size is how many items a page may hold. What is out of bounds is refused when
// it is asked, so it only must not overflow here.
func size(first, last *int) int {
	n := people.DefaultPage
	switch {
	case first != nil:
		n = *first
	case last != nil:
		n = *last
	}
	return min(max(n, 1), people.MaxPage)
}
