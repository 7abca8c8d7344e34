import assert from 'node:assert/strict';
import test from 'node:test';
import { company, refusal } from './client.js';

const absent = 1;

test('a wrong token is refused with 401 and the gateway’s body', async (t) => {
  const { users, raw } = await company(t, () => ({ apiKey: 'no-such-token' }));
  assert.deepEqual(await refusal(users.getUsers()), {
    success: false,
    error: 'unauthorized access',
    errorCode: 401,
    error_info: 'Please check developers.pipedrive.com',
    data: null,
    additional_data: null,
  });
  await assert.rejects(raw.getCurrentUser(), ({ response }) => response.status === 401);
});

test('a wrong bearer is refused with 401', async (t) => {
  const { users } = await company(t, () => ({ accessToken: 'no-such-token' }));
  const { success, errorCode } = await refusal(users.getUsers());
  assert.deepEqual([success, errorCode], [false, 401]);
});

for (const [who, credential] of [
  ['the token of a user without rights', ({ plainToken }) => ({ apiKey: plainToken })],
  ['a bearer without the admin scope', ({ oauthToken }) => ({ accessToken: oauthToken })],
]) {
  test(`addUser and updateUser are refused with 403 to ${who}, and change nothing`, async (t) => {
    const { users, raw } = await company(t, credential);
    const before = await users.getUsers();
    const id = before.data[3].id;
    for (const call of [
      () => users.addUser({ AddUserRequest: { email: 'nobody@acme.example' } }),
      () => users.updateUser({ id, UpdateUserRequest: { active_flag: false } }),
    ]) {
      const body = await refusal(call());
      assert.equal(body.success, false);
      assert.equal(typeof body.error, 'string');
    }
    await assert.rejects(raw.updateUser({ id, UpdateUserRequest: { active_flag: false } }), ({ response }) => response.status === 403);
    assert.deepEqual(await users.getUsers(), before);
  });
}

for (const [operation, call] of [
  ['getUser', (a) => a.raw.getUser({ id: absent })],
  ['getUserPermissions', (a) => a.raw.getUserPermissions({ id: absent })],
  ['getUserRoleAssignments', (a) => a.raw.getUserRoleAssignments({ id: absent })],
  ['getUserRoleSettings', (a) => a.raw.getUserRoleSettings({ id: absent })],
  ['getUserFollowers of v1', (a) => a.raw.getUserFollowers({ id: absent })],
  ['getUserFollowers of v2', (a) => a.rawV2.getUserFollowers({ id: absent })],
  ['updateUser', (a) => a.raw.updateUser({ id: absent, UpdateUserRequest: { active_flag: true } })],
]) {
  test(`${operation} of nobody is refused with the 404 body`, async (t) => {
    const api = await company(t);
    await assert.rejects(call(api), ({ response: { status, data } }) => {
      assert.equal(status, 404);
      assert.equal(data.success, false);
      assert.match(data.error, /not found/i);
      return true;
    });
  });
}

for (const [what, request] of [
  ['addUser without an address', { email: '' }],
  ['addUser with an access entry that names no app', { email: 'a@acme.example', access: [{ admin: true }] }],
]) {
  test(`${what} is refused with 400`, async (t) => {
    const { raw } = await company(t);
    await assert.rejects(raw.addUser({ AddUserRequest: request }), ({ response }) => response.status === 400 && response.data.success === false);
  });
}
