import assert from 'node:assert/strict';
import test from 'node:test';
import { buildClientSchema, getIntrospectionQuery, validateSchema } from 'graphql';
import { members, organization, places, send } from './client.js';

test('me names the service account', async (t) => {
  const { ask } = await organization(t);
  const { me } = await ask('{ me { id name email username avatarUrl locale timeZone } }');
  assert.match(me.id, /^\d+$/);
  assert.equal(me.name, 'Manifold reader');
  assert.match(me.email, /^sa-\d+@acme\.pipefy-service\.com$/);
});

test('me names the owner of a personal token', async (t) => {
  const { url, personalToken, id } = await organization(t);
  const { body } = await send(url, personalToken, `{ me { name email } organization(id: ${id}) { role } }`);
  assert.equal(body.data.organization.role, 'super_admin');
  assert.ok(body.data.me.email.includes('@'));
});

test('organization members by an integer id or a string, the same', async (t) => {
  const { ask, id } = await organization(t);
  const fields = '{ id name membersCount members { role_name user { id uuid name email username createdAt } } }';
  const byInteger = await ask(`{ organization(id: ${id}) ${fields} }`);
  assert.deepEqual(await ask(`{ organization(id: "${id}") ${fields} }`), byInteger);
  assert.deepEqual(await ask(`query ($id: ID!) { organization(id: $id) ${fields} }`, { id }), byInteger);

  const o = byInteger.organization;
  assert.equal(o.id, String(id));
  assert.ok(o.members.length > 100);
  assert.equal(o.members.length, o.membersCount);
  assert.equal(new Set(o.members.map((m) => m.user.id)).size, o.membersCount);
  const roles = new Set(o.members.map((m) => m.role_name));
  for (const role of ['super_admin', 'admin', 'normal', 'company_guest', 'external_guest']) {
    assert.ok(roles.has(role), role);
  }
  assert.ok(o.members.every((m) => /^\d+$/.test(m.user.id)));
});

test('membersCountByRole agrees with the members', async (t) => {
  const { ask, id } = await organization(t);
  const { organization: o } = await ask(`{ organization(id: ${id}) { members { role_name } membersCountByRole { name memberCount } } }`);
  for (const { name, memberCount } of o.membersCountByRole) {
    assert.equal(memberCount, o.members.filter((m) => m.role_name === name).length, name);
  }
});

test('organizations lists the caller’s own', async (t) => {
  const { ask, id } = await organization(t);
  assert.deepEqual(await ask('{ organizations { id name } }'), { organizations: [{ id: String(id), name: 'Acme Operations' }] });
});

test('organization pipes are the caller’s alone, and pipesCount is everybody’s', async (t) => {
  const { ask, id } = await organization(t);
  const { organization: o } = await ask(`{ organization(id: ${id}) { pipesCount pipes { id name role } } }`);
  assert.ok(o.pipes.length > 0 && o.pipes.length < o.pipesCount, `${o.pipes.length} of ${o.pipesCount}`);
  assert.ok(o.pipes.every((p) => p.role === 'admin'));
});

test('members of many pipes by aliases, by pipes(ids:), and one by one, the same', async (t) => {
  const api = await organization(t);
  const { pipes } = await places(api);
  const fields = '{ id members { role_name user { id uuid name email } } }';
  const ids = pipes.slice(0, 25).map((p) => p.id);
  const aliased = await api.ask(`{ ${ids.map((id, i) => `p${i}: pipe(id: ${id}) ${fields}`).join(' ')} }`);
  assert.deepEqual((await api.ask(`{ pipes(ids: [${ids}]) ${fields} }`)).pipes, Object.values(aliased));
  for (const { id, members: listed } of Object.values(aliased)) {
    assert.deepEqual([...(await members(api, 'pipe', id)).keys()], listed.map((m) => m.user.email));
  }
});

test('members of a table by its opaque id or its numeric one', async (t) => {
  const api = await organization(t);
  const [table] = (await places(api)).tables;
  assert.deepEqual(await members(api, 'table', table.id), await members(api, 'table', Number(table.internal_id)));
});

test('organization tables page by cursor', async (t) => {
  const { ask, id } = await organization(t);
  const found = [];
  for (let after = null, more = true; more; ) {
    const { organization: o } = await ask(
      'query ($id: ID!, $after: String) { organization(id: $id) { tables(first: 3, after: $after) { totalCount edges { node { id } } pageInfo { hasNextPage endCursor } } } }',
      { id, after },
    );
    found.push(...o.tables.edges.map((e) => e.node.id));
    ({ hasNextPage: more, endCursor: after } = o.tables.pageInfo);
    if (!more) assert.equal(found.length, o.tables.totalCount);
  }
  assert.equal(new Set(found).size, found.length);
});

test('introspection answers what graphql-js builds a valid schema from', async (t) => {
  const { ask } = await organization(t);
  const everything = { specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true };
  for (const query of [getIntrospectionQuery(), getIntrospectionQuery(everything)]) {
    const schema = buildClientSchema(await ask(query));
    assert.deepEqual(validateSchema(schema), []);
    const mutations = Object.keys(schema.getMutationType().getFields());
    for (const name of ['inviteMembers', 'setRole', 'removeUserFromOrg', 'removeUserFromPipe', 'removeUserFromRepo', 'removeUserFromTable']) {
      assert.ok(mutations.includes(name), name);
    }
    assert.equal(String(schema.getType('InviteMembersInput').getFields().emails.type), '[EmailToInviteInput]!');
    assert.equal(schema.getType('User').getFields().avatar_url.deprecationReason, 'avatarUrl');
  }
});
