package act

import (
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/pipefy"
)

// operations are the calls of each kind of step when all goes well: the look, the call, and the look after it.
var operations = map[action.StepKind]struct {
	system person.System
	calls  []string
}{
	action.AddUser:                {person.Pipedrive, []string{pipedrive.OpAdd}},
	action.Activate:               {person.Pipedrive, []string{pipedrive.OpUser, pipedrive.OpUpdate}},
	action.Deactivate:             {person.Pipedrive, []string{pipedrive.OpUser, pipedrive.OpUpdate}},
	action.Invite:                 {person.Pipefy, []string{pipefy.OpOrganizationMembers, pipefy.OpInviteMembers, pipefy.OpOrganizationMembers}},
	action.SetRole:                {person.Pipefy, []string{pipefy.OpOrganizationMembers, pipefy.OpSetRole, pipefy.OpOrganizationMembers}},
	action.RemoveFromOrganization: {person.Pipefy, []string{pipefy.OpOrganizationMembers, pipefy.OpRemoveUserFromOrg, pipefy.OpOrganizationMembers}},
	action.RemoveFromPipe:         {person.Pipefy, []string{pipefy.OpPipesMembers, pipefy.OpRemoveUserFromPipe, pipefy.OpPipesMembers}},
	action.RemoveFromTable:        {person.Pipefy, []string{pipefy.OpTablesMembers, pipefy.OpRemoveUserFromTable, pipefy.OpTablesMembers}},
	action.DeleteAccount:          {person.Pipedream, []string{pipedream.OpAccount, pipedream.OpDeleteAccount}},
	action.DeleteUser:             {person.Pipedream, []string{pipedream.OpDeleteUser}},
}

// Price is what a step takes when all goes well.
func Price(s action.Step) (calls, tokens int) {
	of := operations[s.Kind]
	for _, operation := range of.calls {
		cost, _ := budget.CostOf(of.system, operation)
		tokens += cost.Tokens
	}
	return len(of.calls), tokens
}
