// urql: the document cache, and Graphcache with our schema.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, fetchExchange, cacheExchange as documentCache } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { act, preflight } from '../manifold.js';
import { graphqlWS } from './setup/graphql-ws.js';
import { changes } from './setup/people.js';
import { urql } from './setup/urql.js';
import { crash, deactivate, documents, events, everybody, forbidden, join, keys, sdl, served, soon, twoApart } from './world.js';

test('urql', { timeout: 60_000 }, async (t) => {
  const serving = await served(t);
  const schema = introspectionFromSchema(buildSchema(await sdl()));
  const fetchOptions = { headers: { Authorization: `Bearer ${keys.admin}`, ...preflight } };
  const client = (key = keys.admin) => urql(serving.graphql, key, schema);

  await t.test('the document cache answers a question once, until a mutation shows the same types', async () => {
    let asked = 0;
    const admin = new Client({
      url: serving.graphql,
      fetchOptions,
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

  await t.test('a document goes by its hash, and its text once alone', async () => {
    const sent = [];
    const admin = new Client({
      url: serving.graphql,
      fetchOptions,
      fetch: (address, init) => (sent.push(new URL(address).searchParams.get('query') ?? JSON.parse(init.body ?? '{}').query), fetch(address, init)),
      exchanges: [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
    });
    for (let i = 0; i < 2; i++) {
      const { data, error } = await admin.query('query Surprise { people(first: 2) { nodes { id } } }', {}, { requestPolicy: 'network-only' });
      assert.equal(error, undefined);
      assert.equal(data.people.nodes.length, 2);
    }
    assert.deepEqual(sent.map((text) => /first: 2/.test(text)), [false, true, false]);
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

  await t.test('changes reach the cache by themselves, and after a crash what is shown is asked for anew', async () => {
    const admin = urql(serving.graphql, keys.admin, schema, graphqlWS(serving.graphql, keys.admin, { retryWait: soon }));
    const [changed, meanwhile] = await twoApart(serving.ask);
    const question = [
      'query($filter: PeopleFilter) { people(first: 100, filter: $filter) { nodes { id status } pageInfo { hasNextPage } } }',
      { filter: { presentIn: ['PIPEDRIVE'], absentIn: ['PIPEFY', 'PIPEDREAM'] } },
    ];
    const shown = events();
    const watching = admin.query(...question).subscribe(({ data, error }) => shown.push({ people: data?.people.nodes, error: error?.message }));
    const is = (person, status) => shown.until(({ people }) => people?.some((p) => p.id === person.id && p.status === status), `${person.id} ${status}`);
    await is(changed, 'ACTIVE');
    const told = events();
    const following = admin.subscription(changes, {}).subscribe(({ data, error }) => {
      if (data?.personChanged.kind === 'RESYNC') admin.query(...question, { requestPolicy: 'network-only' }).toPromise();
      told.push(data?.personChanged ?? { error });
    });
    await told.until((e) => e.kind === 'RESYNC', 'the first RESYNC');

    await act(serving.ask, 'setPipedriveUserActive', { userId: changed.identities[0].id, active: false });
    await is(changed, 'INACTIVE');

    await crash(serving, () => deactivate(serving.world, meanwhile));
    await is(meanwhile, 'INACTIVE');
    following.unsubscribe();
    watching.unsubscribe();
  });

  await t.test('a subscription goes over plain HTTP where no socket is wanted', async () => {
    const admin = new Client({
      url: serving.graphql,
      fetchSubscriptions: true,
      fetchOptions,
      exchanges: [documentCache, fetchExchange],
    });
    const told = events();
    const following = admin.subscription(changes, {}).subscribe(({ data, error }) => told.push(data?.personChanged ?? { error: error.message }));
    await told.until((e) => e.kind === 'RESYNC', 'the first RESYNC');
    await join(serving.ask, await twoApart(serving.ask));
    await told.until((e) => e.kind === 'MERGED', 'the merge');
    following.unsubscribe();
  });
});
