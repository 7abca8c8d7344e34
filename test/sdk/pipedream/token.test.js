import assert from 'node:assert/strict';
import test from 'node:test';
import { PipedreamClient } from '@pipedream/sdk';
import { bearing, everyAccount, everybody, options, project, refused } from './client.js';

test('oauthTokens.create gives a bearer for an hour', async (t) => {
  const { world, production } = await project(t);
  const { clientId, clientSecret } = world.pipedream;
  const token = await production.oauthTokens.create({ clientId, clientSecret });
  assert.equal(token.tokenType, 'Bearer');
  assert.equal(token.expiresIn, 3600);
  assert.deepEqual(await everybody(bearing(world, token.accessToken)), await everybody(production));
});

test('oauthTokens.create refuses a wrong secret with 401', async (t) => {
  const { world } = await project(t);
  const stranger = new PipedreamClient(options(world, 'production', { clientSecret: 'wrong' }));
  await refused(stranger.users.list(), 401, 'invalid_client');
});

test('oauthTokens.create narrows a token to its scope', async (t) => {
  const { world, production } = await project(t);
  const { clientId, clientSecret } = world.pipedream;
  const { accessToken } = await production.oauthTokens.create({ clientId, clientSecret, scope: 'connect:users:read' });
  const reader = bearing(world, accessToken);
  const [someone] = await everybody(reader);
  await refused(reader.accounts.list(), 403, 'insufficient scope');
  await refused(reader.users.deleteExternalUser(someone.externalId), 403, 'insufficient scope');
});

test('a bearer that was never given out is refused with 401 everywhere', async (t) => {
  const { world } = await project(t);
  const stranger = bearing(world, 'never-given');
  for (const call of [
    () => stranger.users.list(),
    () => stranger.users.deleteExternalUser('anybody'),
    () => stranger.accounts.list(),
    () => stranger.accounts.delete('apn_0000002'),
    () => stranger.deployedTriggers.list({ externalUserId: 'anybody' }),
    () => stranger.projects.retrieveInfo(),
    () => stranger.tokens.create({ externalUserId: 'anybody' }),
  ]) {
    await refused(call(), 401, 'unauthorized');
  }
});

test('tokens.create gives a Connect token that opens one user’s accounts alone', async (t) => {
  const { world, production } = await project(t);
  const accounts = await everyAccount(production);
  const { externalId } = accounts[0];
  const before = Date.now();
  const { token, expiresAt, connectLinkUrl } = await production.tokens.create({ externalUserId: externalId, expiresIn: 600 });
  assert.match(token, /^ctok_[0-9a-f]{32}$/);
  assert.ok(Math.abs(expiresAt.getTime() - before - 600_000) < 10_000, expiresAt.toISOString());
  assert.ok(connectLinkUrl.includes(token));

  const user = bearing(world, token);
  assert.deepEqual(await everyAccount(user), accounts.filter((a) => a.externalId === externalId));
  await refused(user.accounts.retrieve(accounts.find((a) => a.externalId !== externalId).id), 404, 'record not found');
  await refused(user.users.list(), 403, 'insufficient scope');
});

test('tokens.create refuses a lifetime above four hours', async (t) => {
  const { production } = await project(t);
  await refused(production.tokens.create({ externalUserId: 'x', expiresIn: 14_401 }), 400, 'expires_in must be between 1 and 14400');
});

test('projects.retrieveInfo names the linked apps', async (t) => {
  const { production, development } = await project(t);
  const { apps } = await production.projects.retrieveInfo();
  assert.deepEqual(apps.map((a) => a.nameSlug), ['pipedrive', 'slack', 'gmail', 'microsoft_outlook']);
  assert.deepEqual((await development.projects.retrieveInfo()).apps, apps);
});

test('a project that is not there is refused with 404', async (t) => {
  const { world } = await project(t);
  const elsewhere = new PipedreamClient(options(world, 'production', { projectId: 'proj_nowhere' }));
  await refused(elsewhere.projects.retrieveInfo(), 404, 'record not found');
});
