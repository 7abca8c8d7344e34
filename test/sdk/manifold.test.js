// What Manifold writes is read back by the vendors' own SDKs.
import assert from 'node:assert/strict';
import test from 'node:test';
import { PipedreamClient } from '@pipedream/sdk';
import { v1 } from 'pipedrive';
import { act, manifold } from './manifold.js';
import { all, options } from './pipedream/client.js';
import { acme, configurations } from './pipedrive/client.js';

test('a user deactivated through Manifold is inactive for the Pipedrive SDK, and active again after the way back', async (t) => {
  const { world, ask } = await manifold(t);
  const company = world.pipedrive.companies[acme];
  const users = new v1.UsersApi(configurations(world.pipedrive.url, { apiKey: company.token }).v1);
  const mine = (await users.getCurrentUser()).data.id;
  const known = (await users.getUsers()).data.find((u) => u.active_flag && u.is_admin === 0 && u.id !== mine);
  const { person } = await ask('query($by: PersonRef!) { person(by: $by) { pipedriveUsers { id sourceId } } }', {
    by: { pipedriveUser: { userId: String(known.id), source: `pipedrive-${known.company_id ?? company.id}` } },
  });
  const { id } = person.pipedriveUsers.find((u) => u.sourceId === String(known.id));
  for (const active of [false, true]) {
    assert.equal(await act(ask, 'setPipedriveUserActive', { userId: id, active }), 'SUCCEEDED');
    assert.equal((await users.getUser({ id: known.id })).data.active_flag, active);
  }
});

test('a user added through Manifold is there for the Pipedrive SDK, once', async (t) => {
  const { world, ask } = await manifold(t);
  const company = world.pipedrive.companies[acme];
  const users = new v1.UsersApi(configurations(world.pipedrive.url, { apiKey: company.token }).v1);
  const email = 'new.hand@acme.example';
  assert.ok(!(await users.getUsers()).data.some((u) => u.email === email));
  const add = 'mutation($input: AddPipedriveUserInput!) { addPipedriveUser(input: $input) { action { id state } userErrors { code message } } }';
  const input = { source: `pipedrive-${company.id}`, email, reason: 'hired', idempotencyKey: 'hired' };
  const { addPipedriveUser: first } = await ask(add, { input });
  assert.deepEqual(first.userErrors, []);
  assert.equal(first.action.state, 'SUCCEEDED');
  assert.equal((await ask(add, { input })).addPipedriveUser.action.id, first.action.id);
  const found = (await users.findUsersByName({ term: email, search_by_email: 1 })).data;
  assert.deepEqual(found.map((u) => u.email), [email]);
});

test('an account, then a user deleted through Manifold are gone for the Pipedream SDK', async (t) => {
  const { world, ask } = await manifold(t);
  const client = new PipedreamClient(options(world, 'production'));
  const byUser = new Map();
  for (const a of await all(client.accounts.list({ limit: 100 }))) byUser.set(a.externalId, [...(byUser.get(a.externalId) ?? []), a]);
  const [externalUserId, accounts] = [...byUser].find(([, list]) => list.length > 1);
  const { person } = await ask('query($by: PersonRef!) { person(by: $by) { pipedreamUsers { id externalUserId source { name } } } }', {
    by: { pipedreamUser: { externalUserId, source: 'pipedream-production' } },
  });
  const user = person.pipedreamUsers.find((u) => u.externalUserId === externalUserId && u.source.name === 'pipedream-production');
  assert.equal(await act(ask, 'deletePipedreamAccount', { userId: user.id, accountId: accounts[0].id }, true), 'SUCCEEDED');
  const left = await all(client.accounts.list({ externalUserId }));
  assert.deepEqual(left.map((a) => a.id).sort(), accounts.slice(1).map((a) => a.id).sort());
  assert.equal(await act(ask, 'deletePipedreamUser', { userId: user.id }, true), 'SUCCEEDED');
  assert.deepEqual(await all(client.accounts.list({ externalUserId })), []);
  const everybody = await all(client.users.list({ limit: 100 }));
  assert.ok(!everybody.some((u) => u.externalUserId === externalUserId || u.externalId === externalUserId));
});
