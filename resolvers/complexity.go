package resolvers

import (
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/graph/people"
)

// Complexity weighs lists: what stands in a page counts once for every item that
// the page may hold, and what stands in another list for as many as are usual. Everything else counts one.
func Complexity() generated.ComplexityRoot {
	var c generated.ComplexityRoot
	page := func(child int, first *int, _ *string) int { return 1 + size(first, nil)*child }
	c.Query.People = func(child int, first *int, _ *string, last *int, _ *string, _ *people.Filter, _ *people.Order) int {
		return 1 + size(first, last)*child
	}
	c.Query.Resources = func(child int, first *int, _ *string, _ *people.ResourceFilter) int {
		return 1 + size(first, nil)*child
	}
	c.WeighEntities(func(child int, representations []any) int { return 1 + len(representations)*child })
	c.Query.Nodes = func(child int, ids []string) int { return 1 + len(ids)*child }
	c.Query.LinkSuggestions, c.Query.LinkConflicts, c.Query.LinkDecisions = page, page, page
	c.Query.Changes = func(child int, first *int, _ *string, _ *people.ChangeFilter) int { return 1 + size(first, nil)*child }
	c.Person.Grants = func(child int, first *int, _ *string, _ *directory.GrantFilter) int {
		return 1 + size(first, nil)*child
	}
	c.Resource.Members, c.Source.Identities, c.PipedriveUser.Followers = page, page, page
	c.PipefyUser.OrganizationMemberships, c.PipefyUser.PipeMemberships, c.PipefyUser.TableMemberships = page, page, page
	c.PipedreamUser.Accounts = func(child int, _ *string, first *int, _ *string) int { return 1 + size(first, nil)*child }
	c.Query.Findings = page
	c.Query.Actions = func(child int, first *int, _ *string, _ *action.FilterInput) int { return 1 + size(first, nil)*child }
	c.Query.AuditLog = func(child int, first *int, _ *string, _ *people.AuditFilter) int { return 1 + size(first, nil)*child }
	weighUnpaged(&c)
	c.SourceBudget.SpentBy = func(child int, first *int, _ []people.SpendingKey) int { return 1 + size(first, nil)*child }
	return c
}

// weighUnpaged weighs lists that have no pages by what they usually hold at most. Weighed as one, a person's accounts,
// their links and whom these lead to, nested a few times, would be a small document with an endless answer.
func weighUnpaged(c *generated.ComplexityRoot) {
	list := func(usual int) func(int) int { return func(child int) int { return 1 + usual*child } }
	c.Query.Sources = list(4)
	c.Person.Identities, c.Person.SourceStates = list(4), list(4)
	c.Person.PipedriveUsers, c.Person.PipefyUsers, c.Person.PipedreamUsers = list(2), list(2), list(2)
	c.Person.Links, c.PipedriveUser.Links, c.PipefyUser.Links, c.PipedreamUser.Links = list(3), list(3), list(3), list(3)
	c.IdentityLink.Identities, c.LinkSuggestion.Identities, c.LinkDecision.Identities = list(2), list(2), list(2)
	c.LinkConflict.Identities, c.LinkConflict.Links = list(10), list(10)
	c.PipedriveUser.Companies, c.PipedriveUser.Access = list(4), list(4)
	c.PipedriveUser.RoleAssignments, c.PipedriveUser.RoleSettings = list(4), list(4)
	c.PipedriveUser.Permissions = list(20)
	c.PipedreamUser.DeployedTriggers = list(10)
	c.Action.Steps, c.ActionPlan.Steps, c.ActionPlan.CrossedLinks, c.ActionPlan.UntrustedLinks = list(10), list(10), list(10), list(10)
	c.ActionLoss.Accounts, c.ActionLoss.Triggers, c.ActionLoss.Pipes, c.ActionLoss.Tables = list(10), list(10), list(10), list(10)
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
