// Persisted and trusted documents, as their clients send them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { manifold, preflight } from './manifold.js';

const hashOf = (text) => createHash('sha256').update(text).digest('hex');
const json = { 'Content-Type': 'application/json' };

async function post(url, body, headers = {}) {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
}

const persisted = (sha256Hash) => ({ persistedQuery: { version: 1, sha256Hash } });

test('a query by its hash costs its text once, and answers held by their tag cost no body', async (t) => {
  const { url } = await manifold(t);
  const query = 'query Names { people(first: 3) { nodes { displayName } } }';
  const extensions = persisted(hashOf(query));
  const first = await post(url, { extensions });
  assert.deepEqual([first.errors[0].message, first.errors[0].extensions.code], ['PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND']);
  assert.equal((await post(url, { query, extensions })).data.people.nodes.length, 3);
  const address = `${url}/graphql?${new URLSearchParams({ extensions: JSON.stringify(extensions) })}`;
  const fresh = await fetch(address, { headers: preflight });
  assert.equal(fresh.status, 200);
  assert.equal(fresh.headers.get('cache-control'), 'private, no-cache');
  assert.equal((await fresh.json()).data.people.nodes.length, 3);
  const again = await fetch(address, { headers: { ...preflight, 'If-None-Match': fresh.headers.get('etag') } });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), '');
});

test('where only trusted documents are executed, a manifest says which, and a SIGHUP changes it', async (t) => {
  const names = 'query Names { people(first: 1) { nodes { displayName } } }';
  const health = 'query Health { sources { health } }';
  const manifest = (...operations) => JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations });
  const operation = (name, body) => ({ id: hashOf(body), name, type: 'query', body });
  const { url, folder, signal, log } = await manifold(t, {
    edit: async (text, folder) => {
      await writeFile(join(folder, 'apollo.json'), manifest(operation('Names', names)));
      await writeFile(join(folder, 'relay.json'), JSON.stringify({ a1b2: health, outgrown: '{ gone }' }));
      return `${text}\ndocuments: {mode: only, manifests: [apollo.json, relay.json]}\n`;
    },
  });
  for (const body of [{ extensions: persisted(hashOf(names)) }, { documentId: `sha256:${hashOf(names)}` }, { query: names }, { documentId: 'a1b2' }, { documentId: `sha256:${hashOf(health)}` }]) {
    assert.ok((await post(url, body)).data, JSON.stringify(body));
  }
  assert.match(log(), /some trusted documents will be refused.*documents=1/);
  const strange = 'query Strange { viewer { name } }';
  const rich = { Accept: 'application/graphql-response+json' };
  for (const body of [{ query: strange }, { query: strange, extensions: persisted(hashOf(strange)) }, { documentId: 'c3d4' }, { query: '{ __schema { types { name } } }' }]) {
    const { status, data, errors } = await post(url, body, rich);
    assert.deepEqual([status, data, errors[0].extensions.code], [400, undefined, 'FORBIDDEN'], JSON.stringify(body));
  }
  const replace = async (text) => {
    await writeFile(join(folder, 'new.json'), text);
    await rename(join(folder, 'new.json'), join(folder, 'apollo.json'));
    const seen = log().length;
    signal('SIGHUP');
    while (!/the manifests (were read|cannot be used)/.test(log().slice(seen))) await new Promise((next) => setTimeout(next, 20));
  };
  await replace('{ broken');
  assert.ok((await post(url, { query: names })).data, 'a broken manifest changes nothing');
  await replace(manifest(operation('Strange', strange)));
  assert.ok((await post(url, { documentId: hashOf(strange) })).data);
  assert.equal((await post(url, { query: names })).errors[0].extensions.code, 'FORBIDDEN');
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /manifold_graphql_documents_total\{outcome="trusted"\} 7/);
  assert.match(metrics, /manifold_graphql_documents_total\{outcome="refused"\} 4/);
  assert.match(metrics, /manifold_graphql_documents_total\{outcome="unknown"\} 1/);
});
