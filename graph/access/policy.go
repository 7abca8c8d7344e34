package access

import (
	"iter"
	"slices"
	"strings"
)

// coordinate names a field of the schema ("Person"."emails"), or a member of an
// input or enum that asks for the same fact ("PeopleFilter"."emailDomains").
type coordinate struct{ object, field string }

// decision is what a coordinate needs. The zero decision, of what has no row, is: nobody.
type decision struct {
	decided bool
	// scope is "" where it is enough to be known. Every other one is needed beside ScopeDirectoryRead.
	scope Scope
}

// policy is the decision on every coordinate of the schema: fields of objects and interfaces, members of inputs, and
// values of enums that a client can send. An argument is as open as its field; what an input type asks for by it has
// rows of its own. What has no row is closed, and a test walks the schema for it.
var policy = decide(
	// Who is asking may always be asked.
	known("Query", "viewer", "viewerCanReadResources", "viewerCanReadLinks", "viewerCanReadHistory", "viewerCanWriteLinks"),
	known("Viewer", "name", "roles", "scopes", "limitedTo", "expiresAt"),
	known("ViewerLimits", "sources", "emailDomains", "showsAddressless"),
	// The shape of pages tells nothing of its own.
	known("PageInfo", "hasNextPage", "hasPreviousPage", "startCursor", "endCursor"),

	needs(ScopeDirectoryRead, "Query", "node", "nodes", "person", "people", "sources"),
	needs(ScopeGrantsRead, "Query", "resources"),
	needs(ScopeLinksRead, "Query", "linkSuggestions", "linkConflicts", "linkDecisions"),
	needs(ScopeHistoryRead, "Query", "changes"),
	needs(ScopeDirectoryRead, "Subscription", "personChanged", "sourceChanged"),
	needs(ScopeActionsRead, "Subscription", "actionProgress"),
	needs(ScopeDirectoryRead, "PersonChange", "kind", "person", "personId", "intoId"),
	needs(ScopeDirectoryRead, "Node", "id"),
	// The schema is nobody's data: whether it is told is a setting of the server, as for introspection.
	known("Query", "_service"),
	known("_Service", "sdl"),
	needs(ScopeDirectoryRead, "Query", "_entities"),
	needs(ScopeDirectoryRead, "Freshness", "observedAt", "isStale", "reason"),

	needs(ScopeDirectoryRead, "PersonRef", "id", "pipedriveUser", "pipefyUser", "pipedreamUser"),
	needs(ScopeEmailsRead, "PersonRef", "email"),
	needs(ScopeDirectoryRead, "PipedriveUserRef", "userId", "source"),
	needs(ScopeDirectoryRead, "PipefyUserRef", "userId", "source"),
	needs(ScopeDirectoryRead, "PipedreamUserRef", "externalUserId", "source"),

	needs(ScopeDirectoryRead, "PeopleFilter", "search", "searchIn", "systems", "sources", "status", "kinds", "isLinked", "presentIn", "absentIn", "absentInSources"),
	needs(ScopeGrantsRead, "PeopleFilter", "roles", "levels", "resources", "apps"),
	needs(ScopeEmailsRead, "PeopleFilter", "emailDomains"),
	needs(ScopeDirectoryRead, "SearchField", "NAME"),
	needs(ScopeEmailsRead, "SearchField", "EMAIL"),
	needs(ScopeDirectoryRead, "PeopleOrder", "field", "direction"),
	needs(ScopeDirectoryRead, "PeopleOrderField", "DISPLAY_NAME", "CREATED_AT", "LAST_SEEN_AT"),
	needs(ScopeEmailsRead, "PeopleOrderField", "PRIMARY_EMAIL"),
	needs(ScopeDirectoryRead, "OrderDirection", "ASC", "DESC"),
	needs(ScopeDirectoryRead, "System", "PIPEDRIVE", "PIPEFY", "PIPEDREAM"),
	needs(ScopeDirectoryRead, "PersonKind", "HUMAN", "BOT", "ORGANIZATION", "UNKNOWN"),
	needs(ScopeDirectoryRead, "PersonStatus", "ACTIVE", "UNCONFIRMED", "INACTIVE", "ERASED"),
	needs(ScopeGrantsRead, "AccessLevel", "OWNER", "ADMIN", "MEMBER", "READER", "GUEST", "OTHER"),
	needs(ScopeGrantsRead, "ResourceKind", "COMPANY", "COMPANY_APP", "ORGANIZATION", "PIPE", "TABLE", "PROJECT", "CONNECTED_APP"),

	needs(ScopeDirectoryRead, "Person", "id", "displayName", "kind", "status", "avatarUrl", "createdAt", "lastSeenAt",
		"identities", "pipedriveUsers", "pipefyUsers", "pipedreamUsers", "links", "sourceStates", "viewerCanReadEmails", "viewerCanReadGrants"),
	needs(ScopeEmailsRead, "Person", "primaryEmail", "emails"),
	needs(ScopeGrantsRead, "Person", "grants"),
	needs(ScopeDirectoryRead, "PersonSourceState", "source", "state", "age", "code"),
	needs(ScopeDirectoryRead, "PersonConnection", page...),
	needs(ScopeDirectoryRead, "PersonEdge", edge...),

	needs(ScopeDirectoryRead, "Identity", identity...),
	needs(ScopeEmailsRead, "Identity", "email"),
	needs(ScopeDirectoryRead, "IdentityConnection", page...),
	needs(ScopeDirectoryRead, "IdentityEdge", edge...),

	needs(ScopeDirectoryRead, "PipedriveUser", identity...),
	needs(ScopeDirectoryRead, "PipedriveUser", "companyId", "activeFlag", "isDeleted", "lang", "locale", "timezoneName", "timezoneOffset",
		"defaultCurrency", "iconUrl", "created", "modified", "lastLogin", "hasCreatedCompany", "isYou",
		"viewerCanReadGrants", "viewerCanReadPermissions", "viewerCanReadPhone"),
	needs(ScopeEmailsRead, "PipedriveUser", "email"),
	needs(ScopePhonesRead, "PipedriveUser", "phone"),
	needs(ScopeGrantsRead, "PipedriveUser", "access", "apps", "isAdmin", "companies"),
	needs(ScopePermissionsRead, "PipedriveUser", "roleId", "permissions", "roleAssignments", "roleSettings", "followers"),
	needs(ScopeGrantsRead, "PipedriveAccess", "app", "admin", "permissionSetId"),
	needs(ScopePermissionsRead, "PipedrivePermission", "name", "granted"),
	needs(ScopePermissionsRead, "PipedriveRoleAssignment", "roleId", "parentRoleId", "name", "type", "isActive"),
	needs(ScopePermissionsRead, "PipedriveRoleSetting", "name", "value"),
	needs(ScopePermissionsRead, "PipedriveFollowerConnection", "edges", "pageInfo", "totalCount"),
	needs(ScopePermissionsRead, "PipedriveFollowerEdge", "cursor", "node", "userId", "addTime"),

	needs(ScopeDirectoryRead, "PipefyUser", identity...),
	needs(ScopeDirectoryRead, "PipefyUser", "organizationId", "uuid", "username", "locale", "timezone", "isPending", "isBillable", "viewerCanReadGrants"),
	needs(ScopeEmailsRead, "PipefyUser", "email"),
	needs(ScopeGrantsRead, "PipefyUser", "organizationRole", "organizationMemberships", "pipeMemberships", "tableMemberships"),

	needs(ScopeDirectoryRead, "PipedreamUser", identity...),
	needs(ScopeDirectoryRead, "PipedreamUser", "externalUserId", "projectId", "environment", "viewerCanReadGrants", "viewerCanReadDeployedTriggers"),
	needs(ScopeEmailsRead, "PipedreamUser", "email"),
	needs(ScopeGrantsRead, "PipedreamUser", "accounts", "effectiveAccount"),
	needs(ScopePermissionsRead, "PipedreamUser", "deployedTriggers"),
	needs(ScopeGrantsRead, "PipedreamAccount", "accountId", "app", "appName", "authType", "health", "isEffective", "authorizedScopes",
		"createdAt", "updatedAt", "expiresAt", "lastRefreshedAt", "nextRefreshAt", "viewerCanReadName"),
	needs(ScopeEmailsRead, "PipedreamAccount", "name"),
	needs(ScopeGrantsRead, "PipedreamAccountConnection", page...),
	needs(ScopeGrantsRead, "PipedreamAccountEdge", edge...),
	needs(ScopePermissionsRead, "PipedreamDeployedTrigger", "triggerId", "name", "type", "componentKey", "isActive", "createdAt", "updatedAt"),

	needs(ScopeDirectoryRead, "IdentityLink", "basis", "rule", "trust", "strength", "decidedAt", "decidedBy", "identities", "viewerCanReadEvidence",
		"viewerCanReadReason"),
	needs(ScopeEmailsRead, "IdentityLink", "evidence"),
	needs(ScopeLinksRead, "IdentityLink", "reason"),
	needs(ScopeLinksRead, "LinkSuggestion", "identities", "basis", "rule", "trust", "strength", "viewerCanReadEvidence"),
	needs(ScopeEmailsRead, "LinkSuggestion", "evidence"),
	needs(ScopeLinksRead, "LinkSuggestionConnection", page...),
	needs(ScopeLinksRead, "LinkSuggestionEdge", edge...),
	needs(ScopeLinksRead, "LinkConflict", "reason", "identities", "links"),
	needs(ScopeLinksRead, "LinkConflictConnection", page...),
	needs(ScopeLinksRead, "LinkConflictEdge", edge...),

	// Decisions are reached through what reads them and what makes them, both with a scope of their own.
	needs(ScopeDirectoryRead, "LinkDecision", "id", "act", "identityIds", "identities", "decidedAt", "decidedBy", "reason", "joinsSameAccount",
		"supersedes", "undoes", "isInForce"),
	needs(ScopeLinksRead, "LinkDecisionConnection", page...),
	needs(ScopeLinksRead, "LinkDecisionEdge", edge...),
	needs(ScopeDirectoryRead, "UserError", "code", "message", "field"),
	needs(ScopeLinksWrite, "Mutation", "linkIdentities", "unlinkIdentity", "confirmLinkSuggestion", "dismissLinkSuggestion", "undoLinkDecision"),
	needs(ScopeLinksWrite, "LinkIdentitiesInput", "identityIds", "reason", "idempotencyKey"),
	needs(ScopeLinksWrite, "UnlinkIdentityInput", "identityId", "from", "reason", "idempotencyKey"),
	needs(ScopeLinksWrite, "ConfirmLinkSuggestionInput", "identityIds", "reason", "idempotencyKey"),
	needs(ScopeLinksWrite, "DismissLinkSuggestionInput", "identityIds", "reason", "idempotencyKey"),
	needs(ScopeLinksWrite, "UndoLinkDecisionInput", "decisionId", "reason", "idempotencyKey"),
	needs(ScopeLinksWrite, "LinkIdentitiesPayload", outcome...),
	needs(ScopeLinksWrite, "UnlinkIdentityPayload", outcome...),
	needs(ScopeLinksWrite, "ConfirmLinkSuggestionPayload", outcome...),
	needs(ScopeLinksWrite, "DismissLinkSuggestionPayload", outcome...),
	needs(ScopeLinksWrite, "UndoLinkDecisionPayload", outcome...),

	needs(ScopeHistoryRead, "ChangeFilter", "person", "source", "kind", "from", "to"),
	needs(ScopeHistoryRead, "ChangeKind", "APPEARED", "LEFT", "RETURNED", "STATE_CHANGED", "GRANT_GAINED", "GRANT_LOST", "GRANT_CHANGED",
		"LINKED", "UNLINKED"),
	needs(ScopeHistoryRead, "Change", "kind", "observedAt", "afterAt", "source", "identityId", "identity", "sourceId", "person", "personId",
		"oldPersonId", "state", "oldState", "resourceId", "resource", "level", "role", "oldLevel", "oldRole"),
	needs(ScopeHistoryRead, "ChangeConnection", page...),
	needs(ScopeHistoryRead, "ChangeEdge", edge...),

	// A resource is named where a grant is, and in the companies of a user.
	needs(ScopeGrantsRead, "Resource", "id", "kind", "name", "source", "sourceId", "parent", "isMembersComplete", "members"),
	needs(ScopeGrantsRead, "ResourceFilter", "kinds", "systems", "sources", "search"),
	needs(ScopeGrantsRead, "ResourceConnection", page...),
	needs(ScopeGrantsRead, "ResourceEdge", edge...),
	needs(ScopeGrantsRead, "ResourceMemberConnection", page...),
	needs(ScopeGrantsRead, "ResourceMemberEdge", "cursor", "node", "level", "role"),
	needs(ScopeGrantsRead, "Grant", "resource", "identity", "level", "role"),
	needs(ScopeGrantsRead, "GrantFilter", "kinds", "systems", "levels"),
	needs(ScopeGrantsRead, "GrantConnection", page...),
	needs(ScopeGrantsRead, "GrantConnection", "isComplete"),
	needs(ScopeGrantsRead, "GrantEdge", edge...),

	needs(ScopeDirectoryRead, "Source", "id", "name", "system", "title", "accountId", "health", "reason", "code", "nextRefreshAt",
		"freshness", "coverage", "credentialOwner", "identities", "viewerCanReadBudget"),
	needs(ScopeBudgetsRead, "Source", "budget"),
	needs(ScopeDirectoryRead, "Coverage", "seen", "total", "isComplete", "gaps"),
	needs(ScopeBudgetsRead, "SourceBudget", "limit", "remaining", "spent", "resetsAt", "burstLimit", "state", "spentBy"),
	needs(ScopeBudgetsRead, "Spending", "client", "operation", "field", "class", "calls", "tokens"),
	known("Query", "viewerCanReadAuditLog"),
	needs(ScopeAuditRead, "Query", "auditLog"),
	needs(ScopeAuditRead, "AuditFilter", "person", "actor", "act", "from", "to"),
	needs(ScopeAuditRead, "AuditEntryConnection", page...),
	needs(ScopeAuditRead, "AuditEntryEdge", edge...),
	needs(ScopeAuditRead, "AuditEntry", "number", "head", "at", "phase", "act", "principal", "client", "personId", "person", "accounts", "sourceName",
		"placeId", "actionId", "step", "requestId", "correlationIds", "costs", "result", "code", "reason", "before", "after", "isErased", "viewerCanReadAddress"),
	needs(ScopeEmailsRead, "AuditEntry", "address"),
	needs(ScopeAuditRead, "AuditAccount", "system", "account", "sourceId"),
	needs(ScopeAuditRead, "AuditCost", "sourceName", "calls", "tokens"),
	known("Query", "viewerCanReadActions", "viewerCanWritePipedrive", "viewerCanWritePipefy", "viewerCanWritePipedream"),
	needs(ScopeActionsRead, "Query", "actions", "findings"),
	// What offboarding and cancelling touch is known only then: the use case asks for the write scopes of that.
	needs(ScopeActionsRead, "Mutation", "offboardPerson", "cancelAction"),
	needs(ScopePipedriveWrite, "Mutation", "addPipedriveUser", "setPipedriveUserActive"),
	needs(ScopePipefyWrite, "Mutation", "invitePipefyMembers", "setPipefyRole", "removePipefyMember"),
	needs(ScopePipedreamWrite, "Mutation", "deletePipedreamAccount", "deletePipedreamUser"),

	needs(ScopePipedriveWrite, "AddPipedriveUserInput", "source", "email", "apps", "reason", "idempotencyKey"),
	needs(ScopePipedriveWrite, "SetPipedriveUserActiveInput", append(taking, "userId", "active")...),
	needs(ScopePipefyWrite, "InvitePipefyMembersInput", "placeId", "members", "message", "reason", "idempotencyKey"),
	needs(ScopePipefyWrite, "PipefyInvitation", "email", "role"),
	needs(ScopePipefyWrite, "SetPipefyRoleInput", append(taking, "memberId", "placeId", "role")...),
	needs(ScopePipefyWrite, "RemovePipefyMemberInput", append(taking, "memberId", "placeId")...),
	needs(ScopePipedreamWrite, "DeletePipedreamAccountInput", append(taking, "userId", "accountId")...),
	needs(ScopePipedreamWrite, "DeletePipedreamUserInput", append(taking, "userId")...),
	needs(ScopeActionsRead, "OffboardPersonInput", append(taking, "personIds", "at")...),
	needs(ScopeActionsRead, "CancelActionInput", "actionId", "reason", "idempotencyKey"),

	// Whoever may act may see what comes of it.
	needs(ScopePipedriveWrite, "AddPipedriveUserPayload", "action", "userErrors"),
	needs(ScopePipedriveWrite, "SetPipedriveUserActivePayload", payload...),
	needs(ScopePipefyWrite, "InvitePipefyMembersPayload", "action", "userErrors"),
	needs(ScopePipefyWrite, "SetPipefyRolePayload", payload...),
	needs(ScopePipefyWrite, "RemovePipefyMemberPayload", payload...),
	needs(ScopePipedreamWrite, "DeletePipedreamAccountPayload", payload...),
	needs(ScopePipedreamWrite, "DeletePipedreamUserPayload", payload...),
	needs(ScopeActionsRead, "OffboardPersonPayload", payload...),
	needs(ScopeActionsRead, "CancelActionPayload", "action", "userErrors"),

	needs(ScopeDirectoryRead, "ActionPlan", "act", "startsAt", "steps", "crossedLinks", "untrustedLinks", "costs"),
	needs(ScopeDirectoryRead, "ActionCost", "source", "calls", "tokens"),
	needs(ScopeDirectoryRead, "Action", "id", "act", "state", "actor", "reason", "requestId", "createdAt", "startsAt", "endedAt", "steps"),
	needs(ScopeDirectoryRead, "ActionStep", "kind", "state", "sourceName", "identityId", "identity", "accountId", "goes", "message", "code",
		"attempts", "begunAt", "endedAt", "nextAt", "isReconciled", "calls", "tokens", "viewerCanReadEmail", "viewerCanReadGrants"),
	needs(ScopeEmailsRead, "ActionStep", "email"),
	needs(ScopeGrantsRead, "ActionStep", "place", "role"),
	needs(ScopeDirectoryRead, "ActionLoss", "cardAssignments", "viewerCanReadGrants", "viewerCanReadTriggers"),
	needs(ScopeGrantsRead, "ActionLoss", "accounts", "pipes", "tables"),
	needs(ScopePermissionsRead, "ActionLoss", "triggers"),
	needs(ScopeGrantsRead, "ActionLossAccount", "accountId", "app"),
	needs(ScopePermissionsRead, "ActionLossTrigger", "triggerId", "type"),
	needs(ScopeActionsRead, "ActionFilter", "personIds", "states", "acts", "actor"),
	needs(ScopeActionsRead, "ActionState", "SCHEDULED", "RUNNING", "SUCCEEDED", "INCOMPLETE", "CANCELLED"),
	needs(ScopeActionsRead, "ActionConnection", page...),
	needs(ScopeActionsRead, "ActionEdge", edge...),
	needs(ScopeActionsRead, "Finding", "kind", "at", "action", "sourceName", "identityId", "identity"),
	needs(ScopeActionsRead, "FindingConnection", page...),
	needs(ScopeActionsRead, "FindingEdge", edge...),

	needs(ScopeBudgetsRead, "SpendingKey", "CLIENT", "OPERATION", "FIELD", "CLASS"),
)

// What several types have alike.
var (
	taking  = []string{"dryRun", "planToken", "force", "reason", "idempotencyKey"}[:5:5]
	payload = []string{"action", "plan", "planToken", "userErrors"}
	page    = []string{"edges", "nodes", "pageInfo", "totalCount"}
	edge    = []string{"cursor", "node"}
	// outcome is what comes of a decision about links.
	outcome  = []string{"userErrors", "decision", "people"}
	identity = []string{"id", "source", "sourceId", "displayName", "isActive", "kind", "person", "links", "freshness", "viewerCanReadEmail"}
)

type row struct {
	decision
	object string
	fields []string
}

func known(object string, fields ...string) row { return needs("", object, fields...) }

func needs(scope Scope, object string, fields ...string) row {
	return row{decision{decided: true, scope: scope}, object, fields}
}

// decide makes the table, and panics at a coordinate with two decisions.
func decide(rows ...row) map[coordinate]decision {
	table := make(map[coordinate]decision, 512)
	for _, r := range rows {
		for _, f := range r.fields {
			at := coordinate{r.object, f}
			if _, twice := table[at]; twice {
				panic("access: two decisions on " + r.object + "." + f)
			}
			table[at] = r.decision
		}
	}
	return table
}

// Required are the scopes that a coordinate needs, all of them: none for what every principal may see. False: nobody may,
// for nothing was decided. Object is the name of the concrete type. What introspection shows is nobody's data: whether
// it answers at all is a setting of the server.
func Required(object, field string) (scopes []Scope, decided bool) {
	switch d := policy[coordinate{object, field}]; {
	case !d.decided:
		return nil, strings.HasPrefix(field, "__") || strings.HasPrefix(object, "__")
	case d.scope == "":
		return nil, true
	case d.scope == ScopeDirectoryRead:
		return []Scope{ScopeDirectoryRead}, true
	default: // all of it is said of the directory
		return []Scope{ScopeDirectoryRead, d.scope}, true
	}
}

// Allowed tells whether p may see object.field; when not, a missing scope
// comes with it, "" where none would help.
func (p Principal) Allowed(object, field string) (missing Scope, ok bool) {
	d := policy[coordinate{object, field}]
	switch {
	case !d.decided:
		_, open := Required(object, field)
		return "", open && p.Name != ""
	case d.scope == "":
		return "", p.Name != ""
	case !p.Has(ScopeDirectoryRead):
		return ScopeDirectoryRead, false
	}
	return d.scope, p.Has(d.scope)
}

// Coordinates lists every row of the policy, as object and field, sorted.
func Coordinates() iter.Seq2[string, string] {
	return func(yield func(object, field string) bool) {
		all := make([]string, 0, len(policy))
		for c := range policy {
			all = append(all, c.object+"."+c.field)
		}
		slices.Sort(all)
		for _, at := range all {
			object, field, _ := strings.Cut(at, ".")
			if !yield(object, field) {
				return
			}
		}
	}
}
