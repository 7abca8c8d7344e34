import assert from 'node:assert/strict';
import test from 'node:test';
import { all, everybody, project, refused } from './client.js';

/** The first external user with a trigger of the kind, and the triggers. */
async function deployed(client, emitterType) {
  for (const { externalId } of await everybody(client)) {
    const triggers = await all(client.deployedTriggers.list({ externalUserId: externalId, emitterType }));
    if (triggers.length > 0) return { externalId, triggers };
  }
  throw new Error(`nobody has a trigger of type ${emitterType}`);
}

for (const [emitterType, type, id, field] of [
  ['source', 'DeployedComponent', /^dc_/, 'componentId'],
  ['http', 'HttpInterface', /^hi_/, 'endpointUrl'],
  ['timer', 'TimerInterface', /^ti_/, 'timezone'],
]) {
  test(`deployedTriggers.list with emitterType ${emitterType} answers ${type}`, async (t) => {
    const { production } = await project(t);
    for (const trigger of (await deployed(production, emitterType)).triggers) {
      assert.equal(trigger.type, type);
      assert.match(trigger.id, id);
      assert.equal(typeof trigger[field], 'string');
      assert.ok(trigger.createdAt > Date.UTC(2020) && trigger.createdAt < Date.UTC(2030), 'epoch milliseconds');
    }
  });
}

test('deployedTriggers.list with emitterType email answers what the SDK has no schema for', async (t) => {
  const { production } = await project(t, /Received "EmailInterface"/);
  const { triggers } = await deployed(production, 'email');
  assert.ok(triggers.every((x) => x.type === 'EmailInterface' && x.id));
});

test('deployedTriggers.list answers sources unless told', async (t) => {
  const { production } = await project(t);
  const { externalId, triggers } = await deployed(production, 'source');
  assert.deepEqual(await all(production.deployedTriggers.list({ externalUserId: externalId })), triggers);
  assert.deepEqual(await all(production.deployedTriggers.list({ externalUserId: 'nobody at all' })), []);
});

test('deployedTriggers.list without a user is refused', async (t) => {
  const { production } = await project(t);
  await refused(production.deployedTriggers.list({ externalUserId: '' }), 400, 'external_user_id is required');
});

test('accounts.delete takes along the triggers that use the account', async (t) => {
  const { production } = await project(t);
  const { externalId } = await deployed(production, 'source');
  for (const { id } of await production.accounts.listByExternalUser(externalId)) {
    await production.accounts.delete(id);
  }
  assert.deepEqual(await all(production.deployedTriggers.list({ externalUserId: externalId })), []);
  assert.ok((await everybody(production)).some((u) => u.externalId === externalId), 'the user stays');
});
