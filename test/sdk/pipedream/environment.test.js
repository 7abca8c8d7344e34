import assert from 'node:assert/strict';
import test from 'node:test';
import { bearing, everyAccount, everybody, project, refused } from './client.js';

const shared = 'default_user'; // in both environments

test('each environment has its own users and accounts', async (t) => {
  const { production, development } = await project(t);
  const [inProduction, inDevelopment] = [await everybody(production), await everybody(development)];
  assert.ok(inDevelopment.length > 0 && inDevelopment.length <= 10);
  const ids = new Set(inProduction.map((u) => u.id));
  assert.ok(inDevelopment.every((u) => !ids.has(u.id)));
  const accounts = new Set((await everyAccount(production)).map((a) => a.id));
  assert.ok((await everyAccount(development)).every((a) => !accounts.has(a.id)));
});

test('an account of the other environment is neither read nor deleted', async (t) => {
  const { production, development } = await project(t);
  const before = await everyAccount(development);
  await refused(production.accounts.retrieve(before[0].id), 404, 'record not found');
  await refused(production.accounts.delete(before[0].id), 404, 'record not found');
  assert.deepEqual(await everyAccount(development), before);
});

test('users.deleteExternalUser leaves the same id in the other environment alone', async (t) => {
  const { production, development } = await project(t);
  const has = async (client) => (await everybody(client)).some((u) => u.externalId === shared);
  assert.deepEqual([await has(production), await has(development)], [true, true]);
  assert.equal((await production.accounts.listByExternalUser(shared)).length, 2);
  assert.equal((await development.accounts.listByExternalUser(shared)).length, 0);
  await development.users.deleteExternalUser(shared);
  assert.deepEqual([await has(production), await has(development)], [true, false]);
  assert.equal((await production.accounts.listByExternalUser(shared)).length, 2);
});

test('a Connect token of one environment does not open the other', async (t) => {
  const { world, production } = await project(t);
  const { token } = await production.tokens.create({ externalUserId: shared });
  assert.equal((await everyAccount(bearing(world, token))).length, 2);
  await refused(bearing(world, token, 'development').accounts.list(), 404, 'record not found');
});
