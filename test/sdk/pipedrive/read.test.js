import assert from 'node:assert/strict';
import test from 'node:test';
import { v1 } from 'pipedrive';
import { borealis, company, configurations } from './client.js';

// The documented keys, and is_admin, which live records show and no document does.
const fields = [
  'access', 'active_flag', 'created', 'default_currency', 'email', 'has_created_company', 'icon_url', 'id', 'is_admin',
  'is_deleted', 'is_you', 'lang', 'last_login', 'locale', 'modified', 'name', 'phone', 'role_id', 'timezone_name', 'timezone_offset',
];
const moment = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

test('v1 UsersApi.getUsers lists every user of the company, with the documented fields', async (t) => {
  const { users } = await company(t);
  const { success, data } = await users.getUsers();
  assert.equal(success, true);
  assert.ok(data.length > 100, `${data.length} users`);
  assert.equal(new Set(data.map((u) => u.id)).size, data.length);
  assert.equal(data.filter((u) => u.is_you).length, 1);
  assert.ok(data.some((u) => !u.active_flag), 'deactivated users are listed');
  assert.ok(data.some((u) => u.is_deleted && u.name === '(deleted user)'), 'erased users are listed');
  for (const u of data) {
    assert.deepEqual(Object.keys(u).sort(), fields);
    assert.match(u.created, moment);
    assert.equal(typeof u.role_id, 'number');
    assert.equal(typeof u.active_flag, 'boolean');
    assert.ok(u.last_login === null || moment.test(u.last_login));
    assert.ok(u.phone === null || u.is_you, 'a phone is shown to its owner alone');
    for (const { app, admin } of u.access) {
      assert.equal(typeof app, 'string');
      assert.equal(typeof admin, 'boolean');
    }
  }
});

test('v1 UsersApi.getUsers knows each company by its token', async (t) => {
  const { url, companies, users } = await company(t);
  const other = new v1.UsersApi(configurations(url, { apiKey: companies[borealis].token }).v1);
  const [here, there] = [await users.getUsers(), await other.getUsers()].map((r) => new Set(r.data.map((u) => u.id)));
  const both = [...here].filter((id) => there.has(id));
  assert.ok(both.length > 0 && both.length < here.size && both.length < there.size, `${both.length} in both`);
});

test('v1 UsersApi.getUsers answers a bearer token, below /api/v1 too', async (t) => {
  const { url, sheet, users } = await company(t);
  const bearer = new v1.UsersApi(new v1.Configuration({ accessToken: sheet.oauthToken, basePath: `${url}/api/v1` }));
  assert.deepEqual(await bearer.getUsers(), await users.getUsers());
});

test('v1 UsersApi.getUser answers the record of the list', async (t) => {
  const { users } = await company(t);
  const { data } = await users.getUsers();
  for (const want of [data[0], data[17], data.find((u) => u.is_deleted), data.find((u) => !u.active_flag)]) {
    assert.deepEqual((await users.getUser({ id: want.id })).data, want);
  }
});

test('v1 UsersApi.getCurrentUser names the token’s user and the company', async (t) => {
  const { users, sheet } = await company(t);
  const { data } = await users.getCurrentUser();
  assert.equal(data.is_you, true);
  assert.equal(data.company_id, sheet.id);
  assert.equal(data.company_name, 'Acme');
  assert.equal(data.company_domain, 'acme');
  assert.equal(data.company_country, 'EE');
  assert.equal(data.company_industry, 'Software');
  assert.deepEqual(Object.keys(data.language).sort(), ['country_code', 'language_code']);
  const { company_id, company_name, company_domain, company_country, company_industry, language, ...user } = data;
  assert.deepEqual(user, (await users.getUser({ id: data.id })).data);
});

test('v1 UsersApi.getCurrentUser of a user without rights shows no modified key', async (t) => {
  const { users } = await company(t, ({ plainToken }) => ({ apiKey: plainToken }));
  const { data } = await users.getCurrentUser();
  assert.equal('modified' in data, false);
  assert.equal(data.access.some((a) => a.app === 'global'), false);
});

test('v1 UsersApi.findUsersByName matches names, in any case', async (t) => {
  const { users } = await company(t);
  const all = (await users.getUsers()).data;
  const person = all.find((u) => u.active_flag && !u.name.includes('@'));
  const found = (await users.findUsersByName({ term: person.name.toUpperCase() })).data;
  assert.deepEqual(found, all.filter((u) => u.name.toLowerCase().includes(person.name.toLowerCase())));
  assert.deepEqual((await users.findUsersByName({ term: person.email, search_by_email: 0 })).data, []);
});

test('v1 UsersApi.findUsersByName matches e-mail addresses alone when told', async (t) => {
  const { users } = await company(t);
  const all = (await users.getUsers()).data;
  const person = all.find((u) => u.active_flag && !u.name.includes('@'));
  const found = (await users.findUsersByName({ term: person.email, search_by_email: 1 })).data;
  assert.ok(found.some((u) => u.id === person.id));
  assert.ok(found.every((u) => u.email.toLowerCase().includes(person.email.toLowerCase())));
  assert.deepEqual((await users.findUsersByName({ term: person.name, search_by_email: 1 })).data, []);
});
