import assert from 'node:assert/strict';
import test from 'node:test';
import { colleague, members, organization, places } from './client.js';

/** A world with somebody in its first pipe and its first table, and who is where. */
async function staffed(t) {
  const api = await organization(t);
  const { pipes: [pipe], tables: [table] } = await places(api);
  const person = await colleague(api, pipe.id, table.id);
  const where = async () => {
    const rosters = [await members(api, 'organization', String(api.id)), await members(api, 'pipe', pipe.id), await members(api, 'table', table.id)];
    return rosters.map((roster) => roster.has(person.email));
  };
  assert.deepEqual(await where(), [true, true, true]);
  return { api, pipe, table, person, where };
}

test('removeUserFromOrg takes the person out of pipes and tables too', async (t) => {
  const { api, person, where } = await staffed(t);
  const data = await api.ask(`mutation {
    removeUserFromOrg(input: {organization_id: ${api.id}, email: "${person.email}"}) {
      clientMutationId
      success
    }
  }`);
  assert.deepEqual(data.removeUserFromOrg, { clientMutationId: null, success: true });
  assert.deepEqual(await where(), [false, false, false]);
});

for (const spelling of ['removeUserFromRepo', 'removeUserFromPipe']) {
  test(`${spelling} takes the person out of that pipe alone`, async (t) => {
    const { api, pipe, person, where } = await staffed(t);
    const data = await api.ask(`mutation {
      ${spelling}(input: {pipe_id: ${pipe.id}, email: "${person.email}"}) {
        clientMutationId
        success
      }
    }`);
    assert.deepEqual(data[spelling], { clientMutationId: null, success: true });
    assert.deepEqual(await where(), [true, false, true]);
  });
}

test('removeUserFromTable takes the person out of that table alone', async (t) => {
  const { api, table, person, where } = await staffed(t);
  const data = await api.ask(`mutation {
    removeUserFromTable(input: {table_id: ${table.internal_id}, email: "${person.email}"}) {
      clientMutationId
      success
    }
  }`);
  assert.deepEqual(data.removeUserFromTable, { clientMutationId: null, success: true });
  assert.deepEqual(await where(), [true, true, false]);
});

test('removeMembersFromPipe goes by uuids', async (t) => {
  const { api, pipe, person, where } = await staffed(t);
  const { pipe: read } = await api.ask(`{ pipe(id: ${pipe.id}) { uuid members { user { uuid email } } } }`);
  const { uuid } = read.members.find((m) => m.user.email === person.email).user;
  const { removeMembersFromPipe } = await api.ask(
    'mutation ($input: RemoveMembersFromPipeInput!) { removeMembersFromPipe(input: $input) { success removedUsersUuids errors } }',
    { input: { pipeUuid: read.uuid, usersUuids: [uuid] } },
  );
  assert.deepEqual(removeMembersFromPipe, { success: true, removedUsersUuids: [uuid], errors: [] });
  assert.deepEqual(await where(), [true, false, true]);
});

test('many removals under aliases fail one by one', async (t) => {
  const { api, pipe, person, where } = await staffed(t);
  const { body } = await api.raw(`mutation {
    first: removeUserFromPipe(input: {pipe_id: ${pipe.id}, email: "${person.email}"}) { success }
    again: removeUserFromPipe(input: {pipe_id: ${pipe.id}, email: "${person.email}"}) { success }
  }`);
  assert.deepEqual(body.data, { first: { success: true }, again: null });
  assert.deepEqual(body.errors.map((e) => e.path), [['again']]);
  assert.deepEqual(await where(), [true, false, true]);
});
