import assert from 'node:assert/strict';
import test from 'node:test';
import { all, everyAccount, everybody, project, refused } from './client.js';

test('users.list pages by itself over every user, and ends', async (t) => {
  const { production } = await project(t);
  const first = await production.users.list();
  assert.equal(first.data.length, 10, 'a page has 10 unless told');
  assert.ok(first.hasNextPage());
  const { totalCount } = first.response.pageInfo;
  const users = await all(first);
  assert.ok(totalCount > 200);
  assert.equal(users.length, totalCount);
  assert.equal(new Set(users.map((u) => u.externalId)).size, totalCount);
  assert.ok(users.every((u) => u.id.startsWith('exu_') && u.createdAt instanceof Date));
  assert.deepEqual(await everybody(production), users, 'pages of another size say the same');
});

test('users.list has a cursor on its last page, and an empty page after it', async (t) => {
  const { development } = await project(t);
  const page = await development.users.list({ limit: 100 });
  assert.equal(page.data.length, page.response.pageInfo.totalCount);
  assert.ok(page.response.pageInfo.endCursor);
  await page.getNextPage();
  assert.deepEqual(page.data, []);
  assert.equal(page.hasNextPage(), false);
});

test('users.list goes back by before', async (t) => {
  const { production } = await project(t);
  const page = await production.users.list({ limit: 20 });
  const first = page.data;
  await page.getNextPage();
  const back = await production.users.list({ limit: 20, before: page.response.pageInfo.startCursor });
  assert.deepEqual(back.data, first);
});

test('users.list finds part of an id by q, odd ones too', async (t) => {
  const { production } = await project(t);
  const users = await everybody(production);
  for (const q of ['pipedrive:', '?user=', '%#top @', 'Kundé №', 'crm/users/']) {
    const want = users.filter((u) => u.externalId.includes(q));
    assert.ok(want.length > 0, q);
    assert.deepEqual(await all(production.users.list({ q })), want, q);
  }
  assert.deepEqual(await all(production.users.list({ q: 'nobody at all' })), []);
});

test('users.deleteExternalUser takes accounts and triggers along, and nobody else’s', async (t) => {
  const { production } = await project(t);
  const users = await everybody(production);
  const accounts = await everyAccount(production);
  const triggers = (externalUserId) => all(production.deployedTriggers.list({ externalUserId }));
  let victim;
  for (const { externalId } of users) {
    if ((await triggers(externalId)).length > 0) {
      victim = externalId;
      break;
    }
  }
  await production.users.deleteExternalUser(victim);

  assert.deepEqual(await everybody(production), users.filter((u) => u.externalId !== victim));
  assert.deepEqual(await everyAccount(production), accounts.filter((a) => a.externalId !== victim));
  assert.deepEqual(await triggers(victim), []);
  for (const { id } of accounts.filter((a) => a.externalId === victim)) {
    await refused(production.accounts.retrieve(id), 404, 'record not found');
  }
  await refused(production.users.deleteExternalUser(victim), 404, 'record not found');
});

for (const [what, pattern] of [
  ['a slash', /\//],
  ['an at sign', /@/],
  ['a colon', /:/],
  ['a hash', /#/],
  ['a question mark', /\?/],
  ['a percent sign', /%/],
  ['a space', / /],
  ['letters beyond ASCII', /[^\x00-\x7f]/],
]) {
  test(`an external id with ${what} travels through every operation`, async (t) => {
    const { production } = await project(t);
    const accounts = await everyAccount(production);
    const { externalId } = accounts.find((a) => pattern.test(a.externalId));
    const own = accounts.filter((a) => a.externalId === externalId);
    assert.deepEqual((await all(production.users.list({ q: externalId }))).map((u) => u.externalId), [externalId]);
    assert.deepEqual(await all(production.accounts.list({ externalUserId: externalId })), own);
    assert.deepEqual(await production.accounts.listByExternalUser(externalId), own);
    assert.ok((await production.tokens.create({ externalUserId: externalId })).token);
    await all(production.deployedTriggers.list({ externalUserId: externalId }));
    await production.users.deleteExternalUser(externalId);
    assert.deepEqual(await everyAccount(production), accounts.filter((a) => a.externalId !== externalId));
  });
}
