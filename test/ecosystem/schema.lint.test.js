// The schema as @graphql-eslint sees it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import test from 'node:test';
import { ESLint } from 'eslint';
import { buildSchema } from 'graphql';
import { config, withoutId } from './schema.rules.js';

const root = resolve(import.meta.dirname, '../..');
const linter = (schema) => new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig: config(schema) });
const told = (results) => results.flatMap((r) => r.messages.map((m) => ({ rule: m.ruleId, at: `${r.filePath}:${m.line}`, message: m.message })));

test('the schema keeps the recommended rules and those for Relay', async () => {
  const results = await linter(`${root}/*.graphqls`).lintFiles(['*.graphqls']);
  assert.ok(results.some((r) => r.filePath.endsWith('/schema.graphqls')));
  assert.deepEqual(told(results), []);
});

test('what has no id is there, and has none', async () => {
  const schema = buildSchema(await readFile(`${root}/schema.graphqls`, 'utf8'));
  assert.deepEqual(withoutId.filter((name) => !schema.getType(name) || schema.getType(name).getFields().id), []);
});

// A linter that reads nothing finds nothing.
test('a schema that breaks the rules is found out', async () => {
  const broken = `
    "Asks."
    type Query {
      "All."
      things: ThingConnection
    }
    "A page."
    type ThingConnection {
      edges: [ThingEdge!]!
      page: PageInfo
    }
    "Where a page stands."
    type PageInfo {
      hasNextPage: Boolean
    }
    "In a page."
    type ThingEdge {
      cursor: Int!
      node: Thing!
    }
    type Thing {
      called_so: String @deprecated
    }
    "Reached by nothing."
    type Lonely {
      id: ID!
    }
  `;
  const results = await linter(broken).lintText(broken, { filePath: `${root}/broken.graphqls` });
  assert.deepEqual([...new Set(told(results).map((m) => m.rule?.replace('@graphql-eslint/', '') ?? m.message))].sort(), [
    'naming-convention', 'no-unreachable-types', 'relay-arguments', 'relay-connection-types', 'relay-edge-types', 'relay-page-info',
    'require-deprecation-reason', 'require-description', 'strict-id-in-types',
  ]);
});
