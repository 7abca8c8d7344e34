// Apollo Client: a normalized cache over our ids and connections.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { buildSchema, isInterfaceType } from 'graphql';
import { filter, firstValueFrom } from 'rxjs';
import { act, preflight } from '../manifold.js';
import { apollo } from './setup/apollo.js';
import { graphqlWS } from './setup/graphql-ws.js';
import { changes } from './setup/people.js';
import { crash, deactivate, documents, events, everybody, forbidden, keys, sdl, served, soon, twoApart } from './world.js';

const page = gql(documents.page);
const person = gql`
  query Person($id: ID!) {
    node(id: $id) {
      id
      ... on Person {
        displayName
        identities {
          id
          displayName
          ... on PipedriveUser {
            companyId
          }
        }
      }
    }
  }
`;

test('Apollo Client', { timeout: 60_000 }, async (t) => {
  const serving = await served(t);
  const client = (key = keys.admin) => {
    const made = apollo(serving.graphql, key);
    t.after(() => made.stop());
    return made;
  };

  await t.test('fetchMore grows one list of everybody, which the cache then answers alone', async () => {
    const admin = client();
    const watched = admin.watchQuery({ query: page, variables: { first: 60 } });
    const shown = (fits) => firstValueFrom(watched.pipe(filter((r) => r.dataState === 'complete' && fits(r.data.people))));
    let { data } = await shown(() => true);
    while (data.people.pageInfo.hasNextPage) ({ data } = await watched.fetchMore({ variables: { after: data.people.pageInfo.endCursor } }));
    const { data: whole } = await shown((people) => people.edges.length >= people.totalCount);
    assert.deepEqual(whole.people.edges.map((e) => e.node.id), await everybody(serving.ask));
    const { data: cached } = await admin.query({ query: page, variables: { first: 60 }, fetchPolicy: 'cache-only' });
    assert.deepEqual(cached, whole);
  });

  await t.test('an object is one in the cache, whichever field showed it', async () => {
    const admin = client();
    const [one] = await twoApart(serving.ask);
    const { data } = await admin.query({ query: person, variables: { id: one.id } });
    assert.equal(data.node.displayName, one.displayName);
    const { companyId } = one.pipedriveUsers[0];
    assert.equal(data.node.identities[0].companyId, companyId);
    const seen = admin.readFragment({ id: `PipedriveUser:${one.identities[0].id}`, fragment: gql`fragment Account on Identity { id displayName }` });
    assert.equal(seen.id, one.identities[0].id);
    admin.cache.modify({ id: admin.cache.identify({ __typename: 'Person', id: one.id }), fields: { displayName: () => 'Somebody' } });
    const again = await admin.query({ query: person, variables: { id: one.id }, fetchPolicy: 'cache-only' });
    assert.equal(again.data.node.displayName, 'Somebody');
  });

  await t.test('the possible types are those of the schema', async () => {
    const schema = buildSchema(await sdl());
    const interfaces = Object.values(schema.getTypeMap()).filter(isInterfaceType);
    const { config } = client().cache;
    assert.deepEqual(config.possibleTypes, Object.fromEntries(interfaces.map((i) => [i.name, schema.getPossibleTypes(i).map((p) => p.name).sort()]).reverse()));
  });

  await t.test('what may not be told is an error beside the rest, where the client asks for all', async () => {
    const reader = client(keys.reader);
    const { data, error } = await reader.query({ query: gql(documents.addresses), errorPolicy: 'all' });
    assert.ok(CombinedGraphQLErrors.is(error));
    assert.equal(data.people.nodes.length, 3);
    assert.ok(data.people.nodes.every((n) => n.displayName && n.primaryEmail === null));
    assert.deepEqual(forbidden(error.errors), [0, 1, 2].map((i) => `people.nodes.${i}.primaryEmail`));
    await assert.rejects(client(keys.reader).query({ query: gql(documents.addresses) }), (e) => CombinedGraphQLErrors.is(e));
  });

  await t.test('a refused document is GraphQL errors, a wrong key a 401', async () => {
    await assert.rejects(client().query({ query: gql(documents.refused) }), (e) => {
      assert.ok(CombinedGraphQLErrors.is(e));
      assert.match(e.message, /surname/);
      return true;
    });
    await assert.rejects(client(keys.wrong).query({ query: gql(documents.addresses) }), (e) => {
      assert.ok(ServerError.is(e));
      assert.equal(e.statusCode, 401);
      assert.match(e.bodyText, /UNAUTHENTICATED/);
      return true;
    });
  });

  await t.test('a document goes by its hash, and its text once alone', async () => {
    const sent = [];
    const link = new HttpLink({
      uri: serving.graphql,
      headers: { Authorization: `Bearer ${keys.admin}`, ...preflight },
      fetch: (address, init) => (sent.push([init.method, decodeURIComponent(address + (init.body ?? '')).includes('first: 2')]), fetch(address, init)),
    });
    const sha256 = (text) => createHash('sha256').update(text).digest('hex');
    const admin = new ApolloClient({ link: new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(link), cache: new InMemoryCache() });
    t.after(() => admin.stop());
    for (let i = 0; i < 2; i++) {
      const { data } = await admin.query({ query: gql('query Surprise { people(first: 2) { nodes { id } } }'), fetchPolicy: 'no-cache' });
      assert.equal(data.people.nodes.length, 2);
    }
    assert.deepEqual(sent, [['GET', false], ['POST', true], ['GET', false]]);
  });

  await t.test('what a mutation answers is seen by those who watch the person', async () => {
    const admin = client();
    const [one, other] = await twoApart(serving.ask);
    for (const { id } of [one, other]) {
      const { data } = await admin.query({ query: person, variables: { id } });
      assert.equal(data.node.identities.length, 1);
    }
    const { data } = await admin.mutate({
      mutation: gql`
        mutation Link($input: LinkIdentitiesInput!) {
          linkIdentities(input: $input) {
            userErrors { code message }
            people { id displayName identities { id displayName ... on PipedriveUser { companyId } } }
          }
        }
      `,
      variables: { input: { identityIds: [one, other].map((p) => p.identities[0].id), reason: 'the test says so' } },
    });
    assert.deepEqual(data.linkIdentities.userErrors, []);
    const after = await admin.query({ query: person, variables: { id: data.linkIdentities.people[0].id }, fetchPolicy: 'cache-only' });
    assert.equal(after.data.node.identities.length, 2);
  });

  await t.test('changes reach the cache by themselves, and after a crash what is shown is asked for anew', async () => {
    const admin = apollo(serving.graphql, keys.admin, graphqlWS(serving.graphql, keys.admin, { retryWait: soon }));
    t.after(() => admin.stop());
    const [changed, meanwhile] = await twoApart(serving.ask);
    const statuses = gql('query($first: Int!, $filter: PeopleFilter) { people(first: $first, filter: $filter) { nodes { id status } } }');
    const shown = events();
    const watching = admin.watchQuery({ query: statuses, variables: { first: 100, filter: { presentIn: ['PIPEDRIVE'], absentIn: ['PIPEFY', 'PIPEDREAM'] } } }).subscribe(({ data }) => shown.push(data?.people.nodes));
    const is = (person, status) => shown.until((people) => people?.some((p) => p.id === person.id && p.status === status), `${person.id} ${status}`);
    await is(changed, 'ACTIVE');
    const told = events();
    const following = admin.subscribe({ query: gql(changes) }).subscribe({
      next: ({ data, error }) => {
        if (data?.personChanged.kind === 'RESYNC') admin.refetchQueries({ include: 'active' });
        told.push(data?.personChanged ?? { error });
      },
      error: (error) => told.push({ error }),
    });
    await told.until((e) => e.kind === 'RESYNC', 'the first RESYNC');

    await act(serving.ask, 'setPipedriveUserActive', { userId: changed.identities[0].id, active: false });
    await is(changed, 'INACTIVE');

    await crash(serving, () => deactivate(serving.world, meanwhile));
    await is(meanwhile, 'INACTIVE');
    following.unsubscribe();
    watching.unsubscribe();
  });
});
