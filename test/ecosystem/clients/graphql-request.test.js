// graphql-request: one call, one answer.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ClientError } from 'graphql-request';
import { graphqlRequest } from './setup/graphql-request.js';
import { documents, everybody, forbidden, keys, served } from './world.js';

test('graphql-request', { timeout: 60_000 }, async (t) => {
  const serving = await served(t);
  const admin = graphqlRequest(serving.graphql, keys.admin);

  await t.test('pages show everybody once, forwards and backwards', async () => {
    const forwards = [];
    let after = null;
    do {
      const { people } = await admin.request(documents.page, { first: 60, after });
      forwards.push(...people.edges.map((e) => e.node.id));
      after = people.pageInfo.hasNextPage ? people.pageInfo.endCursor : null;
    } while (after);
    const backwards = [];
    let before = null;
    do {
      const { people } = await admin.request('query($before: String) { people(last: 70, before: $before) { nodes { id } pageInfo { hasPreviousPage startCursor } } }', { before });
      backwards.unshift(...people.nodes.map((n) => n.id));
      before = people.pageInfo.hasPreviousPage ? people.pageInfo.startCursor : null;
    } while (before);
    assert.ok(forwards.length > 120);
    assert.deepEqual(forwards, backwards);
    assert.deepEqual(forwards, await everybody(serving.ask));
  });

  await t.test('what may not be told is an error at its path, beside the rest', async () => {
    const { data, errors } = await graphqlRequest(serving.graphql, keys.reader).rawRequest(documents.addresses);
    assert.equal(data.people.nodes.length, 3);
    assert.ok(data.people.nodes.every((n) => n.displayName && n.primaryEmail === null));
    assert.deepEqual(forbidden(errors), [0, 1, 2].map((i) => `people.nodes.${i}.primaryEmail`));
  });

  await t.test('a refused document and a wrong key are thrown, with status, code and sentence', async () => {
    for (const [key, document, status, code, sentence] of [
      [keys.admin, documents.refused, 400, 'BAD_USER_INPUT', /surname/],
      [keys.wrong, documents.addresses, 401, 'UNAUTHENTICATED', /key/],
    ]) {
      await assert.rejects(graphqlRequest(serving.graphql, key).request(document), (error) => {
        assert.ok(error instanceof ClientError);
        assert.equal(error.response.status, status);
        assert.equal(error.response.errors[0].extensions.code, code);
        assert.match(error.response.errors[0].message, sentence);
        return true;
      });
    }
  });

  await t.test('several documents in one body are refused with a sentence', async () => {
    await assert.rejects(admin.batchRequests([{ document: documents.addresses }, { document: documents.addresses }]), /one JSON object|batch/i);
  });
});
