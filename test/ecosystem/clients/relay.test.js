// Relay: documents compiled against our schema, and the runtime's store.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { commitMutation, ConnectionHandler, createOperationDescriptor, fetchQuery, getPaginationMetadata, getPaginationVariables, getSingularSelector, requestSubscription } from 'relay-runtime';
import { compiled } from './relay/compiled.js';
import { act } from '../manifold.js';
import { graphqlWS } from './setup/graphql-ws.js';
import { relay } from './setup/relay.js';
import { crash, deactivate, documents, events, everybody, keys, served, soon, twoApart } from './world.js';

test('Relay', { timeout: 60_000 }, async (t) => {
  const [serving, { status, said, artifact }] = await Promise.all([served(t), compiled(t)]);
  const query = artifact('documentsPeopleQuery');
  const list = artifact('documentsPeople_query');
  const card = artifact('documentsPerson_person');

  const apart = { presentIn: ['PIPEDRIVE'], absentIn: ['PIPEFY', 'PIPEDREAM'], status: ['ACTIVE'] };

  /** What a fragment sees in the store, found by the reference that a parent holds. */
  const read = (environment, fragment, reference) => environment.lookup(getSingularSelector(fragment, reference));
  const ask = async (environment, variables) => {
    const operation = createOperationDescriptor(query, variables);
    environment.retain(operation);
    return fetchQuery(environment, query, variables).toPromise();
  };

  await t.test('the compiler takes the schema without a warning', () => {
    assert.equal(status, 0, said);
    assert.doesNotMatch(said, /warn|error/i);
    assert.match(said, /compiled documents: \d+ reader/);
  });

  await t.test('a connection grows page by page to everybody', async () => {
    const environment = relay(serving.graphql, keys.admin);
    const root = await ask(environment, { count: 60 });
    let { data } = read(environment, list, root);
    assert.equal(data.people.edges.length, 60);
    const { paginationRequest } = getPaginationMetadata(list, 'usePaginationFragment');
    while (data.people.pageInfo.hasNextPage) {
      const variables = getPaginationVariables('forward', 60, data.people.pageInfo.endCursor, { count: 60 }, {}, getPaginationMetadata(list, 'test').paginationMetadata);
      await fetchQuery(environment, paginationRequest, variables).toPromise();
      ({ data } = read(environment, list, root));
    }
    assert.equal(data.people.edges.length, data.people.totalCount);
    assert.deepEqual(data.people.edges.map((e) => e.node.id), await everybody(serving.ask));
  });

  await t.test('a person is refetched by id', async () => {
    const environment = relay(serving.graphql, keys.admin);
    const [one] = await twoApart(serving.ask);
    const refetch = artifact('documentsPersonRefetchQuery');
    const { node } = await fetchQuery(environment, refetch, { id: one.id }).toPromise();
    const { data, isMissingData } = read(environment, card, node);
    assert.equal(isMissingData, false);
    assert.equal(data.displayName, one.displayName);
    assert.deepEqual(data.identities.map((i) => [i.__typename, i.id, i.companyId]), [['PipedriveUser', one.identities[0].id, one.pipedriveUsers[0].companyId]]);
  });

  await t.test('an updater takes the person who was merged out of the list', async () => {
    const environment = relay(serving.graphql, keys.admin);
    const root = await ask(environment, { count: 100, filter: apart });
    const two = await twoApart(serving.ask);
    const before = read(environment, list, root).data.people.edges.map((e) => e.node.id);
    assert.ok(two.every((p) => before.includes(p.id)));
    const answer = await new Promise((onCompleted, onError) =>
      commitMutation(environment, {
        mutation: artifact('documentsLinkMutation'),
        variables: { input: { identityIds: two.map((p) => p.identities[0].id), reason: 'the test says so' } },
        updater: (store) => {
          const survivor = store.getRootField('linkIdentities').getLinkedRecords('people')[0].getDataID();
          const people = ConnectionHandler.getConnection(store.getRoot(), 'documents_people', { filter: apart });
          for (const { id } of two) if (id !== survivor) ConnectionHandler.deleteNode(people, id);
        },
        onCompleted,
        onError,
      }),
    );
    assert.deepEqual(answer.linkIdentities.userErrors, []);
    const after = read(environment, list, root).data.people.edges;
    assert.equal(after.length, before.length - 1);
    const survivor = after.find((e) => e.node.id === answer.linkIdentities.people[0].id).node;
    assert.equal(read(environment, card, survivor).data.identities.length, 2);
  });

  await t.test('what may not be told is an error at its path, beside the rest', async () => {
    const environment = relay(serving.graphql, keys.reader);
    const root = await ask(environment, { count: 3 });
    const { data } = read(environment, list, root);
    assert.equal(data.people.edges.length, 3);
    const person = read(environment, card, data.people.edges[0].node);
    assert.ok(person.data.displayName);
    assert.equal(person.data.primaryEmail, null);
    assert.match(person.fieldErrors?.[0].error.message ?? '', /emails:read/);
  });

  await t.test('a refused document and a wrong key are errors with their sentence', async () => {
    const refused = { ...query, params: { ...query.params, cacheID: 'refused', text: documents.refused, name: 'Refused' } };
    await assert.rejects(fetchQuery(relay(serving.graphql, keys.admin), refused, { count: 1 }).toPromise(), /surname/);
    await assert.rejects(fetchQuery(relay(serving.graphql, keys.wrong), query, { count: 1 }).toPromise(), /key/);
  });

  await t.test('changes reach the store by themselves, and after a crash what happened meanwhile is asked for', async () => {
    const environment = relay(serving.graphql, keys.admin, graphqlWS(serving.graphql, keys.admin, { retryWait: soon }));
    const [gone, kept] = await twoApart(serving.ask);
    const root = await ask(environment, { count: 100, filter: apart });
    const shown = () => read(environment, list, root).data.people.edges.map((e) => e.node);
    const status = (id) => read(environment, card, shown().find((n) => n.id === id)).data.status;
    const told = events();
    const following = requestSubscription(environment, {
      subscription: artifact('documentsChangesSubscription'),
      variables: { filter: { presentIn: ['PIPEDRIVE'] } },
      updater: (store, { personChanged: { kind, personId } }) => {
        const people = ConnectionHandler.getConnection(store.getRoot(), 'documents_people', { filter: apart });
        if (kind === 'MERGED' || kind === 'LEFT') ConnectionHandler.deleteNode(people, personId);
      },
      onNext: ({ personChanged }) => told.push(personChanged),
      onError: (error) => told.push({ error: error.message }),
    });
    t.after(() => following.dispose());
    await told.until((e) => e.kind === 'RESYNC', 'the first RESYNC');

    await act(serving.ask, 'setPipedriveUserActive', { userId: gone.identities[0].id, active: false });
    await told.until((e) => e.kind === 'CHANGED' && e.personId === gone.id && status(gone.id) === 'INACTIVE', 'the change');

    const before = told.all.length;
    await crash(serving, () => deactivate(serving.world, kept));
    await told.until((e) => e.kind === 'RESYNC' && told.all.indexOf(e) >= before, 'RESYNC after the crash');
    assert.equal(status(kept.id), 'ACTIVE');
    await fetchQuery(environment, artifact('documentsPersonRefetchQuery'), { id: kept.id }).toPromise();
    assert.equal(status(kept.id), 'INACTIVE');
  });
});

test('Relay, where nothing but its own documents is executed', { timeout: 60_000 }, async (t) => {
  const { status, said, folder, artifact } = await compiled(t, { persistConfig: { file: './persisted.json', algorithm: 'SHA256' } });
  assert.equal(status, 0, said);
  const serving = await served(t, (text) => `${text}\ndocuments: {mode: only, manifests: ["${join(folder, 'persisted.json')}"]}\n`);
  const environment = relay(serving.graphql, keys.admin);
  const query = artifact('documentsPeopleQuery');
  assert.equal(query.params.text, null);
  const root = await fetchQuery(environment, query, { count: 3 }).toPromise();
  assert.equal(environment.lookup(getSingularSelector(artifact('documentsPeople_query'), root)).data.people.edges.length, 3);
  const told = events();
  const following = requestSubscription(environment, {
    subscription: artifact('documentsChangesSubscription'),
    variables: {},
    onNext: ({ personChanged }) => told.push(personChanged),
    onError: (error) => told.push({ error: error.message ?? error }),
  });
  await told.until((e) => e.kind === 'RESYNC', 'the first RESYNC');
  following.dispose();
  const strange = { ...query, params: { ...query.params, id: null, cacheID: 'strange', text: documents.addresses, name: 'Addresses' } };
  await assert.rejects(fetchQuery(environment, strange, { count: 1 }).toPromise(), /FORBIDDEN|document/);
});
