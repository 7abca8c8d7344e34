// A Manifold over a simulated world, so that what it writes can be read back by the vendors' own SDKs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { binary, simulated } from './simulator.js';

/**
 * Serves until the test ends.
 *
 * @param {import('node:test').TestContext} t
 * @returns the world as simulated() answers it, and ask(query, variables), which answers the data and throws what failed
 */
export async function manifold(t) {
  const folder = await mkdtemp(join(tmpdir(), 'manifold-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, 'manifold.yaml');
  const world = await simulated(t, '--write-config', config);
  const child = spawn(binary, ['serve', '--config', config, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log += chunk));
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    if ((url = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0])) break;
  }
  if (!url) throw new Error(`manifold serve ended before it said where it is: ${log}`);
  child.stdout.resume();
  const ask = async (query, variables) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  for (;;) {
    const { sources } = await ask('{ sources { health } }').catch(() => ({ sources: [] }));
    if (sources.length > 0 && sources.every((s) => s.health === 'OK')) return { world, ask };
    if (child.exitCode !== null) throw new Error(`manifold serve ended: ${log}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** Carries an act out: previews it where that is asked for, and waits until it has ended. */
export async function act(ask, name, input, preview) {
  const type = name[0].toUpperCase() + name.slice(1);
  const mutation = `mutation($input: ${type}Input!) { ${name}(input: $input) { planToken userErrors { code message } action { id } } }`;
  const whole = { reason: 'the test says so', ...input };
  if (preview) whole.planToken = (await ask(mutation, { input: { ...whole, dryRun: true } }))[name].planToken;
  const { userErrors, action } = (await ask(mutation, { input: whole }))[name];
  if (userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  for (;;) {
    const { node } = await ask('query($id: ID!) { node(id: $id) { ... on Action { state endedAt } } }', action);
    if (node.endedAt) return node.state;
    await new Promise((next) => setTimeout(next, 50));
  }
}
