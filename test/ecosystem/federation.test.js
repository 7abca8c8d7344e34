// Federation: Manifold composed with another subgraph, and asked through real routers in both directions.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';
import { composeServices } from '@theguild/federation-composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { manifold } from './manifold.js';
import { example, gateways, listen, overheard, subgraph } from './federation.js';

const all = 'a-key-that-may-see-everything-there-is';
const few = 'a-key-that-may-see-no-address-and-no-app';

/** Manifold with two keys, the desks of docs/federation.md, and what each of them hears; supergraph joins them. */
async function house(t, sdl) {
  const scopes = ['directory:read', 'emails:read', 'grants:read'];
  const keys = `api_keys: [{name: all, key: "${all}", scopes: ${JSON.stringify(scopes)}}, {name: few, key: "${few}", scopes: ["directory:read"]}]`;
  const served = await manifold(t, { key: all, edit: (text) => text.replace('insecure_no_authentication: true', keys) });
  const { load, read } = await example(t);
  const desks = await load('desks.js');
  const { compose } = await load('compose.js');
  const people = await overheard(t, `${served.url}/graphql`);
  const team = await overheard(t, await listen(t, desks.server));
  const supergraph = compose([
    { name: 'manifold', url: people.url, sdl },
    { name: 'desks', url: team.url, sdl: await read('desks.graphql') },
  ]);
  const { people: { nodes } } = await served.ask('{ people(first: 40) { nodes { id displayName pipedriveUsers { companyId sourceId displayName } } } }');
  return { supergraph, compose, desks, people, team, nodes, question: await read('question.graphql') };
}

/** A subgraph that gives every account a badge, whatever its system, and lists those of given accounts. */
function badges(ids) {
  const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@interfaceObject", "@shareable"])
    type Query { badges: BadgePage! }
    type BadgePage { nodes: [Identity!]! pageInfo: PageInfo! }
    type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
    type Identity @key(fields: "id") @interfaceObject { id: ID! badge: String }`;
  const resolvers = {
    Query: { badges: () => ({ nodes: ids.map((id) => ({ id })), pageInfo: { hasNextPage: false, hasPreviousPage: false } }) },
    Identity: { __resolveReference: ({ id }) => ({ id }), badge: ({ id }) => `badge of ${id}` },
  };
  return { sdl, server: createServer(createHandler({ schema: buildSubgraphSchema({ typeDefs: parse(sdl), resolvers }) })) };
}

const withoutExtensions = ({ data, errors = [] }) => ({ data, errors: errors.map(({ path, extensions }) => ({ path, code: extensions?.code })) });

test('both composers take Manifold beside other subgraphs', async (t) => {
  const { load, read } = await example(t);
  const { compose } = await load('compose.js');
  const natural = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
    type PipefyUser @key(fields: "organizationId sourceId") { organizationId: String! sourceId: String quota: Int }
    type PipedreamUser @key(fields: "projectId environment externalUserId") { projectId: String! environment: String! externalUserId: String quota: Int }
    type Source @key(fields: "name") { name: String! team: String }
    type Resource @key(fields: "id") { id: ID! team: String }`;
  const sets = [[await read('desks.graphql')], [await read('desks.graphql'), badges([]).sdl], [natural]];
  for (const set of sets) {
    const subgraphs = [subgraph, ...set].map((sdl, i) => ({ name: `s${i}`, url: `http://127.0.0.1/${i}`, sdl }));
    assert.match(compose(subgraphs), /type Person/);
    const { errors, supergraphSdl } = composeServices(subgraphs.map(({ sdl, ...rest }) => ({ ...rest, typeDefs: parse(sdl) })));
    assert.equal(errors, undefined);
    assert.match(supergraphSdl, /requiresScopes\(scopes: \[\["directory:read", "emails:read"\]\]\)/);
  }
});

test('what is printed for composition is what Manifold answers to those who may ask for its schema', async (t) => {
  const { ask } = await manifold(t);
  assert.equal((await ask('{ _service { sdl } }'))._service.sdl, subgraph);
});

for (const [name, { sdl, join, extendsInterfaces }] of Object.entries(gateways)) {
  test(`${name} joins both subgraphs in both directions, one request to each for however many`, async (t) => {
    const { supergraph, desks, people, team, nodes, question } = await house(t, sdl);
    for (const [i, { id }] of nodes.entries()) {
      desks.desks.set(id, `desk ${i}`);
      desks.bookings.push({ id: `booking ${i}`, ownerId: id });
      desks.bookings.push({ id: `booking ${i}, again`, ownerId: id });
    }
    const ask = await join(t, supergraph);
    const heardOf = (from) => from.heard.splice(0).map(({ method, body, headers }) => {
      assert.equal(method, 'POST');
      assert.match(headers['content-type'], /^application\/json/);
      return [body.query.includes('_entities'), body.variables && Object.values(body.variables)[0]?.length, headers.authorization];
    });

    const there = await ask('{ people(first: 40) { nodes { id displayName desk } } }', `Bearer ${all}`);
    assert.deepEqual(there.errors ?? [], []);
    assert.deepEqual(there.data.people.nodes, nodes.map(({ id, displayName }, i) => ({ id, displayName, desk: `desk ${i}` })));
    assert.deepEqual(heardOf(people), [[false, undefined, `Bearer ${all}`]]);
    assert.deepEqual(heardOf(team), [[true, 40, `Bearer ${all}`]]);

    const back = await ask('{ bookings { id owner { displayName identities { __typename displayName } } } }', `Bearer ${all}`);
    assert.deepEqual(back.errors ?? [], []);
    assert.equal(back.data.bookings.length, 80);
    for (const [i, { owner }] of back.data.bookings.entries()) {
      assert.equal(owner.displayName, nodes[Math.floor(i / 2)].displayName);
      assert.ok(owner.identities.length > 0);
    }
    const asked = heardOf(people);
    assert.equal(asked.length, 1, 'eighty owners are one request');
    assert.ok(asked[0][0] && [40, 80].includes(asked[0][1]), `${asked[0][1]} representations`);
    assert.equal(asked[0][2], `Bearer ${all}`);

    const documented = await ask(question, `Bearer ${all}`);
    assert.deepEqual(documented.errors ?? [], []);
    assert.equal(documented.data.bookings[0].owner.desk, 'desk 0');
  });

  test(`${name} follows natural keys`, async (t) => {
    const { supergraph, desks, people, nodes } = await house(t, sdl);
    const users = nodes.flatMap(({ id, pipedriveUsers }) => pipedriveUsers.map((user) => ({ id, ...user })));
    for (const [i, user] of users.entries()) {
      desks.desks.set(user.id, `desk of ${user.id}`);
      desks.quotas.push({ deals: i, companyId: user.companyId, userId: user.sourceId });
    }
    desks.quotas.push({ deals: -1, companyId: users[0].companyId, userId: '999999999' });
    const ask = await join(t, supergraph);
    const { data, errors = [] } = await ask('{ quotas { deals user { displayName person { id desk } } } }', `Bearer ${all}`);
    assert.deepEqual(errors.filter(({ path }) => path[1] !== users.length), []);
    assert.deepEqual(data.quotas, [
      ...users.map(({ id, displayName }, deals) => ({ deals, user: { displayName, person: { id, desk: `desk of ${id}` } } })),
      { deals: -1, user: null },
    ]);
    // Nobody has that number. What cannot be null is missing of them, which some routers call an error and some do not.
    assert.equal(data.quotas.at(-1).user, null);
    assert.equal(people.heard.length, 1);
  });

  if (extendsInterfaces) test(`${name} extends every account by its interface`, async (t) => {
    const { compose, people, nodes } = await house(t, sdl);
    const direct = { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${all}` } };
    const query = `{ nodes(ids: ${JSON.stringify(nodes.slice(0, 5).map(({ id }) => id))}) { ... on Person { identities { __typename id displayName } } } }`;
    const { data } = await (await fetch(people.url, { ...direct, body: JSON.stringify({ query }) })).json();
    const accounts = data.nodes.flatMap(({ identities }) => identities);
    const team = badges(accounts.map(({ id }) => id));
    const supergraph = compose([{ name: 'manifold', url: people.url, sdl }, { name: 'badges', url: await listen(t, team.server), sdl: team.sdl }]);
    const ask = await join(t, supergraph);
    const badged = accounts.map((account) => ({ ...account, badge: `badge of ${account.id}` }));

    const there = await ask(query.replace('displayName', 'displayName badge'), `Bearer ${all}`);
    assert.deepEqual(there.errors ?? [], []);
    assert.deepEqual(there.data.nodes.flatMap(({ identities }) => identities), badged);

    people.heard.length = 0;
    const back = await ask('{ badges { nodes { __typename id displayName badge } pageInfo { hasNextPage } } }', `Bearer ${all}`);
    assert.deepEqual(back.errors ?? [], []);
    assert.deepEqual(back.data.badges.nodes, badged);
    assert.equal(people.heard.length, 1);
  });

  test(`${name} passes on who asks, what is refused, and the rest`, async (t) => {
    const { supergraph, desks, nodes } = await house(t, sdl);
    desks.bookings.push({ id: '1', ownerId: nodes[0].id }, { id: '2', ownerId: 'an id that nobody gave out' }, { id: '3', ownerId: nodes[1].id });
    const ask = await join(t, supergraph);
    const query = '{ bookings { id owner { displayName primaryEmail } } }';

    const partial = withoutExtensions(await ask(query, `Bearer ${few}`));
    assert.deepEqual(partial.data.bookings.map(({ owner }) => owner && { ...owner }), [
      { displayName: nodes[0].displayName, primaryEmail: null }, null, { displayName: nodes[1].displayName, primaryEmail: null },
    ]);
    assert.deepEqual(partial.errors.map(({ code }) => code).sort(), ['BAD_USER_INPUT', 'FORBIDDEN', 'FORBIDDEN']);

    const whole = withoutExtensions(await ask(query, `Bearer ${all}`));
    assert.ok(whole.data.bookings[0].owner.primaryEmail.includes('@'));
    assert.deepEqual(whole.errors.map(({ code }) => code), ['BAD_USER_INPUT']);

    const nobody = withoutExtensions(await ask(query, 'Bearer of-nothing'));
    assert.equal(nobody.data?.bookings?.[0].owner?.displayName ?? null, null);
    assert.ok(nobody.errors.length > 0);
  });
}
