// What the tests of all clients ask of one Manifold.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import WebSocket from 'ws';
import { binary } from '../../sdk/simulator.js';
import { manifold } from '../manifold.js';

/** Keys of an admin, of somebody who may see no address, and of nobody. */
export const keys = { admin: 'admin-key-0123456789abcdef', reader: 'reader-key-0123456789abcdef', wrong: 'wrong-key-0123456789abcdef' };

// Before release 22 Node.js has no WebSocket of its own.
globalThis.WebSocket ??= WebSocket;

const every = ['directory:read', 'emails:read', 'grants:read', 'links:read', 'links:write', 'actions:read', 'pipedrive:write', 'pipefy:write', 'pipedream:write'];
const client = (name, key, scopes) => `  - {name: ${name}, key: "${key}", scopes: [${scopes.map((s) => `"${s}"`)}]}\n`;

/** Serves a world to the clients of keys: as manifold() answers, and graphql, where it is asked. */
export async function served(t, edit = (text) => text) {
  const apiKeys = `api_keys:\n${client('admin', keys.admin, every)}${client('reader', keys.reader, ['directory:read'])}`;
  const serving = await manifold(t, { key: keys.admin, edit: (text) => edit(text.replace('insecure_no_authentication: true\n', apiKeys)) });
  return { ...serving, graphql: `${serving.url}/graphql` };
}

/** The schema, as a developer gets it. */
export async function sdl() {
  const { stdout } = await promisify(execFile)(binary, ['schema']);
  return stdout;
}

/** What every client is asked to read. */
export const documents = {
  page: `query Page($first: Int!, $after: String) {
    people(first: $first, after: $after) {
      totalCount
      edges { cursor node { id displayName } }
      pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
    }
  }`,
  addresses: 'query Addresses { people(first: 3) { nodes { id displayName primaryEmail } } }',
  refused: 'query Refused { people(first: 3) { nodes { surname } } }',
};

/** Where an answer's errors say FORBIDDEN, in order. Errors have none: fields of one answer are read side by side. */
export const forbidden = (errors) => errors.filter((e) => e.extensions.code === 'FORBIDDEN').map((e) => e.path.join('.')).sort();

/** Ids of the people in order, as any page size shows them. */
export async function everybody(ask) {
  const ids = [];
  for (let after = null; ; ) {
    const { people } = await ask(documents.page, { first: 100, after });
    ids.push(...people.edges.map((e) => e.node.id));
    if (!people.pageInfo.hasNextPage) return ids;
    after = people.pageInfo.endCursor;
  }
}

/** All people by id, as changes show them. */
export async function everyone(ask) {
  const people = new Map();
  for (let after = null; ; ) {
    const { people: page } = await ask('query($after: String) { people(first: 100, after: $after) { nodes { id displayName status } pageInfo { hasNextPage endCursor } } }', { after });
    for (const person of page.nodes) people.set(person.id, person);
    if (!page.pageInfo.hasNextPage) return people;
    after = page.pageInfo.endCursor;
  }
}

/** Two people, each with one Pipedrive user alone, who is active and no administrator. */
export async function twoApart(ask) {
  const { people } = await ask(`{ people(first: 100, filter: { presentIn: [PIPEDRIVE], absentIn: [PIPEFY, PIPEDREAM], status: [ACTIVE] }) {
    nodes { id displayName status identities { id } pipedriveUsers { id sourceId companyId isAdmin } }
  } }`);
  return people.nodes.filter((p) => p.identities.length === 1 && !p.pipedriveUsers[0].isAdmin).slice(0, 2);
}

/** Joins the accounts of people. */
export async function join(ask, people) {
  const { linkIdentities } = await ask('mutation($input: LinkIdentitiesInput!) { linkIdentities(input: $input) { userErrors { message } people { id } } }', {
    input: { identityIds: people.map((p) => p.identities[0].id), reason: 'the test says so' },
  });
  if (linkIdentities.userErrors.length > 0) throw new Error(JSON.stringify(linkIdentities.userErrors));
  return linkIdentities.people[0].id;
}

/** An action that begins in an hour. */
export async function scheduled(ask) {
  const [one] = await twoApart(ask);
  const mutation = 'mutation($input: OffboardPersonInput!) { offboardPerson(input: $input) { planToken userErrors { message } action { id state } } }';
  const input = { personIds: [one.id], at: new Date(Date.now() + 3_600_000).toISOString(), reason: 'the test says so' };
  const { planToken } = (await ask(mutation, { input: { ...input, dryRun: true } })).offboardPerson;
  const { action, userErrors } = (await ask(mutation, { input: { ...input, planToken } })).offboardPerson;
  if (userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return action;
}

/** Waits as long as a client may between two tries. */
export const soon = () => new Promise((next) => setTimeout(next, 50));

/** Takes a person's login away at the vendor, without Manifold. */
export async function deactivate(world, person) {
  const [user] = person.pipedriveUsers;
  const company = Object.values(world.pipedrive.companies).find((c) => String(c.id) === String(user.companyId));
  const answer = await fetch(`${world.pipedrive.url}/v1/users/${user.sourceId}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', 'x-api-token': company.token },
    body: JSON.stringify({ active_flag: false }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

/** Ends the process as a power cut would, and starts another at the same address. */
export async function crash(serving, meanwhile = async () => {}) {
  serving.signal('SIGKILL');
  await meanwhile();
  await serving.restart();
}

/**
 * Collects what happens, for those who wait for it.
 *
 * @returns push, which takes one thing; all, which has come so far; and until(fits, what), which answers the first that fits, come or to come
 */
export function events(bound = 10_000) {
  const all = [];
  const arrivals = new EventTarget();
  const push = (e) => {
    all.push(e);
    arrivals.dispatchEvent(new Event('arrival'));
  };
  const until = async (fits, what) => {
    const signal = AbortSignal.timeout(bound);
    for (let seen = 0; ; ) {
      for (; seen < all.length; seen++) if (fits(all[seen])) return all[seen];
      try {
        await once(arrivals, 'arrival', { signal });
      } catch {
        throw new Error(`${what} did not come; what came: ${JSON.stringify(all)}`);
      }
    }
  };
  return { all, push, until };
}
