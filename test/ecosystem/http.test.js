// GraphQL over HTTP, as the audits of graphql-http see it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { serverAudits } from 'graphql-http';
import { manifold, preflight } from './manifold.js';

// Audits that nothing is wrong about, and why they notice something all the same.
const notices = new Map([]);

test('the audits of graphql-http find no error and no warning', async (t) => {
  const { url } = await manifold(t);
  // A GET that a page could send unasked is refused, whoever audits: the header is what a client of ours sends.
  const fetchFn = (address, init = {}) => fetch(address, { ...init, headers: { ...init.headers, ...((init.method ?? 'GET') === 'GET' ? preflight : {}) } });
  const found = [];
  for (const audit of serverAudits({ url: `${url}/graphql`, fetchFn })) {
    const result = await audit.fn();
    await result.response?.body?.cancel();
    if (result.status !== 'ok') found.push({ ...result, response: result.response.status });
  }
  for (const { id, name, status, reason } of found) t.diagnostic(`${status} ${id} ${name}: ${reason}`);
  assert.deepEqual(found.filter((f) => f.status !== 'notice'), []);
  assert.deepEqual(found.map((f) => f.id), [...notices.keys()]);
});

test('the audits that ask by GET are refused without the header that no foreign page can send', async (t) => {
  const { url } = await manifold(t);
  for (const query of ['{ __typename }', 'mutation { __typename }']) {
    const response = await fetch(`${url}/graphql?${new URLSearchParams({ query })}`);
    assert.equal(response.status, 400);
    assert.match((await response.json()).errors[0].message, /GraphQL-Require-Preflight/);
  }
});
