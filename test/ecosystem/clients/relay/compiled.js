// relay-compiler over our schema, as a Relay application runs it.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sdl } from '../world.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(import.meta.url);

/**
 * Compiles documents.js until the test ends.
 *
 * @param more adds to the compiler's configuration
 * @returns status and said, of the compiler; folder, where it ran; and artifact(name), which answers what it made of a document
 */
export async function compiled(t, more) {
  const folder = await mkdtemp(join(tmpdir(), 'relay-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'generated'));
  await cp(here('documents.js'), join(folder, 'src/documents.js'));
  // The compiler takes a schema by the ending .graphql alone.
  await writeFile(join(folder, 'schema.graphql'), await sdl());
  // With persistConfig the compiler adds to a file, which has to be there.
  await writeFile(join(folder, 'persisted.json'), '{}');
  const config = { src: './src', schema: './schema.graphql', language: 'javascript', artifactDirectory: './generated', eagerEsModules: false, ...more };
  await writeFile(join(folder, 'relay.config.json'), JSON.stringify(config));
  const compiler = spawn(process.execPath, [require.resolve('relay-compiler/cli.js'), 'relay.config.json'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [compiler.stdout, compiler.stderr]) stream.on('data', (chunk) => (said += chunk));
  const status = await new Promise((ended) => compiler.on('close', ended));
  return { status, said, folder, artifact: (name) => require(join(folder, 'generated', `${name}.graphql.js`)) };
}
