// The official SDK of npm, pointed at a simulated project.
import assert from 'node:assert/strict';
import { PipedreamClient, PipedreamError } from '@pipedream/sdk';
import { simulated } from '../simulator.js';

/** The SDK's options for one environment of a world; `more` wins. */
export function options({ pipedream }, projectEnvironment, more = {}) {
  const { url: baseUrl, projectId, clientId, clientSecret } = pipedream;
  return { baseUrl, projectId, clientId, clientSecret, projectEnvironment, ...more };
}

/**
 * A fresh world seen by its client in both environments. The SDK only warns of a body that its own
 * schemas refuse; here such a warning fails the test, unless it is `expected`.
 */
export async function project(t, expected = /$^/) {
  const world = await simulated(t); // first, for hooks run in order and a failing one is the last
  const warn = t.mock.method(console, 'warn', () => {});
  t.after(() => {
    const complaints = warn.mock.calls.map((c) => c.arguments.join(' ')).filter((c) => !expected.test(c));
    assert.deepEqual(complaints, []);
  });
  return {
    world,
    production: new PipedreamClient(options(world, 'production')),
    development: new PipedreamClient(options(world, 'development')),
  };
}

/** A client that acts with a token given out before. */
export function bearing(world, token, environment = 'production') {
  return new PipedreamClient(options(world, environment, { tokenProvider: { getToken: async () => token } }));
}

/** Everything in a list, by the SDK's own paging. */
export async function all(list) {
  const items = [];
  for await (const item of await list) items.push(item);
  return items;
}

/** Every external user of an environment, and every account. */
export const everybody = (client) => all(client.users.list({ limit: 100 }));
export const everyAccount = (client) => all(client.accounts.list({ limit: 100 }));

/** Asserts that the service refuses a call with a status and an error text. */
export async function refused(call, status, error) {
  await assert.rejects(call, (e) => {
    assert.ok(e instanceof PipedreamError, String(e));
    assert.equal(e.statusCode, status);
    assert.equal(e.body?.error, error);
    return true;
  });
}
