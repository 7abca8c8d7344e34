package access

import (
	"iter"
	"slices"
	"strings"
)

// announced says for each viewerCan… field which fields of its type it speaks of, so that a client knows before it
// asks; a field of another type with that type's name. A test holds that every field with a scope of its own is spoken of.
var announced = map[coordinate][]string{
	{"Query", "viewerCanReadResources"}: {"resources"},
	{"Query", "viewerCanReadLinks"}:     {"linkSuggestions", "linkConflicts", "linkDecisions"},
	{"Query", "viewerCanReadHistory"}:   {"changes"},
	{"Query", "viewerCanWriteLinks"}: {"Mutation.linkIdentities", "Mutation.unlinkIdentity", "Mutation.confirmLinkSuggestion",
		"Mutation.dismissLinkSuggestion", "Mutation.undoLinkDecision"},

	{"Query", "viewerCanReadAuditLog"}:     {"auditLog"},
	{"AuditEntry", "viewerCanReadAddress"}: {"address"},

	{"Query", "viewerCanReadActions"}:    {"actions", "findings", "Subscription.actionProgress", "Mutation.offboardPerson", "Mutation.cancelAction"},
	{"Query", "viewerCanWritePipedrive"}: {"Mutation.addPipedriveUser", "Mutation.setPipedriveUserActive"},
	{"Query", "viewerCanWritePipefy"}:    {"Mutation.invitePipefyMembers", "Mutation.setPipefyRole", "Mutation.removePipefyMember"},
	{"Query", "viewerCanWritePipedream"}: {"Mutation.deletePipedreamAccount", "Mutation.deletePipedreamUser"},

	{"ActionStep", "viewerCanReadEmail"}:    {"email"},
	{"ActionStep", "viewerCanReadGrants"}:   {"place", "role"},
	{"ActionLoss", "viewerCanReadGrants"}:   {"accounts", "pipes", "tables"},
	{"ActionLoss", "viewerCanReadTriggers"}: {"triggers"},

	{"Person", "viewerCanReadEmails"}: {"primaryEmail", "emails"},
	{"Person", "viewerCanReadGrants"}: {"grants"},

	{"Identity", "viewerCanReadEmail"}: {"email"},

	{"PipedriveUser", "viewerCanReadEmail"}:       {"email"},
	{"PipedriveUser", "viewerCanReadGrants"}:      {"access", "apps", "isAdmin", "companies"},
	{"PipedriveUser", "viewerCanReadPermissions"}: {"roleId", "permissions", "roleAssignments", "roleSettings", "followers"},
	{"PipedriveUser", "viewerCanReadPhone"}:       {"phone"},

	{"PipefyUser", "viewerCanReadEmail"}:  {"email"},
	{"PipefyUser", "viewerCanReadGrants"}: {"organizationRole", "organizationMemberships", "pipeMemberships", "tableMemberships"},

	{"PipedreamUser", "viewerCanReadEmail"}:            {"email"},
	{"PipedreamUser", "viewerCanReadGrants"}:           {"accounts", "effectiveAccount"},
	{"PipedreamUser", "viewerCanReadDeployedTriggers"}: {"deployedTriggers"},
	{"PipedreamAccount", "viewerCanReadName"}:          {"name"},

	{"IdentityLink", "viewerCanReadEvidence"}:   {"evidence"},
	{"IdentityLink", "viewerCanReadReason"}:     {"reason"},
	{"LinkSuggestion", "viewerCanReadEvidence"}: {"evidence"},

	{"Source", "viewerCanReadBudget"}: {"budget"},
}

// Can answers a viewerCan… field: whether p may see all the fields that it speaks of.
func (p Principal) Can(object, viewerCan string) bool {
	fields := announced[coordinate{object, viewerCan}]
	return len(fields) > 0 && !slices.ContainsFunc(fields, func(f string) bool {
		_, ok := p.Allowed(spoken(object, f))
		return !ok
	})
}

// Announced lists what viewerCan… fields speak of.
func Announced() iter.Seq2[string, string] {
	return func(yield func(object, field string) bool) {
		for at, fields := range announced {
			for _, f := range fields {
				if !yield(spoken(at.object, f)) {
					return
				}
			}
		}
	}
}

// spoken is the coordinate that a viewerCan… field of object names as f.
func spoken(object, f string) (string, string) {
	if of, field, other := strings.Cut(f, "."); other {
		return of, field
	}
	return object, f
}
