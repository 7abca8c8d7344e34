// A Manifold over a simulated world, so that what it writes and answers can be read by the clients of others.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { binary, simulated } from './simulator.js';

/**
 * Serves until the test ends.
 *
 * @param {import('node:test').TestContext} t
 * @param options.edit changes the text of the configuration, such as by appending to it
 * @param options.key is sent as Authorization: Bearer by ask
 * @returns the world as simulated() answers it; url, without a path; folder, which has the configuration manifold.yaml;
 *   ask(query, variables), which answers the data and throws what failed; restart(), which ends the process and starts
 *   another at the same address; and signal(name), which sends the process a signal
 */
export async function manifold(t, { edit = (text) => text, key } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'manifold-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, 'manifold.yaml');
  const world = await simulated(t, '--write-config', config);
  await writeFile(config, await edit(await readFile(config, 'utf8'), folder));
  let serving = await serve(config, '127.0.0.1:0');
  t.after(() => serving.stop());
  const { url } = serving;
  const headers = { 'Content-Type': 'application/json' };
  if (key) headers.Authorization = `Bearer ${key}`;
  const ask = async (query, variables) => {
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const ready = async () => {
    for (;;) {
      const answer = await fetch(`${url}/readyz`, { headers });
      const { ready, sources = [] } = await answer.json();
      if (ready && sources.every((s) => s.state === 'OK')) return;
      if (serving.ended()) throw new Error(`manifold serve ended: ${serving.log()}`);
      await new Promise((next) => setTimeout(next, 50));
    }
  };
  await ready();
  const restart = async () => {
    await serving.stop();
    serving = await serve(config, url.slice('http://'.length));
    await ready();
  };
  return { world, url, folder, ask, restart, signal: (name) => serving.signal(name), log: () => serving.log() };
}

async function serve(config, listen) {
  const child = spawn(binary, ['serve', '--config', config, '--listen', listen], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  let log = '';
  child.stderr.on('data', (chunk) => (log += chunk));
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    if ((url = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0])) break;
  }
  if (!url) throw new Error(`manifold serve ended before it said where it is: ${log}`);
  child.stdout.resume();
  return { url, stop, signal: (name) => child.kill(name), ended: () => child.exitCode !== null, log: () => log };
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
