// The schema beside that of the last release, which `make released` writes anew.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { compare, told } from './schema.change.js';

const file = (name) => readFile(new URL(name, import.meta.url), 'utf8');

test('nothing breaks for clients of the last release', async () => {
  const accepted = JSON.parse(await file('accepted.json'));
  const message = told(await compare(await file('released.graphqls'), await file('../../schema.graphqls'), accepted));
  if (message) assert.fail(message);
});

const released = `
  type Query {
    person(id: ID!, byMail: String @deprecated(reason: "Use id."), style: Style): Person
    people(filter: Filter): [Person!]
  }
  type Person {
    id: ID!
    name: String!
    mail: String @deprecated(reason: "Use mails.")
    mails: [String!]
  }
  input Filter {
    name: String
  }
  enum Style {
    LONG
    SHORT @deprecated(reason: "Use LONG.")
  }
`;

// Each is a change of the schema above, and the coordinates that break for clients.
for (const [what, from, to, broken] of [
  ['taking a field away', 'name: String!', '', ['Person.name']],
  ['taking away a field that was deprecated', 'mail: String @deprecated(reason: "Use mails.")', '', []],
  ['taking an argument away', ', style: Style', '', ['Query.person.style']],
  ['taking away an argument that was deprecated', 'byMail: String @deprecated(reason: "Use id."), ', '', []],
  ['taking a value away', 'LONG\n', '\n', ['Style.LONG']],
  ['taking away a value that was deprecated', 'SHORT @deprecated(reason: "Use LONG.")', '', []],
  ['letting a field be null', 'name: String!', 'name: String', ['Person.name']],
  ['changing the type of a deprecated field', 'mail: String @', 'mail: Int @', ['Person.mail']],
  ['asking for an argument', 'style: Style', 'style: Style!', ['Query.person.style']],
  ['asking for an input field', 'name: String\n', 'name: String\n age: Int!\n', ['Filter.age']],
  ['adding', 'name: String!', 'name: String!\n age(of: Int = 1): Int', []],
]) {
  test(`${what} breaks ${broken.join(', ') || 'nothing'}`, async () => {
    assert.ok(released.includes(from));
    const { breaking } = await compare(released, released.replace(from, to));
    assert.deepEqual(breaking.map((c) => c.path).sort(), broken);
  });
}

test('what is accepted with a reason may break, as long as it does', async () => {
  const now = released.replace('name: String!', '');
  const change = { type: 'FIELD_REMOVED', path: 'Person.name' };
  assert.equal(told(await compare(released, now, [{ ...change, reason: 'It was never answered.' }])), '');
  assert.match(told(await compare(released, now, [change])), /Clients of the last release would break/);
  assert.match(told(await compare(released, released, [{ ...change, reason: 'It was never answered.' }])), /FIELD_REMOVED of Person.name is accepted and does not happen/);
});

test('what breaks is named, with what to do', async () => {
  const message = told(await compare(released, released.replace('name: String!', '')));
  assert.match(message, /Field 'name' was removed from object type 'Person'\n {2}\{"type": "FIELD_REMOVED", "path": "Person.name", "reason": "…"\}/);
  assert.match(message, /with @deprecated .* test\/ecosystem\/accepted\.json/s);
});
