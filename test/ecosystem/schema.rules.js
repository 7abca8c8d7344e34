// What @graphql-eslint holds our schema to: its recommended rules for schemas and its rules for Relay. Whatever differs
// from what it recommends has its reason here.
import graphql from '@graphql-eslint/eslint-plugin';

const { 'flat/schema-recommended': recommended, 'flat/schema-relay': relay } = graphql.configs;

/** Types that have no id, for they are values or parts of what has one: a client's cache keeps them inside of that. */
export const withoutId = [
  // Who asks, and for how much longer.
  'Viewer', 'ViewerLimits',
  // Of every page, fact and refused input.
  'PageInfo', 'Freshness', 'UserError',
  // Of a person or an account.
  'PersonSourceState', 'Grant', 'IdentityLink', 'PipedriveAccess', 'PipedrivePermission', 'PipedriveRoleAssignment', 'PipedriveRoleSetting',
  // The vendor's own ids name them, and only beside their user's.
  'PipedreamAccount', 'PipedreamDeployedTrigger',
  // Of a source.
  'Coverage', 'SourceBudget', 'Spending',
  // Found anew by every linking: their accounts name them.
  'LinkSuggestion', 'LinkConflict',
  // What was noted. Nothing refers to it.
  'Change', 'Finding', 'AuditEntry', 'AuditAccount', 'AuditCost',
  // Told once: a client keeps the person of it.
  'PersonChange',
  // Of an action.
  'ActionPlan', 'ActionCost', 'ActionStep', 'ActionLoss', 'ActionLossAccount', 'ActionLossTrigger',
];

export const rules = {
  ...recommended.rules,
  ...relay.rules,
  // A sentence stands on its own line between quotes, several between triple quotes. The rule knows only the one or the other.
  '@graphql-eslint/description-style': 'off',
  // Lists that only grow at the front are read from the front: the specification of connections asks for one of both directions.
  '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
  '@graphql-eslint/relay-edge-types': ['error', {
    withEdgeSuffix: true,
    // The specification lets a node be of any type but a list, and node(id:) cannot answer what has no id.
    shouldImplementNode: false,
    // Lists that are short by nature are no connections: nodes of a connection, scopes, steps.
    listTypeCanWrapOnlyEdgeType: false,
  }],
  '@graphql-eslint/strict-id-in-types': ['error', {
    acceptedIdNames: ['id'],
    acceptedIdTypes: ['ID'],
    exceptions: { types: withoutId, suffixes: ['Payload', 'Connection', 'Edge'] },
  }],
};

/** A configuration of ESLint for the schema that schema names: SDL, or where it is. */
export const config = (schema) => [{
  files: ['**/*.graphqls'],
  plugins: { '@graphql-eslint': graphql },
  languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema } } },
  rules,
}, {
  // Its names and types are fixed by the specification of Federation.
  files: ['federation.graphqls'],
  rules: { '@graphql-eslint/naming-convention': 'off', '@graphql-eslint/strict-id-in-types': 'off' },
}];
