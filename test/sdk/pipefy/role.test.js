import assert from 'node:assert/strict';
import test from 'node:test';
import { colleague, members, organization, places } from './client.js';

/** A world with somebody in its first pipe and its first table. */
async function staffed(t) {
  const api = await organization(t);
  const { pipes: [pipe], tables: [table] } = await places(api);
  return { api, pipe, table, person: await colleague(api, pipe.id, table.id) };
}

for (const [place, role] of [['organization', 'admin'], ['pipe', 'my_cards_only'], ['table', 'admin']]) {
  test(`setRole in ${place === 'organization' ? 'an' : 'a'} ${place} changes the role there and nowhere else`, async (t) => {
    const { api, pipe, table, person } = await staffed(t);
    const ids = { organization: String(api.id), pipe: pipe.id, table: table.id };
    const inline = { organization: api.id, pipe: pipe.id, table: table.internal_id }[place];
    const { setRole } = await api.ask(`mutation {
      setRole(input: {${place}_id: ${inline}, member: {user_id: ${person.id}, role_name: "${role}"}}) {
        clientMutationId
        member { role_name user { id email } }
      }
    }`);
    assert.deepEqual(setRole, { clientMutationId: null, member: { role_name: role, user: { id: person.id, email: person.email } } });
    const was = { organization: 'normal', pipe: 'member', table: 'member' };
    for (const level of ['organization', 'pipe', 'table']) {
      assert.equal((await members(api, level, ids[level])).get(person.email).role, level === place ? role : was[level], level);
    }
  });
}

for (const guest of ['company_guest', 'external_guest']) {
  test(`setRole to ${guest} takes the person out of every pipe and table`, async (t) => {
    const { api, pipe, table, person } = await staffed(t);
    await api.ask(`mutation { setRole(input: {organization_id: ${api.id}, member: {user_id: ${person.id}, role_name: "${guest}"}}) { member { role_name } } }`);
    assert.equal((await members(api, 'organization', String(api.id))).get(person.email).role, guest);
    assert.equal((await members(api, 'pipe', pipe.id)).has(person.email), false);
    assert.equal((await members(api, 'table', table.id)).has(person.email), false);
  });
}

test('setRoles changes a list', async (t) => {
  const { api, pipe } = await staffed(t);
  const people = [...(await members(api, 'pipe', pipe.id)).values()].filter((m) => m.role !== 'admin').slice(0, 2);
  assert.equal(people.length, 2);
  const list = people.map((p) => `{user_id: ${p.id}, role_name: "read_and_comment"}`);
  const { setRoles } = await api.ask(`mutation { setRoles(input: {pipe_id: ${pipe.id}, members: [${list}]}) { members { role_name user { id } } errors } }`);
  assert.deepEqual(setRoles.members.map((m) => [m.user.id, m.role_name]), people.map((p) => [p.id, 'read_and_comment']));
});

test('setRole with a role that the level lacks, or of nobody, is refused with a code', async (t) => {
  const { api, pipe, person } = await staffed(t);
  for (const [member, code] of [
    [`{user_id: ${person.id}, role_name: "super_admin"}`, 'INVALID_ROLE'],
    ['{user_id: 1, role_name: "member"}', 'RECORD_NOT_FOUND'],
  ]) {
    const { body } = await api.raw(`mutation { setRole(input: {pipe_id: ${pipe.id}, member: ${member}}) { clientMutationId } }`);
    assert.equal(body.data.setRole, null);
    assert.equal(body.errors[0].extensions.code, code);
    assert.deepEqual(body.errors[0].path, ['setRole']);
  }
});
