import assert from 'node:assert/strict';
import test from 'node:test';
import { TooManyRequestsError } from '@pipedream/sdk';
import { all, everyAccount, everybody, project, refused } from './client.js';

/** Accounts by external user. Node 20 has no Map.groupBy. */
function groups(accounts) {
  const byUser = new Map();
  for (const a of accounts) byUser.set(a.externalId, [...(byUser.get(a.externalId) ?? []), a]);
  return byUser;
}

test('accounts.list pages by itself over every account, and ends', async (t) => {
  const { production } = await project(t);
  const first = await production.accounts.list();
  assert.equal(first.data.length, 10);
  const { totalCount } = first.response.pageInfo;
  const accounts = await all(first);
  assert.ok(totalCount > 400);
  assert.equal(accounts.length, totalCount);
  assert.equal(new Set(accounts.map((a) => a.id)).size, totalCount);
  const users = new Set((await everybody(production)).map((u) => u.externalId));
  for (const a of accounts) {
    assert.ok(users.has(a.externalId), a.externalId);
    assert.equal(a.credentials, undefined, 'credentials are not shown unasked');
    assert.ok(a.createdAt instanceof Date && a.app.nameSlug && typeof a.healthy === 'boolean');
  }
  assert.ok(accounts.some((a) => a.dead === true) && accounts.some((a) => a.name === undefined));
});

test('accounts.list by externalUserId agrees with the whole sweep', async (t) => {
  const { production } = await project(t);
  const byUser = [...groups(await everyAccount(production))];
  for (const [externalUserId, want] of byUser.slice(0, 40)) {
    assert.deepEqual(await all(production.accounts.list({ externalUserId, limit: 2 })), want, externalUserId);
  }
  assert.deepEqual(await all(production.accounts.list({ externalUserId: 'nobody at all' })), []);
});

test('accounts.list by app takes its slug or its id, alone or with a user', async (t) => {
  const { production } = await project(t);
  const accounts = await everyAccount(production);
  const { id, nameSlug } = accounts[0].app;
  const want = accounts.filter((a) => a.app.nameSlug === nameSlug);
  assert.ok(want.length > 10 && want.length < accounts.length);
  assert.deepEqual(await all(production.accounts.list({ app: nameSlug })), want);
  assert.deepEqual(await all(production.accounts.list({ app: id })), want);
  const { externalId } = want[0];
  assert.deepEqual(
    await all(production.accounts.list({ app: nameSlug, externalUserId: externalId })),
    want.filter((a) => a.externalId === externalId),
  );
  assert.deepEqual(await all(production.accounts.list({ app: 'no_such_app' })), []);
});

test('accounts.listByExternalUser answers the same bare list, by app too', async (t) => {
  const { production } = await project(t);
  const byUser = [...groups(await everyAccount(production))];
  for (const [externalUserId, want] of byUser.slice(0, 40)) {
    assert.deepEqual(await production.accounts.listByExternalUser(externalUserId), want, externalUserId);
  }
  const [externalUserId, own] = byUser.find(([, list]) => new Set(list.map((a) => a.app.nameSlug)).size > 1);
  const app = own[0].app.nameSlug;
  assert.deepEqual(await production.accounts.listByExternalUser(externalUserId, { app }), own.filter((a) => a.app.nameSlug === app));
});

test('one user may have many accounts of one app', async (t) => {
  const { production } = await project(t);
  const pairs = (await everyAccount(production)).map((a) => `${a.externalId}\n${a.app.nameSlug}`);
  assert.ok(new Set(pairs).size < pairs.length);
});

test('accounts.retrieve answers the bare account of the list', async (t) => {
  const { production } = await project(t);
  const accounts = await everyAccount(production);
  for (const want of [accounts[0], accounts.find((a) => a.dead), accounts.find((a) => a.name === undefined)]) {
    assert.deepEqual(await production.accounts.retrieve(want.id), want);
  }
  await refused(production.accounts.retrieve('apn_nothing'), 404, 'record not found');
});

test('accounts.delete removes that account, and a second time there is nothing to delete', async (t) => {
  const { production } = await project(t);
  const accounts = await everyAccount(production);
  const users = await everybody(production);
  const { id } = accounts[5];
  await production.accounts.delete(id);
  assert.deepEqual(await everyAccount(production), accounts.filter((a) => a.id !== id));
  assert.deepEqual(await everybody(production), users, 'the user stays');
  await refused(production.accounts.retrieve(id), 404, 'record not found');
  await refused(production.accounts.delete(id), 404, 'record not found');
});

test('the 2,001st accounts call within five minutes is refused with 429 and its four headers', async (t) => {
  const { production } = await project(t);
  const once = { maxRetries: 0 };
  for (let spent = 0; spent < 2000; spent += 50) {
    await Promise.all(Array.from({ length: 50 }, () => production.accounts.list({ externalUserId: 'nobody at all' }, once)));
  }
  for (const call of [() => production.accounts.list({}, once), () => production.accounts.delete('apn_0000002', once)]) {
    await assert.rejects(call(), (e) => {
      assert.ok(e instanceof TooManyRequestsError, String(e));
      const { headers } = e.rawResponse;
      assert.equal(headers.get('x-ratelimit-limit'), '2000');
      assert.equal(headers.get('x-ratelimit-remaining'), '0');
      assert.ok(Number(headers.get('retry-after')) > 0 && Number(headers.get('retry-after')) <= 300);
      assert.ok(Number(headers.get('x-ratelimit-reset')) * 1000 > Date.now());
      return true;
    });
  }
  assert.ok((await everybody(production)).length > 0, 'users are no accounts');
});
