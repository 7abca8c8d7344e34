// What docs/clients.md tells developers to write is what the tests here run.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import test from 'node:test';

test('docs/clients.md shows every setup as it is tested', async () => {
  const page = await readFile(new URL('../../../docs/clients.md', import.meta.url), 'utf8');
  const shown = [...page.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
  const folder = new URL('setup/', import.meta.url);
  const tested = await Promise.all((await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8')));
  assert.deepEqual(shown.sort(), tested.sort());
});
