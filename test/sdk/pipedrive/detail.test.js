import assert from 'node:assert/strict';
import test from 'node:test';
import { company } from './client.js';

test('v1 UsersApi.getUserPermissions tells an administrator from a user', async (t) => {
  const { users } = await company(t);
  const all = (await users.getUsers()).data;
  const chief = await users.getUserPermissions({ id: all.find((u) => u.is_you).id });
  assert.ok(Object.keys(chief.data).length >= 10);
  assert.ok(Object.entries(chief.data).every(([name, granted]) => name.startsWith('can_') && granted === true));

  const plain = all.find((u) => u.access.length === 1 && u.access[0].app === 'sales' && !u.access[0].admin);
  const { data } = await users.getUserPermissions({ id: plain.id });
  assert.deepEqual(Object.keys(data).sort(), Object.keys(chief.data).sort());
  assert.equal(data.can_use_api, true);
  assert.equal(data.can_delete_deals, false);
});

test('v1 UsersApi.getUserRoleAssignments pages by start and limit', async (t) => {
  const { users } = await company(t);
  const person = (await users.getUsers()).data.find((u) => u.role_id === 2);
  const whole = await users.getUserRoleAssignments({ id: person.id });
  assert.deepEqual(whole.data.map((a) => a.name), ['Sales', 'Key accounts']);
  assert.deepEqual(whole.data[0], { user_id: person.id, role_id: 2, parent_role_id: 1, name: 'Sales', active_flag: true, type: '1' });
  assert.deepEqual(whole.additional_data.pagination, { start: 0, limit: 100, more_items_in_collection: false });

  const first = await users.getUserRoleAssignments({ id: person.id, start: 0, limit: 1 });
  assert.deepEqual(first.additional_data.pagination, { start: 0, limit: 1, more_items_in_collection: true, next_start: 1 });
  const second = await users.getUserRoleAssignments({ id: person.id, start: first.additional_data.pagination.next_start, limit: 1 });
  assert.equal(second.additional_data.pagination.more_items_in_collection, false);
  assert.deepEqual([...first.data, ...second.data], whole.data);
});

test('v1 UsersApi.getUserRoleSettings are those of the role, and may be absent', async (t) => {
  const { users } = await company(t);
  const all = (await users.getUsers()).data;
  const of = async (role) => (await users.getUserRoleSettings({ id: all.find((u) => u.role_id === role).id })).data;
  assert.deepEqual(await of(2), { deal_default_visibility: 1, person_default_visibility: 1 });
  assert.deepEqual(await of(5), {});
});

test('v2 UsersApi.getUserFollowers pages by cursor to a null one', async (t) => {
  const { users, usersV2 } = await company(t);
  const others = (await users.getUsers()).data.filter((u) => !u.is_you).map((u) => u.id);
  const { id } = (await users.getCurrentUser()).data;
  const sizes = [];
  const followers = [];
  let cursor;
  do {
    const page = await usersV2.getUserFollowers({ id, limit: 50, cursor });
    sizes.push(page.data.length);
    followers.push(...page.data);
    cursor = page.additional_data.next_cursor;
  } while (cursor);
  assert.equal(cursor, null);
  assert.deepEqual(sizes, [50, 50, others.length - 100]);
  assert.deepEqual(followers.map((f) => f.user_id).sort(), others.sort(), 'everybody follows the first user');
  assert.ok(followers.every((f) => new Date(f.add_time).toISOString() === f.add_time.replace('Z', '.000Z')));
  assert.deepEqual((await usersV2.getUserFollowers({ id })).data, followers.slice(0, 100), 'a page has 100 unless told');
});

test('v1 UsersApi.getUserFollowers answers the bare ids of the same people', async (t) => {
  const { users, usersV2 } = await company(t);
  const { id } = (await users.getCurrentUser()).data;
  const { data } = await users.getUserFollowers({ id });
  assert.deepEqual(data, (await usersV2.getUserFollowers({ id, limit: 500 })).data.map((f) => f.user_id));
});
