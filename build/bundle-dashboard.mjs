/**
 * `node build/bundle-dashboard.mjs [FOLDER]`, where FOLDER is `dist` unless it is given.
 *
 * Makes what the dashboard loads in the browser: ES modules and a style sheet in `src/admin/dashboard/assets/`, with the npm packages
 * that they import and the licenses of these. The charts are a module of their own, loaded when they are first shown.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { licensesOf } from './licenses.mjs'

const SOURCE = 'src/admin/dashboard'

async function bundleDashboard(dist) {
  const assets = join(dist, SOURCE, 'assets')
  mkdirSync(assets, { recursive: true })
  const { metafile, outputFiles } = await build({
    entryPoints: { app: join(SOURCE, 'browser/app.ts'), style: join(SOURCE, 'style/app.css') },
    outdir: assets,
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    // Names of functions and classes stay readable in a stack.
    keepNames: true,
    write: false,
    metafile: true,
  })
  for (const { path, contents } of outputFiles) writeFileSync(path, contents)
  copyFileSync(join(SOURCE, 'style/icon.svg'), join(assets, 'icon.svg'))
  const inputs = Object.keys(metafile.inputs)
  writeFileSync(join(assets, 'licenses.txt'), licensesOf(inputs, 'The dashboard'))
  return outputFiles.reduce((bytes, { contents }) => bytes + gzipSync(contents).length, 0)
}

const dist = process.argv[2] ?? 'dist'
const bytes = await bundleDashboard(dist)
console.log(`the dashboard is ${Math.round(bytes / 1024)} KB with gzip`)
