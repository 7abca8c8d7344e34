// urql: the document cache, and Graphcache with our schema.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, fetchExchange, cacheExchange as documentCache } from '@urql/core';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { urql } from './setup/urql.js';
import { documents, everybody, forbidden, keys, sdl, served, twoApart } from './world.js';

test('urql', { timeout: 60_000 }, async (t) => {
  const serving = await served(t);
  const schema = introspectionFromSchema(buildSchema(await sdl()));
  const client = (key = keys.admin) => urql(serving.graphql, key, schema);

  await t.test('the document cache answers a question once, until a mutation shows the same types', async () => {
    let asked = 0;
    const admin = new Client({
      url: serving.graphql,
      preferGetMethod: false,
      fetchOptions: { headers: { Authorization: `Bearer ${keys.admin}` } },
      fetch: (...request) => (asked++, fetch(...request)),
      exchanges: [documentCache, fetchExchange],
    });
    for (let i = 0; i < 3; i++) {
      const { data, error } = await admin.query(documents.addresses, {});
      assert.equal(error, undefined);
      assert.equal(data.people.nodes.length, 3);
    }
    assert.equal(asked, 1);
  });

  await t.test('Graphcache grows one list of everybody', async () => {
    const admin = client();
    let people;
    for (let after; !people || people.pageInfo.hasNextPage; after = people.pageInfo.endCursor) {
      const { data, error } = await admin.query(documents.page, { first: 60, after });
      assert.equal(error, undefined);
      people = data.people;
    }
    assert.deepEqual(people.edges.map((e) => e.node.id), await everybody(serving.ask));
  });

  await t.test('Graphcache knows from the schema what may be null, and answers from one query what another read', async () => {
    const admin = client();
    const [one] = await twoApart(serving.ask);
    const document = 'query($id: ID!) { node(id: $id) { id ... on Person { displayName identities { id ... on PipedriveUser { companyId } } } } }';
    const { data } = await admin.query(document, { id: one.id });
    assert.equal(data.node.displayName, one.displayName);
    const cached = admin.readQuery('query($id: ID!) { node(id: $id) { ... on Node { id } ... on Person { identities { ... on Identity { id } } } } }', { id: one.id });
    assert.equal(cached.data.node.identities[0].id, one.identities[0].id);
  });

  await t.test('what may not be told is an error beside the rest', async () => {
    const { data, error } = await client(keys.reader).query(documents.addresses, {});
    assert.equal(data.people.nodes.length, 3);
    assert.ok(data.people.nodes.every((n) => n.displayName && n.primaryEmail === null));
    assert.deepEqual(forbidden(error.graphQLErrors), [0, 1, 2].map((i) => `people.nodes.${i}.primaryEmail`));
    assert.equal(error.networkError, undefined);
  });

  await t.test('a refused document and a wrong key are errors with status and code', async () => {
    for (const [key, document, status, code] of [
      [keys.admin, documents.refused, 400, 'BAD_USER_INPUT'],
      [keys.wrong, documents.addresses, 401, 'UNAUTHENTICATED'],
    ]) {
      const { data, error } = await client(key).query(document, {});
      assert.ok(!data);
      assert.equal(error.response.status, status);
      assert.equal(error.graphQLErrors[0].extensions.code, code);
    }
  });
});
