// Bundles the page into ../built: every file it needs, no address of anybody else's, no inline script.
import { build } from 'esbuild'
import { cp, mkdir, readdir, rm } from 'node:fs/promises'

const out = new URL('../built/', import.meta.url)
await mkdir(out, { recursive: true })
for (const name of await readdir(out)) {
  if (name !== '.gitignore') await rm(new URL(name, out), { recursive: true })
}
await build({
  entryPoints: [new URL('page.jsx', import.meta.url).pathname],
  outfile: new URL('page.js', out).pathname,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  legalComments: 'linked',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.svg': 'dataurl' },
})
for (const name of ['index.html', 'icon.svg']) await cp(new URL(name, import.meta.url), new URL(name, out))
