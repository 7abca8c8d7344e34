import assert from 'node:assert/strict';
import test from 'node:test';
import { v1 } from 'pipedrive';
import { borealis, company, configurations } from './client.js';

// The documented prices in tokens, read from the headers that the SDK's factory shows.
const prices = [
  ['getUsers', 20, ({ raw }) => raw.getUsers()],
  ['getUser', 2, ({ raw }, id) => raw.getUser({ id })],
  ['getCurrentUser', 2, ({ raw }) => raw.getCurrentUser()],
  ['findUsersByName', 40, ({ raw }) => raw.findUsersByName({ term: 'a' })],
  ['findUsersByName by e-mail', 40, ({ raw }) => raw.findUsersByName({ term: 'a', search_by_email: 1 })],
  ['getUserPermissions', 10, ({ raw }, id) => raw.getUserPermissions({ id })],
  ['getUserRoleAssignments', 10, ({ raw }, id) => raw.getUserRoleAssignments({ id })],
  ['getUserRoleSettings', 10, ({ raw }, id) => raw.getUserRoleSettings({ id })],
  ['getUserFollowers of v1', 20, ({ raw }, id) => raw.getUserFollowers({ id })],
  ['getUserFollowers of v2', 10, ({ rawV2 }, id) => rawV2.getUserFollowers({ id })],
  ['addUser', 10, ({ raw }) => raw.addUser({ AddUserRequest: { email: 'priced@acme.example' } })],
  ['updateUser', 10, ({ raw }, id) => raw.updateUser({ id, UpdateUserRequest: { active_flag: true } })],
];

for (const [operation, tokens, call] of prices) {
  test(`${operation} costs ${tokens} tokens, and its headers say so`, async (t) => {
    const api = await company(t);
    const before = await api.raw.getCurrentUser();
    const { headers, status } = await call(api, before.data.data.id);
    assert.equal(status, 200);
    const left = (h) => Number(h['x-daily-ratelimit-token-remaining']);
    assert.equal(left(before.headers) - left(headers), tokens);
    assert.equal(headers['x-daily-ratelimit-token-limit'], '30000');
    assert.equal(headers['x-ratelimit-limit'], '20');
    assert.equal(headers['x-ratelimit-remaining'], '18');
    assert.match(headers['x-ratelimit-reset'], /^[12]$/);
    assert.match(headers['x-correlation-id'], /^[0-9a-f-]{36}$/);
  });
}

test('a burst of getCurrentUser is refused with 429 from the 21st on, for that token alone', async (t) => {
  const { url, companies, users, raw } = await company(t);
  const calls = await Promise.allSettled(Array.from({ length: 25 }, () => users.getCurrentUser()));
  const refused = calls.filter((c) => c.status === 'rejected').map((c) => c.reason);
  assert.equal(refused.length, 5);
  for (const body of refused) {
    assert.equal(body.success, false);
    assert.equal(body.error, 'Request over limit');
    assert.equal(body.errorCode, 429);
  }
  await assert.rejects(raw.getCurrentUser(), ({ response }) => {
    assert.equal(response.status, 429);
    assert.equal(response.headers['x-ratelimit-remaining'], '0');
    assert.match(response.headers['retry-after'], /^[12]$/);
    return true;
  });
  const other = new v1.UsersApi(configurations(url, { apiKey: companies[borealis].token }).v1);
  assert.equal((await other.getCurrentUser()).data.company_name, 'Borealis');
});

test('a burst of findUsersByName meets the search limit from the 11th on', async (t) => {
  const { users } = await company(t);
  const calls = await Promise.allSettled(Array.from({ length: 12 }, () => users.findUsersByName({ term: 'a' })));
  assert.equal(calls.filter((c) => c.status === 'rejected').length, 2);
  assert.equal((await users.getCurrentUser()).success, true, 'other calls go on');
});

test('a token that goes on after fifty refusals is answered a page of HTML with 403', async (t) => {
  const { users, raw, sheet, url } = await company(t);
  const calls = await Promise.allSettled(Array.from({ length: 70 }, () => users.getCurrentUser()));
  assert.equal(calls.filter((c) => c.reason?.errorCode === 429).length, 50);
  await assert.rejects(users.getCurrentUser(), (body) => typeof body === 'string' && body.startsWith('<!DOCTYPE html>'));
  await assert.rejects(raw.getCurrentUser(), ({ response }) => {
    assert.equal(response.status, 403);
    assert.match(response.headers['content-type'], /^text\/html/);
    return true;
  });
  const bearer = new v1.UsersApi(configurations(url, { accessToken: sheet.oauthToken }).v1);
  assert.equal((await bearer.getCurrentUser()).success, true, 'bearers are not blocked so');
});
