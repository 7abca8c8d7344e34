import assert from 'node:assert/strict';
import test from 'node:test';
import { members, organization, places } from './client.js';

const newcomer = 'new.hire@customer-z.example';

test('inviteMembers into an organization, one emails object in place of a list', async (t) => {
  const api = await organization(t);
  const before = await members(api, 'organization', String(api.id));
  const data = await api.ask(`mutation {
    inviteMembers(input: {organization_id: ${api.id}, emails: {email: "${newcomer}", role_name: "admin"}}) {
      clientMutationId
      users { id email invited confirmed }
      errors { index message }
    }
  }`);
  const [user] = data.inviteMembers.users;
  assert.deepEqual(data.inviteMembers, {
    clientMutationId: null,
    users: [{ id: user.id, email: newcomer, invited: true, confirmed: false }],
    errors: [],
  });
  const after = await members(api, 'organization', String(api.id));
  assert.deepEqual(after.get(newcomer), { id: user.id, role: 'admin' });
  assert.equal(after.size, before.size + 1);
});

for (const place of ['pipe', 'table']) {
  test(`inviteMembers into a ${place} makes a stranger a member of the organization too`, async (t) => {
    const api = await organization(t);
    const [{ id, internal_id: internal }] = (await places(api))[`${place}s`];
    // A table has an opaque id and a numeric one; the guide prints numbers.
    await api.ask(`mutation {
      inviteMembers(input: {${place}_id: ${internal ?? id}, emails: {email: "${newcomer}", role_name: "admin"}}) {
        clientMutationId
      }
    }`);
    assert.equal((await members(api, place, id)).get(newcomer).role, 'admin');
    assert.equal((await members(api, 'organization', String(api.id))).get(newcomer).role, 'normal');
  });
}

test('inviteMembers takes a list, a message and an echoed clientMutationId', async (t) => {
  const api = await organization(t);
  const { inviteMembers } = await api.ask(
    `mutation ($input: InviteMembersInput!) { inviteMembers(input: $input) { clientMutationId users { email } } }`,
    { input: {
      organization_id: api.id, message: 'please join', clientMutationId: 'once',
      emails: [{ email: newcomer, role_name: 'normal' }, { email: 'guest@customer-z.example', role_name: 'external_guest' }],
    } },
  );
  assert.equal(inviteMembers.clientMutationId, 'once');
  assert.deepEqual(inviteMembers.users.map((u) => u.email), [newcomer, 'guest@customer-z.example']);
});

test('inviteMembers takes one emails object from a variable as well', async (t) => {
  const api = await organization(t);
  await api.ask('mutation ($input: InviteMembersInput!) { inviteMembers(input: $input) { clientMutationId } }', {
    input: { organization_id: api.id, emails: { email: newcomer, role_name: 'normal' } },
  });
  assert.ok((await members(api, 'organization', String(api.id))).has(newcomer));
});

test('inviteMembers of somebody who is there invites nobody and mints nobody', async (t) => {
  const api = await organization(t);
  const before = await members(api, 'organization', String(api.id));
  const [known] = before.keys();
  const { inviteMembers } = await api.ask(`mutation {
    inviteMembers(input: {organization_id: ${api.id}, emails: {email: "${known.toUpperCase()}", role_name: "normal"}}) { users { id } }
  }`);
  assert.deepEqual(inviteMembers.users, []);
  assert.deepEqual(await members(api, 'organization', String(api.id)), before);
});

test('inviteMembers with the pipe role member fails in an organization, in the old style', async (t) => {
  const { raw, id } = await organization(t);
  const { status, body } = await raw(`mutation {
    inviteMembers(input: {organization_id: ${id}, emails: {email: "${newcomer}", role_name: "member"}}) { errors { index message } }
  }`);
  assert.equal(status, 200);
  assert.equal(body.data.inviteMembers.errors[0].index, null);
  const [{ message, code, type }] = body.errors;
  assert.deepEqual({ message, code, type }, { message: 'Something went wrong', code: 30000, type: 'ExecutionError' });
});
