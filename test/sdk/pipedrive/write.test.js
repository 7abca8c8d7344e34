import assert from 'node:assert/strict';
import test from 'node:test';
import { company } from './client.js';

test('v1 UsersApi.addUser invites, answers the whole user, and the user is there', async (t) => {
  const { users } = await company(t);
  const before = (await users.getUsers()).data;
  const { success, data } = await users.addUser({
    AddUserRequest: { email: 'new.hire@acme.example', access: [{ app: 'sales', admin: false }, { app: 'projects' }], active_flag: true },
  });
  assert.equal(success, true);
  assert.equal(data.email, 'new.hire@acme.example');
  assert.equal(data.name, 'new.hire@acme.example', 'an invited user has no name yet');
  assert.equal(data.active_flag, true);
  assert.equal(data.last_login, null);
  assert.deepEqual(data.access.map((a) => a.app), ['sales', 'projects']);

  assert.deepEqual((await users.getUser({ id: data.id })).data, data);
  const after = (await users.getUsers()).data;
  assert.equal(after.length, before.length + 1);
  assert.deepEqual((await users.findUsersByName({ term: 'new.hire@', search_by_email: 1 })).data, [data]);
});

test('v1 UsersApi.addUser gives the deals app unless told, and takes active_flag', async (t) => {
  const { users } = await company(t);
  const { data } = await users.addUser({ AddUserRequest: { email: 'later@acme.example', active_flag: false } });
  assert.deepEqual(data.access.map((a) => a.app), ['sales']);
  assert.equal((await users.getUser({ id: data.id })).data.active_flag, false);
});

test('v1 UsersApi.updateUser deactivates and activates again, for every reader', async (t) => {
  const { users } = await company(t);
  const person = (await users.getUsers()).data.find((u) => u.active_flag && !u.is_you);
  for (const active_flag of [false, true]) {
    const { data } = await users.updateUser({ id: person.id, UpdateUserRequest: { active_flag } });
    assert.equal(data.active_flag, active_flag);
    assert.equal((await users.getUser({ id: person.id })).data.active_flag, active_flag);
    assert.equal((await users.getUsers()).data.find((u) => u.id === person.id).active_flag, active_flag);
    assert.equal(data.name, person.name);
    assert.notEqual(data.modified, person.modified);
  }
});
