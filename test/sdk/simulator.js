// Starts the real binary for one test, so that no test meets another's writes or limits.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const binary = fileURLToPath(new URL('../../bin/sdk/manifold', import.meta.url));

// A proxy of the environment must not see what is meant for this machine.
process.env.NO_PROXY = process.env.no_proxy = '127.0.0.1';

/**
 * Serves a fresh world until the test ends.
 *
 * @param {import('node:test').TestContext} t
 * @param more further flags
 * @returns the addresses and credentials that `manifold simulate --json` prints
 */
export async function simulated(t, ...more) {
  const child = spawn(binary, ['simulate', '--json', '--latency', '0s', ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return JSON.parse(line);
  }
  throw new Error(`manifold simulate ended with ${child.exitCode} before it said where it is`);
}
