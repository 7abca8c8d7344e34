import assert from 'node:assert/strict';
import test from 'node:test';
import { members, organization, places, send } from './client.js';

test('a missing or unknown token is refused with 401, in a form that is not GraphQL’s', async (t) => {
  const { url, token } = await organization(t);
  const body = JSON.stringify({ query: '{ me { id } }' });
  for (const headers of [{}, { Authorization: token }, { Authorization: 'Bearer never-given' }]) {
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body });
    assert.equal(response.status, 401);
    const [error] = (await response.json()).errors;
    assert.equal(error.title, 'Unauthorized');
    assert.deepEqual(Object.keys(error).sort(), ['detail', 'title']);
  }
});

test('the token endpoint takes a form as well as JSON, and refuses a wrong secret', async (t) => {
  const { url } = await organization(t);
  const form = (secret) =>
    fetch(`${url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'sim-pipefy-0', client_secret: secret }),
    });
  const given = await (await form('sim-pipefy-secret-0')).json();
  assert.equal(given.token_type, 'Bearer');
  assert.equal((await send(url, given.access_token, '{ me { name } }')).body.data.me.name, 'Manifold reader');
  assert.equal((await form('wrong')).status, 401);
});

test('what is absent and what is forbidden are refused alike, beside what can be read', async (t) => {
  const { raw, url, personalToken, id } = await organization(t);
  const theirs = (await send(url, personalToken, `{ organization(id: ${id}) { pipes { id } } }`)).body.data.organization.pipes.map((p) => p.id);
  const mine = (await raw(`{ organization(id: ${id}) { pipes { id } } }`)).body.data.organization.pipes.map((p) => p.id);
  const forbidden = theirs.find((p) => !mine.includes(p)) ?? assert.fail('the reader sees every pipe of the owner');
  const { status, body } = await raw(`{ a: pipe(id: ${mine[0]}) { id } b: pipe(id: ${forbidden}) { id } c: pipe(id: 1) { id } d: organization(id: 1) { id } }`);
  assert.equal(status, 200);
  assert.deepEqual(body.data, { a: { id: mine[0] }, b: null, c: null, d: null });
  assert.deepEqual(body.errors.map((e) => [e.path[0], e.extensions.code]), ['b', 'c', 'd'].map((alias) => [alias, 'PERMISSION_DENIED']));
  assert.ok(body.errors.every((e) => e.message && e.extensions.correlation_id && e.locations[0].line === 1));
});

for (const [what, query] of [
  ['members(first:) of a plain list', (id) => `{ organization(id: ${id}) { members(first: 10) { role_name } } }`],
  ['edges of a plain list', (id) => `{ organization(id: ${id}) { pipes { edges { node { id } } } } }`],
  ['User.organizations', () => '{ me { organizations { id } } }'],
  ['a lookup of one user', () => '{ user(id: 1) { id } }'],
  ['a document that does not parse', () => '{ me { id '],
]) {
  test(`${what} is refused with a message and a place`, async (t) => {
    const { raw, id } = await organization(t);
    const { body } = await raw(query(id));
    assert.equal(body.data, undefined);
    assert.equal(typeof body.errors[0].message, 'string');
    assert.ok(body.errors[0].locations[0].line >= 1);
  });
}

test('a write to a pipe that the caller cannot see is refused, whatever the organization role, and changes nothing', async (t) => {
  const api = await organization(t);
  const owner = { ask: async (query) => (await send(api.url, api.personalToken, query)).body.data };
  const [theirs, mine] = [await places({ ...api, ...owner }), await places(api)];
  const { id } = theirs.pipes.find((p) => !mine.pipes.some((q) => q.id === p.id));
  const before = await members(owner, 'pipe', id);
  const [email, { id: user }] = before.entries().next().value;
  for (const [name, input] of [
    ['setRole', `pipe_id: ${id}, member: {user_id: ${user}, role_name: "admin"}`],
    ['removeUserFromPipe', `pipe_id: ${id}, email: "${email}"`],
    ['inviteMembers', `pipe_id: ${id}, emails: {email: "new.hire@customer-z.example", role_name: "admin"}`],
  ]) {
    const { body } = await api.raw(`mutation { ${name}(input: {${input}}) { clientMutationId } }`);
    assert.deepEqual(body.data, { [name]: null });
    assert.equal(body.errors[0].extensions.code, 'PERMISSION_DENIED', name);
  }
  assert.deepEqual(await members(owner, 'pipe', id), before);
});
